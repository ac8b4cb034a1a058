import pytest

from payloadproof.clauses.bound.rollups import predicted
from payloadproof.evidence.history import Attempts, File, Snapshot, Weight
from payloadproof.protocol import messages as ops
from payloadproof.recorder.ledger import Connection
from payloadproof.scenario import steps as do

A = 123_456_789_012_347
MIB = 2**20


def record(times=1, **properties):
    return do.Record(
        event="session_compressed",
        session=A,
        properties={"model": "observer-a"} | properties,
        times=times,
    )


@pytest.fixture
def rollup(contract, post, make_event, during):
    """A rollup of these records, on the wire during a step."""

    def make(step, *records):
        fold = contract.events["observer_turn_rollup"].fold
        folded = [r.properties for r in records for _ in range(r.times)]
        properties = {**predicted(contract, fold, folded), "top_model": "observer-a"}
        return post(make_event("observer_turn_rollup", properties), at=during(step))

    return make


@pytest.fixture
def resumed(call, history):
    """A History of these steps, in which each crash is followed by a process that answers."""

    def make(*steps, requests=(), **also):
        calls = []
        for index, step in enumerate(steps):
            if isinstance(step, do.Crash):
                start = ops.StartScenario(
                    scenario="s",
                    env={},
                    home="/h",
                    data_dir="/d",
                    host="http://127.0.0.1:1",
                    token="phc_",
                    now_ms=0,
                    resume=True,
                )
                calls.append(call(index, start))
            elif isinstance(step, do.Shutdown):
                calls.append(call(index, ops.Shutdown()))
        return history(*steps, requests=requests, calls=calls, **also)

    return make


LOST, KEPT = record(tokens_input=3), record(tokens_input=4)
CRASHED = (LOST, do.Crash(), KEPT, do.Shutdown())


# B2 over a crash


def test_b2_lets_a_crash_lose_what_was_not_sent(resumed, rollup, found, fired):
    judged = resumed(*CRASHED, requests=[rollup(3, KEPT)])
    assert not found("B2", judged)
    assert fired("B2", judged)


def test_b2_lets_a_crash_lose_nothing(resumed, rollup, found):
    assert not found("B2", resumed(*CRASHED, requests=[rollup(3, LOST, KEPT)]))


def test_b2_finds_what_is_sent_before_and_after_a_crash(resumed, rollup, found):
    sent = [rollup(0, LOST), rollup(3, LOST, KEPT)]
    (finding,) = found("B2", resumed(*CRASHED, requests=sent))
    assert finding.definite
    assert "count 1 to 2" in finding.expected
    assert finding.observed == "3 over 2"


def test_b2_finds_what_a_process_that_shut_down_lost(resumed, found):
    (finding,) = found("B2", resumed(*CRASHED))
    assert not finding.definite
    assert "1 of them sure to be sent" in finding.expected


def test_b2_misses_nothing_after_a_crash_where_consent_is_off(resumed, found):
    assert not found("B2", resumed(*CRASHED, env={"DO_NOT_TRACK": "1"}))


# W5 over a crash


def test_w5_lets_the_next_process_send(resumed, rollup, found, fired):
    steps = (LOST, do.Shutdown(), do.Crash(), KEPT, do.Flush())
    judged = resumed(*steps, requests=[rollup(0, LOST), rollup(4, KEPT)])
    assert not found("W5", judged)
    assert fired("W5", judged)


def test_w5_finds_a_process_that_sends_after_its_own_shutdown(resumed, rollup, found):
    steps = (LOST, do.Shutdown(), do.Flush(), do.Crash(), KEPT)
    assert len(found("W5", resumed(*steps, requests=[rollup(2, LOST)]))) == 1


# C6 over processes


@pytest.mark.parametrize("step", [do.Crash(), do.Race(event="search_performed")])
def test_c6_finds_an_id_for_each_process(history, post, make_event, found, step):
    one, other = make_event(), make_event(distinct_id="install-2")
    judged = history(
        do.Capture(event="search_performed"), step, do.Flush(), requests=[post(one), post(other)]
    )
    findings = found("C6", judged)
    assert "one install id on every event of all processes" in [f.expected for f in findings]


# S4 on a full disk


def full(history, call, kind, **also):
    steps = (do.Capture(event="x"), do.FillDisk(), do.Capture(event="x"))
    log = File(size=1, mtime_ns=1, sha256="0")
    return history(
        *steps,
        calls=[call(0, ops.Capture(event="x")), call(2, ops.Capture(event="x"), kind, **also)],
        snapshots=(Snapshot(step=1, files={"data/logs/program.log": log}),),
    )


def test_s4_passes_a_full_disk_that_nobody_notices(history, call, found, fired):
    judged = full(history, call, "ok")
    assert not found("S4", judged)
    assert fired("S4", judged)


def test_s4_finds_a_full_disk_that_reaches_the_caller(history, call, found):
    raised = ops.RaisedDetail(type="OSError")
    (finding,) = found("S4", full(history, call, "raised", raised=raised))
    assert "with a full disk under the log" in finding.expected


def test_s4_is_not_tried_by_a_full_disk_without_a_log(history, call, fired):
    steps = (do.FillDisk(), do.Capture(event="x"))
    assert not fired("S4", history(*steps, calls=[call(1, ops.Capture(event="x"))]))


# B7


@pytest.fixture
def weighed(history, post, make_event):
    """A History of four crowds, after each of which the child weighed so many MiB."""

    def make(*mib):
        crowd = do.Crowd(event="session_compressed", properties={}, first=1, sessions=900)
        steps = [step for _ in mib for step in (crowd, do.Weigh())]
        weights = tuple(Weight(2 * i + 1, int(one * MIB)) for i, one in enumerate(mib))
        return history(*steps, calls=[], requests=[post(make_event())], weights=weights)

    return make


@pytest.mark.parametrize("mib", [(40, 48, 50, 50), (110, 125, 148, 154)])
def test_b7_passes_memory_that_stops_growing_or_slows(weighed, found, fired, mib):
    assert not found("B7", weighed(*mib))
    assert fired("B7", weighed(*mib))


def test_b7_finds_memory_that_grows_in_every_stretch(weighed, found):
    (finding,) = found("B7", weighed(40, 41, 42, 43))
    assert finding.observed == "1.0, 1.0, 1.0 MiB more with each 900 of sessions that ended"
    assert not finding.definite


def test_b7_says_nothing_of_two_stretches(weighed, fired):
    assert not fired("B7", weighed(40, 41, 42))


# W6


@pytest.fixture
def shut_in(history):
    one = Connection(number=1, port=1, began_at=0.0)
    return lambda *tried: history(do.Flush(), connections=(one,), attempts=Attempts(*tried))


def test_w6_passes_a_child_that_only_reached_the_recorder(shut_in, found, fired):
    assert not found("W6", shut_in(1, 0, 0))
    assert fired("W6", shut_in(1, 0, 0))


@pytest.mark.parametrize(
    ("tried", "named"),
    [((2, 0, 0), "TCP"), ((1, 3, 0), "datagram"), ((1, 0, 2), "another machine")],
)
def test_w6_finds_what_went_elsewhere(shut_in, found, tried, named):
    (finding,) = found("W6", shut_in(*tried))
    assert named in finding.observed


def test_w6_says_nothing_of_a_child_that_was_not_shut_in(history, fired):
    assert not fired("W6", history(do.Flush()))

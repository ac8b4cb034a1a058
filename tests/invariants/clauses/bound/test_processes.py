import pytest

from payloadproof.clauses.bound.arithmetic import predicted
from payloadproof.evidence.history import Weight
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
    assert finding.observed == (
        "1.0, 1.0, 1.0 MiB more, each time with 900 sessions that ended:"
        " 1,165 bytes and more for each"
    )
    assert not finding.definite


def test_b7_says_nothing_of_two_stretches(weighed, fired):
    assert not fired("B7", weighed(40, 41, 42))

import msgspec
import pytest

from payloadproof.clauses.host.computing import FLOOR_S, LARGE
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do

TEXT = "x" * LARGE
PLAIN, LONG = (
    ops.Capture(event="search_performed"),
    ops.Capture(event="search_performed", properties={"a": TEXT}),
)
STEPS = (do.Flush(),)
RECORD = ops.Record(event="session_compressed", properties={"a": TEXT})


@pytest.fixture
def timed(history, call, arrived):
    """A history of calls that took so long."""

    def make(*calls, steps=STEPS, requests=None):
        took = [
            msgspec.structs.replace(one, ended_at=one.began_at + seconds)
            for one, seconds in ((call(n, params), s) for n, (params, s) in enumerate(calls))
        ]
        return history(*steps, calls=took, requests=[arrived(0)] if requests is None else requests)

    return make


def test_h4_finds_a_call_that_computes_for_long(timed, found):
    (finding,) = found("H4", timed((PLAIN, 0.01), (LONG, FLOOR_S + 0.5)))
    assert finding.message.startswith("expected capture takes at most 50 times as long")
    assert "1.5 s, and 10.0 ms for the fastest" in finding.observed
    assert finding.evidence == (f"step 2, with {len(msgspec.json.encode(LONG)):,} bytes of JSON",)
    assert not finding.definite
    assert TEXT not in repr(finding)


def test_h4_finds_a_short_text_beside_a_large_one(timed, found):
    # What a pattern tries every way with is short.
    assert found("H4", timed((LONG, 0.01), (PLAIN, FLOOR_S + 0.5)))


def test_h4_measures_each_operation_by_its_own(timed, found):
    assert not found("H4", timed((PLAIN, 0.001), (RECORD, FLOOR_S + 0.5)))
    assert found("H4", timed((RECORD, 0.001), (RECORD, FLOOR_S + 0.5)))


@pytest.mark.parametrize(
    ("usual", "slow"),
    [(0.01, FLOOR_S - 0.1), (1.0, 40.0)],
    ids=["less than a second", "less than 50 times"],
)
def test_h4_passes_what_takes_no_longer(timed, found, fired, usual, slow):
    judged = timed((PLAIN, usual), (LONG, slow))
    assert not found("H4", judged)
    assert fired("H4", judged)


def test_h4_says_nothing_where_there_is_something_to_wait_for(timed, found, fired):
    slow = (PLAIN, 0.01), (LONG, 9.0)
    faulty = timed(*slow, steps=(do.Network(behaviour=Answer()), do.Flush()))
    assert not found("H4", faulty)
    assert not fired("H4", faulty)
    command = msgspec.structs.replace(LONG, transport="cli")
    assert not found("H4", timed((PLAIN, 0.01), (LONG, 0.01), (command, 9.0)))


def test_h4_has_its_control_in_what_is_large_and_arrives(timed, fired):
    assert not fired("H4", timed((PLAIN, 0.01)))
    assert not fired("H4", timed((LONG, 0.01), requests=[]))

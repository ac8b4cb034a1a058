"""Which cells of the map a history counts for."""

import pytest

from payloadproof.clauses.promises import CONSENT, KEYS, REDACTION, VALUES, travelled
from payloadproof.clauses.roads import PAST, WORKER
from payloadproof.protocol.messages import Fault, Frame
from payloadproof.scenario import steps as do

SWITCH = "CLAUDE_MEM_TELEMETRY"
SETTLE = do.Advance(ms=31_000)
SEARCH = do.Capture(event="search_performed", properties={})


def test_consent_that_is_off_from_the_start_and_comes_later_is_counted(history_of, arrived):
    steps = (SEARCH, do.Flush(), do.SetEnv(env={SWITCH: "1"}), SETTLE, SEARCH, do.Flush())
    history = history_of(steps, [arrived(5)], env={SWITCH: "0"})
    assert [road for road, promise in travelled(history, set()) if promise == CONSENT] == [WORKER]


@pytest.mark.parametrize("nothing", [do.Capture(event="unheard_of", properties={}), do.Backfill()])
def test_what_would_never_have_come_is_no_proof_of_consent(history_of, arrived, nothing):
    off = do.SetEnv(env={SWITCH: "0"})
    steps = (SEARCH, do.Flush(), off, SETTLE, nothing, do.Flush())
    history = history_of(steps, [arrived(1)], env={SWITCH: "1"})
    withheld = {road for road, promise in travelled(history, set()) if promise == CONSENT}
    assert withheld.isdisjoint({WORKER, *PAST})


@pytest.fixture
def counted(history_of, arrived, on):
    """The promises that a capture with these properties tries, where this clause alone fired."""

    def make(clause, **properties):
        capture = do.Capture(event="search_performed", properties=properties)
        judged = history_of((capture, do.Flush()), [arrived(1)], **on)
        cells = travelled(judged, {clause})
        return {promise for road, promise in cells if road == WORKER}

    return make


PRIVATE = "please summarise {canary:1}"


@pytest.mark.parametrize(
    ("clause", "properties"),
    [
        ("A1", {"undeclared": 1}),
        ("A5", {"provider": "claude"}),
        ("A3", {"$groups": "acme"}),
        ("A7", {"undeclared": PRIVATE}),
    ],
)
def test_a_key_counts_for_the_clause_that_would_see_it_sent(counted, clause, properties):
    assert KEYS in counted(clause, **properties)
    for other in {"A1", "A3", "A5", "A7"} - {clause}:
        # A secret under an unlisted key is an unlisted key, too.
        both = (clause, other) == ("A7", "A1")
        assert (KEYS in counted(other, **properties)) == both, other


@pytest.mark.parametrize(
    ("clause", "value"), [("A6", PRIVATE), ("A2", {"inner": 1}), ("A2", None), ("A2", "x" * 201)]
)
def test_a_value_counts_for_the_clause_that_would_see_it_sent(counted, clause, value):
    other = {"A2": "A6", "A6": "A2"}[clause]
    assert VALUES in counted(clause, endpoint=value)
    assert VALUES not in counted(other, endpoint=value)


@pytest.mark.parametrize(
    ("clause", "fault"),
    [
        ("E1", Fault(type="LidError", message="in {canary:1}")),
        ("E3", Fault(type="LidError", message="in", frames=(Frame(function="a", file=PRIVATE),))),
    ],
)
def test_a_secret_of_an_error_counts_for_the_clause_that_looks_there(
    history, said, on, clause, fault
):
    steps = (do.RaiseError(error=fault), do.Flush())
    judged = history(*steps, requests=[said(error_type="LidError")], **on)
    for one in ("E1", "E3"):
        cells = {promise for _, promise in travelled(judged, {one})}
        assert (REDACTION in cells) == (one == clause)


class Looked(dict):
    """Properties that count how often somebody looks at all of them."""

    times = 0

    def items(self):
        self.times += 1
        return super().items()

    def keys(self):
        self.times += 1
        return super().keys()


def test_what_a_step_hands_over_is_looked_at_as_often_for_many_arrivals_as_for_few(
    history_of, arrived, on
):
    def looks(arrivals):
        given = Looked(result_count=1)
        steps = [do.Capture(event="search_performed", properties=given)] * 3
        judged = history_of((*steps, do.Flush()), [arrived(3)] * arrivals, **on)
        travelled(judged, {"A1", "A2", "A6", "A7"})
        return given.times

    assert looks(40) == looks(2)

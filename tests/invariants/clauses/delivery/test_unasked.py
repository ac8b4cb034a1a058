"""D5 on evidence made by hand: what no step can have brought about."""

import pytest

from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do

PLAIN = do.Capture(event="search_performed", properties={})
RECORD = do.Record(event="session_compressed", session=7, properties={"model": "observer-a"})
RAISED = do.RaiseError(error=Fault(type="KettleError"))


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ((PLAIN, PLAIN), ["search_performed", "search_performed"]),
        ((RECORD,), ["observer_turn_rollup"]),
        ((RAISED,), ["$exception"]),
        ((do.Backfill(),), ["historical_activity", "historical_activity"]),
        ((), ["worker_started"]),
        ((), ["nobody_declared_this"]),
    ],
    ids=["captured", "recorded", "raised", "past", "life", "undeclared"],
)
def test_what_a_step_asks_for_is_explained(history, arrived, found, steps, names):
    requests = [arrived(0, name) for name in names]
    assert not found("D5", history(*steps, do.Flush(), requests=requests))


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ((PLAIN,), ["search_performed", "search_performed"]),
        ((), ["hook_failed"]),
        ((do.Capture(event="observer_turn_rollup"),), ["observer_turn_rollup"]),
        ((RAISED,), ["$exception", "$exception"]),
        ((), ["historical_activity"]),
    ],
    ids=["twice", "unasked", "captured as folded", "an error twice", "past"],
)
def test_what_is_left_over_is_found(history, arrived, found, steps, names):
    requests = [arrived(0, name) for name in names]
    (finding,) = found("D5", history(*steps, do.Flush(), requests=requests))
    assert finding.definite
    assert names[0] in finding.kind


def test_copies_of_a_marked_capture_are_another_clauses(history, arrived, found):
    marked = do.Capture(event="search_performed", properties={"result_count": 1_000})
    copies = [arrived(0, result_count=1_000), arrived(0, result_count=1_000)]
    assert not found("D5", history(marked, do.Flush(), requests=copies))

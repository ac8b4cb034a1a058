import canonical
import pytest

from payloadproof import contract as contracts
from payloadproof.clauses.registry import CHECKS, judge

CONTRACT = contracts.load("claude_mem")
#: What an adapter need not offer, by the kind of event that comes of it.
OPS = {"exception": "exception", "historical": "backfill/run"}
NAMES = sorted(canonical.scenarios(CONTRACT))


@pytest.fixture(scope="module")
def histories(adapter):
    return canonical.run(adapter, CONTRACT)


@pytest.fixture
def history(name, histories):
    history = histories[name]
    for call in history.calls:
        if call.kind == "unsupported":
            pytest.skip(f"the adapter does not offer {call.params.op}")
    return history


@pytest.mark.parametrize("name", NAMES)
def test_payloads(history, golden):
    assert canonical.normalised(history) == golden


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_payload_breaks_no_clause(history):
    assert judge(history, CHECKS).findings == ()


def test_every_event_that_can_be_sent_is_golden(histories):
    sent = {one.event.name for history in histories.values() for one in history.sent}
    lacking = {
        call.params.op
        for history in histories.values()
        for call in history.calls
        if call.kind == "unsupported"
    }
    exists = {
        name
        for name, event in CONTRACT.events.items()
        if event.kind != "rollup" and OPS.get(event.kind) not in lacking
    }
    assert sent == exists | {"observer_turn_rollup"}


def test_machine_moment_and_identity_are_not_part_of_it(histories):
    kept = {
        key
        for history in histories.values()
        for event in canonical.normalised(history)
        for key in (*event["properties"], *event["properties"].get("$set", {}))
    }
    assert kept.isdisjoint({*CONTRACT.base, *CONTRACT.wire.stamps, "distinct_id", "uuid"})

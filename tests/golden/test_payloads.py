import canonical
import pytest

from payloadproof import contract as contracts
from payloadproof.oracle import CHECKS, judge

CONTRACT = contracts.load("claude_mem")
NAMES = sorted(canonical.scenarios(CONTRACT))


@pytest.fixture(scope="module")
def histories(adapter):
    return canonical.run(adapter, CONTRACT)


@pytest.mark.parametrize("name", NAMES)
def test_payloads(name, histories, golden):
    assert canonical.normalised(histories[name]) == golden


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_payload_breaks_no_clause(name, histories):
    assert judge(histories[name], CHECKS).findings == ()


def test_every_event_that_can_be_sent_is_golden(histories):
    sent = {one.event.name for history in histories.values() for one in history.sent}
    exists = {n for n, e in CONTRACT.events.items() if e.kind in ("direct", "lifecycle")}
    assert sent == exists | {"observer_turn_rollup"}


def test_machine_moment_and_identity_are_not_part_of_it(histories):
    kept = {
        key
        for history in histories.values()
        for event in canonical.normalised(history)
        for key in (*event["properties"], *event["properties"].get("$set", {}))
    }
    assert kept.isdisjoint({*CONTRACT.base, *CONTRACT.wire.stamps, "distinct_id", "uuid"})

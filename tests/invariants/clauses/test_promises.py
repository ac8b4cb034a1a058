"""Which cells of the map a history counts for."""

import pytest

from payloadproof.clauses.promises import CONSENT, travelled
from payloadproof.clauses.roads import PAST, WORKER
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

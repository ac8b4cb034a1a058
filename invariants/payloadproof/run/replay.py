"""A saved scenario, run again: is what it showed still there?"""

from __future__ import annotations

from payloadproof.clauses.registry import Finding, judge
from payloadproof.outcome.plan import Plan, Replayed
from payloadproof.run.check import running
from payloadproof.run.explore import SIGHTINGS
from payloadproof.scenario.store import Saved

LINGER_S = 3.0


def replay(plan: Plan, saved: Saved) -> Replayed:
    """Run a saved scenario; a definite finding is seen once, another three times, or it is fixed.

    Raises:
        HarnessError: as :func:`check`.
    """
    seen: list[Finding] = []
    arrived = 0
    with running(plan) as (runner, _):
        for run in range(1, SIGHTINGS + 1):
            history = runner.run(saved.scenario)
            arrived += len(history.requests)
            seen += judge(history, [saved.clause]).findings[:1]
            if seen and seen[0].definite:
                return Replayed(seen[0], 1, run, arrived)
        if len(seen) == SIGHTINGS:
            return Replayed(seen[0], SIGHTINGS, SIGHTINGS, arrived)
        # What a client sends late, a retry say, comes after the scenario has ended.
        runner.linger(LINGER_S)
        late = [f for one in runner.late() for f in judge(one, [saved.clause]).findings]
        found = next((finding for finding in late if finding.definite), None)
        return Replayed(found, len(seen) + bool(found), SIGHTINGS, arrived)

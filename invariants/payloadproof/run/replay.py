"""A saved scenario, run again: is what it showed still there?"""

from __future__ import annotations

from payloadproof.clauses.registry import Finding, judge
from payloadproof.outcome.plan import Plan, Replayed
from payloadproof.run.check import running
from payloadproof.run.sightings import LINGER_S, SIGHTINGS, standing
from payloadproof.scenario.store import Saved


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
            if (found := standing(seen)) is not None:
                return Replayed(found, len(seen), run, arrived)
        runner.linger(LINGER_S)
        late = [f for one in runner.late() for f in judge(one, [saved.clause]).findings]
        found = standing([one for one in late if one.definite])
        return Replayed(found, len(seen) + bool(found), SIGHTINGS, arrived)

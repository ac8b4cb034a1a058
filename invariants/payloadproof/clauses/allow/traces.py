"""What of a compared scenario depends on what it planted, whatever carries it.

The search finds what was planted, and its encodings. A digest, a length, a count or an order of
keys is found by comparing: equal in all runs with one value, and different in all with another.
Chance may show the same, so that such a finding needs further sightings.
"""

from __future__ import annotations

from payloadproof.clauses.once import once
from payloadproof.evidence.difference import Dependence, dependent
from payloadproof.evidence.history import History
from payloadproof.evidence.runs import Host, Run


@once
def traces(history: History) -> tuple[Dependence, ...]:
    """The places of what was sent that tell the two sides apart; none where it is not compared."""
    twin = history.twin
    if twin is None or not history.repeats or not twin.repeats:
        return ()
    ours, theirs = ([_as_run(run) for run in (*one.repeats, one)] for one in (history, twin))
    return dependent(ours, theirs)


def _as_run(history: History) -> Run:
    # Each run is pointed at a host of its own, under one name here.
    return Run(name="", hosts=(Host(name="PostHog", kind="posthog", requests=history.requests),))

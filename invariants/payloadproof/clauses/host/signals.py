"""H5: a process that is told to end does so in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do

GRACE_S = 1.0  # beyond the limit: the harness and a loaded machine take time too


@check("H5")
def ends_when_it_is_told_to(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By SIGTERM, with something queued, a server that does not answer, or a backfill under way."""
    limit_s = history.contract.limits.shutdown_ms / 1_000
    for ending in history.endings:
        if history.connections:
            yield EXERCISED
        if ending.took_s is None or ending.took_s > limit_s + GRACE_S:
            took = "it went on" if ending.took_s is None else f"it took {ending.took_s:.1f} s"
            amid = isinstance(history.steps[ending.step], do.Backfill)
            yield Finding(
                clause="H5",
                expected=f"the process ends within {limit_s:g} s of SIGTERM",
                observed=took,
                evidence=(f"step {ending.step + 1}",),
                definite=False,
                kind="no end when it is told to" + (" during a backfill" if amid else ""),
            )

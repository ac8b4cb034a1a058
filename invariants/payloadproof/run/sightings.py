"""How often a breach has to be seen until it stands.

Rule 1: what is definite stands when it was seen once. What rests on absence or on time may be the
machine's doing, and stands when each run of the same scenario showed it.
"""

from __future__ import annotations

from collections.abc import Sequence

from payloadproof.clauses.registry import Finding

SIGHTINGS = 3  # runs of one scenario
LINGER_S = 3.0  # what a client sends late, a retry say, comes after the scenario has ended


def standing(seen: Sequence[Finding]) -> Finding | None:
    """The breach that stands, of one clause's findings: at most one a run of one scenario."""
    definite = next((one for one in seen if one.definite), None)
    if definite is not None or len(seen) < SIGHTINGS:
        return definite
    return seen[0]

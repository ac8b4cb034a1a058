"""How much of what the families bring a run makes.

Every scenario is judged by every clause; ``aims`` are those it is made to break.
"""

from __future__ import annotations

from typing import NamedTuple

from payloadproof.clauses.registry import properties
from payloadproof.generate.property import Property

__all__ = ["PROFILES", "SUITE", "Profile", "Property"]

SUITE: tuple[Property, ...] = properties()


class Profile(NamedTuple):
    """How much a run may take, or of ``deep`` one of its rounds.

    ``examples``: for each property; ``shrink_s``: seconds for each finding, spent at most twice.
    """

    examples: int
    shrink_s: float


PROFILES: dict[str, Profile] = {
    "quick": Profile(examples=40, shrink_s=2.0),
    "ci": Profile(examples=200, shrink_s=20.0),
    "deep": Profile(examples=1_000, shrink_s=120.0),
}

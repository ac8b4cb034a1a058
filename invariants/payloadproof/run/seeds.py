"""What a run's scenarios are made from.

Rule 1: one number decides all of them. A run that is given none draws one, and says which.
"""

from __future__ import annotations

import secrets

from payloadproof.outcome.plan import Plan


def seed_of(plan: Plan) -> int:
    """The plan's seed, or a fresh one."""
    return drawn() if plan.seed is None else plan.seed


def drawn() -> int:
    """A seed that nobody chose."""
    return secrets.randbits(32)

"""What a run's scenarios are made from.

Rule 1: one number decides all of them, and the run says which.
Rule 2: a gate that is given none goes by the same one each time, so that only a change of the
program changes its colour. A search draws one.
Rule 3: nor does a gate go by what happens to be imported: Hypothesis tries constants of the local
modules that are there, which are others in each process and each clone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis.internal.conjecture import providers

from payloadproof.outcome.plan import Plan

#: Of every gate that is given none. Any number would do, as long as it stays.
FIXED = 20_260


_LOCAL = "_get_local_constants"


def seed_of(plan: Plan) -> int:
    """The plan's seed, or a fresh one."""
    return drawn() if plan.seed is None else plan.seed


def drawn() -> int:
    """A seed that nobody chose."""
    return secrets.randbits(32)


@contextmanager
def alone() -> Iterator[None]:
    """Hypothesis draws by its seed alone meanwhile."""
    before = getattr(providers, _LOCAL, None)
    made = getattr(providers, "Constants", None)
    if before is None or made is None:  # a version that has no such thing
        yield
        return
    # Nor asked for their type: each local module would be parsed for them, which takes a second.
    nothing = made()
    setattr(providers, _LOCAL, lambda: nothing)
    try:
        yield
    finally:
        setattr(providers, _LOCAL, before)

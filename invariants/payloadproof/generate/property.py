"""What one kind of scenario is, and what it takes to be possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.generate.ground import Ground, can_flip
from payloadproof.protocol.messages import AdvanceClock, Capture, Record, SetConsent, Shutdown
from payloadproof.scenario.steps import Scenario


class Property(NamedTuple):
    """One kind of scenario.

    ``aims``: the clauses that it is made to break, of which the first is of its own family;
    ``drawn``: what chance makes of it, and nothing where the cases are all that there is;
    ``cases``: scenarios that are always run first, where all of a small table can be; ``share``:
    its part of a profile's examples, as a factor, and one of them at least where it has no cases;
    ``order``: below 0 for the shortest, so that a person sees a verdict at once, and above 0 for
    what waits for the whole of a client's patience.
    """

    name: str
    aims: tuple[str, ...]
    drawn: Callable[[Ground], SearchStrategy[Scenario]] | None = None
    possible: Callable[[Ground], bool] = lambda _: True
    cases: Callable[[Ground], Iterable[Scenario]] = lambda _: ()
    twin: Callable[[Ground, Scenario], Scenario] | None = None
    share: float = 1.0
    order: int = 0

    def scenarios(self, ground: Ground) -> SearchStrategy[Scenario]:
        """What its share is drawn from: what chance makes of it, or its cases once more."""
        return self.drawn(ground) if self.drawn else st.sampled_from([*self.cases(ground)])


def offers(*ops: str) -> Callable[[Ground], bool]:
    """Whether the adapter has these operations."""
    return lambda ground: {*ops} <= {*ground.capabilities.ops}


def can_change(ground: Ground) -> bool:
    """Whether consent can change, and time then pass."""
    return ground.virtual and offers(Capture.op, SetConsent.op)(ground) and can_flip(ground)


def takes_time(ground: Ground) -> bool:
    """Whether records can be made over time, up to a shutdown."""
    return ground.virtual and offers(AdvanceClock.op, Record.op, Shutdown.op)(ground)


def apart(ground: Ground) -> bool:
    """Whether the implementation is a process of its own."""
    return "child process" in ground.surroundings


def can_be_hostile(ground: Ground) -> bool:
    """Whether hostile values can be built, and captured."""
    return bool(ground.capabilities.hostile) and offers(Capture.op)(ground)

"""The conformance suite: which scenarios are made, and which clauses they are made for.

Every scenario is judged by every clause; ``aims`` are those it is made to break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hypothesis.strategies import SearchStrategy

from payloadproof.protocol.messages import Capture, Record, SetConsent, Shutdown
from payloadproof.scenario import cases, strategies
from payloadproof.scenario.steps import Scenario
from payloadproof.scenario.strategies import Ground


class Property(NamedTuple):
    """One kind of scenario.

    ``cases``: scenarios that are always run first, where all of a small table can be; ``share``:
    its part of a profile's examples, as a factor.
    """

    name: str
    aims: tuple[str, ...]
    scenarios: Callable[[Ground], SearchStrategy[Scenario]]
    possible: Callable[[Ground], bool] = lambda _: True
    cases: Callable[[Ground], Iterable[Scenario]] = lambda _: ()
    twin: Callable[[Ground, Scenario], Scenario] | None = None
    share: float = 1.0


def _offers(*ops: str) -> Callable[[Ground], bool]:
    return lambda ground: {*ops} <= {*ground.capabilities.ops}


def _can_change(ground: Ground) -> bool:
    return ground.virtual and _offers(Capture.op, SetConsent.op)(ground)


def _can_be_hostile(ground: Ground) -> bool:
    return bool(ground.capabilities.hostile) and _offers(Capture.op)(ground)


SUITE: tuple[Property, ...] = (
    # The shortest first: a person sees a verdict at once.
    Property(
        "after shutdown",
        ("W5", "S1"),
        strategies.afterlives,
        possible=_offers(Capture.op, Shutdown.op),
        share=0.5,
    ),
    Property(
        "consent table",
        ("C1", "C2"),
        strategies.consent_table,
        possible=_offers(Capture.op),
        cases=cases.consent_table,
        twin=strategies.consented,
        share=0.5,
    ),
    Property(
        "dirty payloads",
        ("A1", "A2", "A3", "A4", "P1", "W1"),
        strategies.dirty_payloads,
        possible=_offers(Capture.op),
        cases=cases.dirty_places,
    ),
    Property("leaks", ("A7",), strategies.leaks, possible=_offers(Capture.op), share=0.6),
    Property(
        "session interleavings",
        ("B1", "B2", "A8", "P1", "A1", "A2", "A3", "A4", "S1"),
        strategies.interleavings,
        possible=lambda ground: ground.sessions and _offers(Record.op, Shutdown.op)(ground),
    ),
    Property(
        "hostile values",
        ("S1", "W1"),
        strategies.hostilities,
        possible=_can_be_hostile,
        cases=cases.hostile_places,
        share=0.5,
    ),
    Property("consent changes", ("C3", "C2"), strategies.consent_changes, possible=_can_change),
    Property(
        "bad networks",
        ("S2", "S1"),
        strategies.bad_networks,
        possible=_offers(Capture.op),
        share=0.5,
    ),
)


class Profile(NamedTuple):
    """How much a run may take.

    ``examples``: for each property; ``shrink_s``: seconds for each finding, spent at most twice.
    """

    examples: int
    shrink_s: float


PROFILES: dict[str, Profile] = {
    "quick": Profile(examples=100, shrink_s=2.0),
    "ci": Profile(examples=600, shrink_s=20.0),
    "deep": Profile(examples=10_000, shrink_s=120.0),
}

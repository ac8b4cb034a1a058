"""What one kind of scenario is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hypothesis.strategies import SearchStrategy

from payloadproof.generate.strategies import Ground
from payloadproof.scenario.steps import Scenario


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

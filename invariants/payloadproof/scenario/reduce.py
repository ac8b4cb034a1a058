"""Makes a failing scenario small by leaving things out: steps, properties, variables.

Hypothesis shrinks the choices a scenario was made from, which takes hundreds of runs; this looks at
the scenario itself and takes tens. What comes out is what a person has to read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import Scenario

T = TypeVar("T")


def reduce(scenario: Scenario, fails: Callable[[Scenario], bool], deadline: float) -> Scenario:
    """The smallest scenario found by leaving things out, as long as it still fails.

    Args:
        scenario: one that fails.
        fails: runs a scenario and says whether it still fails the same way.
        deadline: ``time.monotonic()`` seconds after which no further run begins.
    """
    while True:
        for candidate in _smaller(scenario):
            if time.monotonic() > deadline:
                return scenario
            if fails(candidate):
                scenario = candidate
                break
        else:
            return scenario


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    replace = msgspec.structs.replace
    body, ending = _parted(scenario.steps)
    for kept in _without(body):
        yield replace(scenario, steps=(*kept, *ending))
    if len(ending) > 1:
        yield replace(scenario, steps=(*body, ending[0]))
    for index, step in enumerate(scenario.steps):
        for lighter in _lighter(step):
            before, after = scenario.steps[:index], scenario.steps[index + 1 :]
            yield replace(scenario, steps=(*before, lighter, *after))
    for kept_env in _without(tuple(scenario.env.items())):
        yield replace(scenario, env=dict(kept_env))


def _parted(
    steps: tuple[do.AnyStep, ...],
) -> tuple[tuple[do.AnyStep, ...], tuple[do.AnyStep, ...]]:
    """The steps, and the flush or shutdown they end with: without one it is chance what arrives."""
    end = len(steps)
    while end and isinstance(steps[end - 1], do.Flush | do.Shutdown):
        end -= 1
    return steps[:end], steps[end:]


def _lighter(step: do.AnyStep) -> Iterator[do.AnyStep]:
    if isinstance(step, do.Record) and step.times > 1:
        yield msgspec.structs.replace(step, times=1)
    described = do.Capture | do.Record | do.Instrument
    if isinstance(step, described) and isinstance(step.properties, dict):
        properties: dict[str, Any] = step.properties
        for kept in _without(tuple(properties.items())):
            yield msgspec.structs.replace(step, properties=dict(kept))


def _without(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Everything left out, then halves, quarters, and so on down to single items."""
    size = len(items)
    while size:
        for begin in range(0, len(items), size):
            yield (*items[:begin], *items[begin + size :])
        size = 0 if size == 1 else (size + 1) // 2

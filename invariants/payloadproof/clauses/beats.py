"""What the clauses about time and rollups share: how far time had moved, and what a rollup says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from payloadproof.clauses.finding import Finding
from payloadproof.clauses.once import once
from payloadproof.contract import Fold
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import Call, History, Sent
from payloadproof.evidence.quoting import masked, where
from payloadproof.scenario import steps as do

Said = Iterator[Finding | Literal["exercised"]]

# What is due may be done at a timer's next beat, and that timer may have run just before.
BEATS = 2


@once
def passed_ms(history: History) -> list[int]:
    """Milliseconds that had passed when each step began, and at the end."""
    passed = [0]
    for step in history.steps:
        passed.append(passed[-1] + (step.ms if isinstance(step, do.Advance) else 0))
    return passed


def steps_back(history: History) -> list[int]:
    """The steps that set the clock back."""
    now = 0
    found = []
    for index, step in enumerate(history.steps):
        if isinstance(step, do.Advance):
            now += step.ms
        elif isinstance(step, do.SetClock):
            if step.offset_ms < now:
                found.append(index)
            now = step.offset_ms
    return found


def sets_clock(history: History, since: int = 0) -> bool:
    """Whether a step from ``since`` on sets the clock."""
    return any(index >= since for index in _clock_sets(history))


@once
def _clock_sets(history: History) -> tuple[int, ...]:
    steps = enumerate(history.steps)
    return tuple(index for index, step in steps if isinstance(step, do.SetClock))


def call_of(history: History, step: int) -> Call | None:
    """The first operation of a step."""
    return _first_calls(history).get(step)


@once
def _first_calls(history: History) -> dict[int, Call]:
    # The last one to be entered stays.
    return {call.step: call for call in reversed(history.calls)}


def counted(fold: Fold, sent: Sent) -> Any:
    """How many records a rollup says it holds."""
    plain = (
        key for key, tally in fold.properties.items() if (tally.op, tally.of) == ("count", None)
    )
    return properties_of(sent).get(next(plain, ""))


def of_nothing(clause: str, fold: Fold, sents: tuple[Sent, ...]) -> Iterator[Finding]:
    """Rollups that hold no record."""
    for sent in sents:
        if counted(fold, sent) == 0:
            yield Finding(
                clause=clause,
                expected="no rollup of nothing",
                observed=f"{sent.event.name} of 0 records",
                evidence=(quoted(sent),),
            )


def reason_of(fold: Fold, sent: Sent) -> Any:
    """Why a rollup says it was sent."""
    return properties_of(sent).get(str(fold.reason))


@once
def shutdown_in(history: History) -> int:
    """The first shutdown's step; what comes later is dropped. The number of steps without any."""
    shut = (i for i, step in enumerate(history.steps) if isinstance(step, do.Shutdown))
    return next(shut, len(history.steps))


def total(values: Iterable[object]) -> float:
    """The sum of those that are numbers."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # what the wire holds may be beyond all bounds
        return math.inf


def quoted(sent: Sent) -> str:
    """Where it was sent, and what it holds."""
    return f"{where(sent.request, sent.event.name)}: {masked(sent.event.properties)}"

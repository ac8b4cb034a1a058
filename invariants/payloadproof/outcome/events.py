"""What a run says while it goes on: one stream of frozen events, for whoever listens.

A run knows none of its listeners. The terminal, JUnit and JSON are listeners, and so is the line
between a worker and the process that began it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation


class _Event(msgspec.Struct, frozen=True, tag=True):
    """Base: each is told by its name, on a line between two processes too."""


class Began(_Event, frozen=True):
    """Who is judged. ``seed``: what makes the same scenarios again; None where none are made."""

    implementation: Implementation
    seed: int | None


class KindBegan(_Event, frozen=True):
    """Scenarios of one kind begin."""

    kind: str


class Estimated(_Event, frozen=True):
    """How many runs there will be as a rule, and about how many seconds they take in all."""

    runs: int
    seconds: float


class ScenarioRan(_Event, frozen=True):
    """One more scenario has run."""


class Confirmed(_Event, frozen=True):
    """A finding stands. It may still be made smaller, and then is said again."""

    finding: ReportedFinding


class Standing(_Event, frozen=True):
    """Verdicts as they stand so far: a later scenario can still break a clause that passes."""

    verdicts: tuple[ClauseVerdict, ...]


class Final(_Event, frozen=True):
    """The verdict of one clause; nothing in this run changes it any more."""

    verdict: ClauseVerdict


class RoundEnded(_Event, frozen=True):
    """A survey has made one more round, and met so many kinds of breach not known before."""

    number: int
    fresh: int


class Stopping(_Event, frozen=True):
    """The run was told to stop, and does as soon as it can."""


class Ended(_Event, frozen=True):
    """The run is over."""

    report: Report


Event = (
    Began
    | KindBegan
    | Estimated
    | ScenarioRan
    | Confirmed
    | Standing
    | Final
    | RoundEnded
    | Stopping
    | Ended
)
Listener = Callable[[Event], None]


def nobody(_: Event) -> None:
    """Who listens where nobody does."""


def each(*listeners: Listener) -> Listener:
    """All of them, in this order."""

    def listen(event: Event) -> None:
        for one in listeners:
            one(event)

    return listen


def finals(report: Report, listen: Listener) -> Report:
    """Say that a run is over: every clause's verdict, and the whole."""
    for verdict in report.verdicts:
        listen(Final(verdict))
    listen(Ended(report))
    return report

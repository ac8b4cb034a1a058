"""What came of a scenario, step by step: as much of a history as a report draws.

Rule 1: names are masked as findings are, and nothing of a body is kept.
Rule 2: it says what was seen in words and numbers that another run of the same scenario would give,
but for the numbers of requests: no moment of a clock.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from payloadproof.evidence.history import Call, History
from payloadproof.evidence.quoting import named, where
from payloadproof.recorder.ledger import Request

ARRIVALS = 40  # requests of one run
NAMES = 8  # of the events in one request

Consent = Literal["on", "off", "unsaid"]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    ``step``: the index of the step in which it came, -1 before the first, and as many as there are
    steps after the last; ``place``: as evidence names it; ``events``: their names, masked, and how
    many of each; ``status``: what PostHog would answer; ``answered``: what was, None for nothing;
    ``stored``: whether the network let the service keep it.
    """

    step: int
    place: str
    events: dict[str, int]
    status: int
    answered: int | None
    stored: bool


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """``consent``: at the start, then in each step; ``more``: requests that are left out here."""

    consent: tuple[Consent, ...]
    arrivals: tuple[Arrival, ...]
    more: int = 0


def course(history: History, consent: tuple[Consent, ...]) -> Course:
    """What came of a history's scenario; ``consent``: as the clauses' table has it."""
    requests = history.requests
    kept = tuple(_arrival(history, one) for one in requests[:ARRIVALS])
    return Course(consent=consent, arrivals=kept, more=len(requests) - len(kept))


def _arrival(history: History, request: Request) -> Arrival:
    names = Counter(named(event.name) for event in request.events)
    return Arrival(
        step=_step(history, request.began_at),
        place=where(request),
        events=dict(names.most_common(NAMES)),
        status=request.status,
        answered=request.answered,
        stored=request.stored,
    )


def _step(history: History, moment: float) -> int:
    """The step of the last operation that had begun by then."""
    begun: list[Call] = [call for call in history.calls if call.began_at <= moment]
    if not begun or all(call.step < 0 for call in begun):
        return -1
    return begun[-1].step if begun[-1].step >= 0 else len(history.steps)

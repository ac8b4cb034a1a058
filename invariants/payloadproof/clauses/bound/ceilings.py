"""B8: how often anything is sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from payloadproof.clauses.attribution import way
from payloadproof.clauses.beats import Said
from payloadproof.clauses.bound.lives import undisturbed
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Contract
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import where
from payloadproof.recorder.ingest import time_of
from payloadproof.scenario import steps as do


@check("B8")
def every_event_under_its_ceiling(history: History) -> Said:
    """By the UTC days that the events themselves name."""
    if undisturbed(history):
        for name, event in history.contract.events.items():
            captured = sum(
                step.times
                for step in history.steps
                if isinstance(step, do.Capture) and step.event == name
            )
            if event.ceiling_per_day and captured > event.ceiling_per_day and history.named(name):
                yield EXERCISED
    rates = Rates(history.contract)
    for one in history.distinct:
        rates.add(one)
    yield from rates.findings()


class Rates:
    """How often each event was sent, by installation and by the UTC day that it names.

    Kept by their hash: there may be many installations, and none is to be named.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._sent: Counter[int] = Counter()
        #: event, day, and where the first one too many stands
        self._over: dict[int, tuple[str, str, str]] = {}

    def add(self, sent: Sent) -> None:
        """One more event, which has not been added before."""
        name = str(sent.event.name)
        ceiling = self._ceiling(name)
        if not ceiling:
            return
        day = _day(sent)
        key = hash((name, repr(sent.event.distinct_id), day))
        self._sent[key] += 1
        if self._sent[key] == ceiling + 1:
            self._over[key] = name, day, where(sent.request, sent.event.name)

    def findings(self) -> Iterator[Finding]:
        """One for each event, installation and day over the ceiling."""
        for key, (name, day, place) in self._over.items():
            yield above(self._contract, name, day, self._sent[key], place)

    def _ceiling(self, name: str) -> int | None:
        return ceiling(self._contract, name)


def ceiling(contract: Contract, name: str) -> int | None:
    """How many of an event one installation may send in a day; None for any number."""
    declared = contract.events.get(name)
    return declared.ceiling_per_day if declared else None


def above(contract: Contract, name: str, day: str, times: int, place: str) -> Finding:
    """One event of one installation and ``day`` over its ceiling; ``place``: the first too many."""
    return Finding(
        clause="B8",
        expected=f"at most {ceiling(contract, name)} {name} of one installation {day}",
        observed=f"{times}",
        evidence=(place,),
        kind=f"{way(contract, name)} above its ceiling",
    )


def on_day(date: dt.date | None) -> str:
    """A UTC day in a sentence; None for events that name none."""
    return f"on {date}" if date else "without a day"


def _day(sent: Sent) -> str:
    moment = time_of(sent.event)
    return on_day(moment.date() if moment else None)

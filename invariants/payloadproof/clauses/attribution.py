"""Which step of a scenario an event on the wire came from.

The wire carries no session id and no step number, so a scenario marks what it does in the numbers
themselves: captures carry a number that no other capture of the event has, records carry distinct
powers of two, whose sum says which of them were folded, and each session a model of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from payloadproof.clauses.beats import shutdown_in
from payloadproof.clauses.once import once
from payloadproof.contract import Contract, Event
from payloadproof.contract.catalogue import sendable
from payloadproof.contract.sample import Sample
from payloadproof.evidence.history import History, Sent
from payloadproof.protocol import codec
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

EPOCH = dt.date(1970, 1, 1)
DAY_MS = 86_400_000


def captures_in(history: History, sent: Sent) -> set[int]:
    """The capture steps whose marker the event carries."""
    carried = sent.event.properties
    if not isinstance(carried, dict):
        return set()
    return {
        index
        for index, key, value in markers(history, sent.event.name)
        if carried.get(key) == value
    }


def markers(history: History, name: object) -> tuple[tuple[int, str, object], ...]:
    """Captures of one event by what tells each from the others: step, key and number."""
    return _markers(history, name) if isinstance(name, str) else ()


@once
def _markers(history: History, name: str) -> tuple[tuple[int, str, object], ...]:
    rivals = [
        (index, step)
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Capture) and step.event == name and isinstance(step.properties, dict)
    ]
    # True equals 1 here, as it does on the wire of a careless program.
    borne = Counter(
        item
        for _, step in rivals
        for item in step.properties.items()
        if isinstance(item[1], int | float)
    )
    return tuple(
        (index, key, value)
        for index, step in rivals
        for key, value in (step.properties.items() if step.times == 1 else ())
        if _number(value) and borne[key, value] == 1
    )


def records_in(history: History, sent: Sent) -> set[int]:
    """The record steps that were folded into the event, as its sums decode."""
    event = history.contract.events.get(str(sent.event.name))
    carried = sent.event.properties
    if event is None or event.fold is None or not isinstance(carried, dict):
        return set()
    for key, tally in event.fold.properties.items():
        total = carried.get(key)
        if tally.op != "sum" or not isinstance(total, int | float) or total != int(total):
            continue
        marks = _marks(history, event.fold.occurrence, str(tally.of))
        if marks:
            return {index for mark, index in marks.items() if int(total) & mark}
    return set()


@once
def _marks(history: History, occurrence: str, of: str) -> dict[int, int]:
    """Step by power of two; empty unless every record of the occurrence has one of its own."""
    marks: dict[int, int] = {}
    for index, step in enumerate(history.steps):
        if not isinstance(step, do.Record) or step.event != occurrence:
            continue
        if set(step.properties or ()) == {codec.TAG}:
            continue  # hostile as a whole: it adds nothing that could be taken for another's mark
        mark = step.properties.get(of) if isinstance(step.properties, dict) else None
        unusable = not isinstance(mark, int) or mark <= 0 or mark & (mark - 1) != 0
        if unusable or mark in marks or step.times != 1:
            return {}
        assert isinstance(mark, int)
        marks[mark] = index
    return marks


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def way(contract: Contract, name: object) -> str:
    """By which way through a program an event of this name came: what one mistake has in common.

    For the kind of a finding: which of many events a scenario had is an accident.
    """
    event = contract.events.get(name) if isinstance(name, str) else None
    ways = {"rollup": "a rollup", "exception": "an error", "historical": "the past"}
    return ways.get(event.kind, "an event") if event else "an event"


def way_of(history: History, sent: Sent) -> str:
    """The same, of an event that was sent."""
    return way(history.contract, sent.event.name)


def owed(history: History) -> set[str]:
    """The events of which each capture is due: on no day are there more than its ceiling allows.

    Of a sampled event none is.
    """
    over = {name for name, _ in over_ceiling(history)}
    events = history.contract.events.items()
    return {name for name, event in events if event.sample is None and name not in over}


@once
def over_ceiling(history: History) -> frozenset[tuple[str, dt.date]]:
    """The events and UTC days for which more was captured than the event's ceiling allows."""
    given: Counter[tuple[str, dt.date]] = Counter()
    for step, day in zip(history.steps, days(history), strict=True):
        match step:
            case do.Capture(event=str(name), times=times):
                given[name, day] += times
            case do.Race(event=name):
                given[name, day] += 2
            case do.Fork(event=name):
                given[name, day] += 1
    ceilings = {name: event.ceiling_per_day for name, event in history.contract.events.items()}
    return frozenset(
        (name, day) for (name, day), times in given.items() if times > (ceilings.get(name) or times)
    )


@once
def days(history: History) -> tuple[dt.date, ...]:
    """The UTC day of each step; where the clock is set, the first one's for all of them."""
    if history.scenario is None:
        return ()
    now = history.scenario.now_ms
    steady = not any(isinstance(step, do.SetClock) for step in history.steps)
    found = []
    for step in history.steps:
        if isinstance(step, do.Advance) and steady:
            now += step.ms
        found.append(EPOCH + dt.timedelta(days=now // DAY_MS))
    return tuple(found)


def marked_captures(history: History) -> set[int]:
    """The captures whose arrival the wire can show, of events that are due."""
    events = sendable(history.contract).keys() & owed(history)
    return {
        index
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Capture)
        and isinstance(step.event, str)
        and step.event in events
        and isinstance(step.properties, dict)
        and FIRST_MARK + index in step.properties.values()
    }


def sampled(history: History) -> Iterator[tuple[str, Event, Sample]]:
    """The events that are sent for a share only, and were captured."""
    for name, event in history.contract.events.items():
        if event.sample is not None and captured(history, name):
            yield name, event, event.sample


def captured(history: History, name: str) -> int:
    """How often it was captured before the shutdown, with no property that could be refused."""
    return sum(
        step.times
        for step in history.steps[: shutdown_in(history)]
        if isinstance(step, do.Capture) and step.event == name and step.properties == {}
    )

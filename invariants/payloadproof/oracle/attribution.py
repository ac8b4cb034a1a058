"""Which step of a scenario an event on the wire came from.

The wire carries no session id and no step number, so a scenario marks what it does in the numbers
themselves: captures carry a number that no other capture of the event has, records carry distinct
powers of two, whose sum says which of them were folded, and each session a model of its own.
"""

from __future__ import annotations

from payloadproof.contract import Fold
from payloadproof.scenario import steps as do
from payloadproof.scenario.history import History, Sent


def captures_in(history: History, sent: Sent) -> set[int]:
    """The capture steps whose marker the event carries."""
    carried = sent.event.properties
    if not isinstance(carried, dict):
        return set()
    rivals = [
        (index, step.properties)
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Capture)
        and step.event == sent.event.name
        and isinstance(step.properties, dict)
    ]
    found = set()
    for index, properties in rivals:
        for key, value in properties.items():
            if not _number(value) or carried.get(key) != value:
                continue
            if sum(other.get(key) == value for _, other in rivals) == 1:
                found.add(index)
    return found


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
        marks = _marks(history, event.fold, str(tally.of))
        if marks:
            return {index for mark, index in marks.items() if int(total) & mark}
    return set()


def _marks(history: History, fold: Fold, of: str) -> dict[int, int]:
    """Step by power of two; empty unless every record of the occurrence has one of its own."""
    marks: dict[int, int] = {}
    for index, step in enumerate(history.steps):
        if not isinstance(step, do.Record) or step.event != fold.occurrence:
            continue
        mark = step.properties.get(of) if isinstance(step.properties, dict) else None
        unusable = not isinstance(mark, int) or mark <= 0 or mark & (mark - 1) != 0
        if unusable or mark in marks or step.times != 1:
            return {}
        assert isinstance(mark, int)
        marks[mark] = index
    return marks


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What a scenario hands over for a promise to break on, step by step.

Rule 1: worked out once for a whole history: of a thousand arrivals each may come from all steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from payloadproof.clauses.once import once
from payloadproof.clauses.primitive import not_primitive
from payloadproof.clauses.raised import planted_in, raises
from payloadproof.clauses.search import canaries_in
from payloadproof.contract import Contract
from payloadproof.contract.values import misfits
from payloadproof.evidence.history import History
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


@once
def with_unlisted(history: History) -> dict[str, set[int]]:
    """By clause the steps that hand over what it sees, of what their event does not declare."""
    found: dict[str, set[int]] = defaultdict(set)
    for index, declared, properties in _given(history):
        for key in properties.keys() - {*declared, *history.contract.base}:
            for clause in _sees_key(history.contract, key, properties[key]):
                found[clause].add(index)
    return found


def _sees_key(contract: Contract, key: str, value: object) -> set[str]:
    """The clauses that see it sent where its event does not declare it."""
    listed = "A5" if key in contract.properties else "A1"
    return {"A3" if key.startswith("$") else listed, *(["A7"] if canaries_in([key, value]) else [])}


@once
def with_misfits(history: History) -> dict[str, set[int]]:
    """By clause the steps that hand over what it sees, of values that do not fit their key."""
    shapes, longest = history.contract.properties, history.contract.limits.string_max_chars
    fits = cache(lambda key: misfits(shapes[key], string_max_chars=longest))
    found: dict[str, set[int]] = defaultdict(set)
    for index, declared, properties in _given(history):
        for key in properties.keys() & {*declared}:
            if fits(key)(properties[key]) is not None:
                clause = "A2" if not_primitive(properties[key], longest) else "A6"
                found[clause].add(index)
    return found


@once
def with_planted(history: History) -> tuple[set[int], set[int]]:
    """The steps that raise an error with a secret in its frames, and those in its texts."""
    raised = [(index, planted_in(step)) for index, step in raises(history).items()]
    frames = {i for i, some in raised if canaries_in([_told(one) for one in some])}
    texts = {i for i, some in raised if canaries_in([[one.type, one.message] for one in some])}
    return frames, texts


def _told(fault: Fault) -> list[list[object]]:
    return [[one.file, one.source, one.locals] for one in fault.frames]


@once
def with_line(history: History) -> set[int]:
    """The steps that write a line of the caller's."""
    steps = history.scenario.steps if history.scenario else ()
    return {index for index, step in enumerate(steps) if isinstance(step, do.Instrument)}


@once
def captured_of(history: History, name: str) -> int:
    """How often an event was captured."""
    given = (step for step in history.steps if isinstance(step, do.Capture))
    return sum(step.times for step in given if step.event == name)


@once
def private_past(history: History) -> bool:
    """Whether a secret stands in the past."""
    return bool(canaries_in(history.scenario.history)) if history.scenario else False


@once
def has_past(history: History) -> bool:
    """Whether there is a row of the past."""
    return _rows(history, lambda *_: True)


@once
def past_with_text(history: History) -> bool:
    """Whether a row of the past is of a table that has text."""
    return _rows(history, lambda text, _: bool(text))


@once
def odd_past(history: History) -> bool:
    """Whether a row has something else than a number where no text is declared."""
    return _rows(
        history,
        lambda text, row: any(
            key not in text and not isinstance(value, int) for key, value in row.items()
        ),
    )


def _rows(history: History, wanted: Callable[[tuple[str, ...], dict[str, Any]], bool]) -> bool:
    """Whether a row of the past has what is wanted; of its table the columns that are text."""
    database, backfill = history.scenario and history.scenario.history, history.contract.backfill
    if not database or not backfill:
        return False
    return any(
        wanted(backfill.tables[name].text, dict(row.values))
        for name, table in database.tables.items()
        if name in backfill.tables
        for row in table.rows
    )


def _declared(history: History, step: Any) -> tuple[str, ...]:
    contract = history.contract
    if isinstance(step, do.Record):
        occurrence = contract.occurrences.get(step.event)
        return occurrence.properties if occurrence else ()
    if isinstance(step, do.RaiseError):
        return next((contract.events[name].properties for name in contract.errors), ())
    event = contract.events.get(step.event) if isinstance(step.event, str) else None
    return event.properties if event else ()


def _given(history: History) -> Iterator[tuple[int, tuple[str, ...], dict[str, Any]]]:
    """The steps that hand properties over: which, what their event declares, and what it is."""
    for index, step in enumerate(history.steps):
        given = isinstance(step, do.Capture | do.Record | do.RaiseError)
        if given and isinstance(step.properties, dict):
            yield index, _declared(history, step), step.properties

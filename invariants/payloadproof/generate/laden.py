"""What a program does by every road, each time with something in it that may not go through.

Rule 1: what is wrong stands beside what is right: the event has to come all the same.
Rule 2: a piece needs what the adapter and the contract have; without it, it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from payloadproof.contract import Contract, Event, catalogue
from payloadproof.contract.values import misfit
from payloadproof.generate.error_texts import texts_of
from payloadproof.generate.errors import can_raise, frames, label
from payloadproof.generate.ground import LABEL, SESSION, Ground, Steps
from payloadproof.generate.payloads import capture_of, plain
from payloadproof.protocol.messages import Fault, Instrument, Record, RunBackfill, Via
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table, Value

MINUTE = 60_000
# A person's words, with a secret that is looked for in every byte.
PLANTED = "{canary:1}"
PRIVATE = f"please summarise {PLANTED} for the board"


def burden(contract: Contract, keys: tuple[str, ...], but: str = "") -> dict[str, Any]:
    """An unlisted key, and a sentence under every key that it does not fit."""
    longest = contract.limits.string_max_chars
    wrong = {
        key: PRIVATE
        for key in keys
        if key != but and misfit(contract.properties[key], PRIVATE, string_max_chars=longest)
    }
    return {**wrong, "undeclared": PRIVATE}


def hidden(contract: Contract, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The same secret, alone and so a short name, inside of an object and of a list."""
    longest = contract.limits.string_max_chars
    for inside in ({"name": PLANTED}, [PLANTED], {PLANTED: 1}):
        yield {
            key: inside
            for key in keys
            if misfit(contract.properties[key], inside, string_max_chars=longest)
        }


def foreign(contract: Contract, event: Event) -> dict[str, Any]:
    """Each key that is listed for others and not for this event, with a value that fits it."""
    own = {*event.properties, *event.own_properties, *contract.base}
    values = {key: plain(prop) for key, prop in contract.properties.items() if key not in own}
    return {key: value for key, value in values.items() if value is not None}


def captures(ground: Ground) -> Steps:
    """One event of each name that may be captured, laden."""
    return [
        capture_of(name, event, burden(ground.contract, event.properties))
        for name, event in catalogue.sendable(ground.contract).items()
    ]


def odd_captures(ground: Ground) -> Steps:
    """The same with a secret inside of each value, and with what is others'."""
    contract = ground.contract
    return [
        capture_of(name, event, properties)
        for name, event in catalogue.sendable(contract).items()
        for properties in (*hidden(contract, event.properties), foreign(contract, event))
    ]


def plain_record(ground: Ground) -> Steps:
    """Two records of one session, and nothing wrong with them."""
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    if fold is None:
        return []
    carrier = str(fold.properties[str(fold.attribution)].of)
    record = do.Record(event=fold.occurrence, session=SESSION, properties={carrier: LABEL})
    return [record, record]


def plain_context(ground: Ground) -> Steps:
    """The same of what is folded by window."""
    fold = catalogue.window_fold(ground.contract)
    if fold is None or Record.op not in ground.capabilities.ops:
        return []
    context = do.Record(event=fold.occurrence, properties={})
    return [context, context]


def records(ground: Ground, session: int, name: str, first: int) -> Steps:
    """A plain record of a session, a laden one, and one that a logged line describes."""
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    if fold is None:
        return []
    carrier = str(fold.properties[str(fold.attribution)].of)
    keys = ground.contract.occurrences[fold.occurrence].properties
    plain = do.Record(event=fold.occurrence, session=session, properties={carrier: name})
    laden = {**burden(ground.contract, keys, carrier), carrier: name}
    steps: Steps = [plain, do.Record(event=fold.occurrence, session=session, properties=laden)]
    if Instrument.op in ground.capabilities.ops:
        steps.append(
            do.Instrument(
                component="SESSION",
                level="info",
                message=f"begun{first} done{first}",
                event=fold.occurrence,
                rollup="session",
                properties={carrier: name},
                session=session,
            )
        )
    return steps


def contexts(ground: Ground, first: int) -> Steps:
    """The same of what is folded by window."""
    fold = catalogue.window_fold(ground.contract)
    if fold is None or Record.op not in ground.capabilities.ops:
        return []
    keys = ground.contract.occurrences[fold.occurrence].properties
    laden = burden(ground.contract, keys)
    steps: Steps = [
        do.Record(event=fold.occurrence, properties={}),
        do.Record(event=fold.occurrence, properties=laden),
    ]
    if Instrument.op in ground.capabilities.ops:
        steps.append(
            do.Instrument(
                component="HTTP",
                level="info",
                message=f"begun{first} done{first}",
                event=fold.occurrence,
                rollup="window",
                properties={},
            )
        )
    return steps


def logged(ground: Ground, first: int) -> Steps:
    """A line that describes an event of the worker's."""
    events = catalogue.sendable(ground.contract).items()
    name = next((n for n, e in events if e.kind == "direct" and e.transport == "worker"), None)
    if name is None or Instrument.op not in ground.capabilities.ops:
        return []
    keys = ground.contract.events[name].properties
    return [
        do.Instrument(
            component="WORKER",
            level="info",
            message=f"begun{first} done{first}",
            event=name,
            properties=burden(ground.contract, keys),
        )
    ]


def errors(ground: Ground, first: int, times: int = 1) -> Steps:
    """An error with an address in it on each way; its class and function are its own."""
    return [error_by(ground, via, first + i, times) for i, via in enumerate(_ways(ground))]


def error_by(ground: Ground, via: Via, index: int, times: int = 1) -> do.RaiseError:
    """One of them, with what the caller says of it where there is a caller."""
    text = texts_of("e-mail", index, first=2)
    contract = ground.contract
    event = contract.events[next(iter(contract.errors))]
    said = {**burden(contract, event.properties), **foreign(contract, event)}
    return do.RaiseError(
        error=Fault(type=label(index), message=text.text, frames=frames(index)),
        via=via,
        properties=said if via == "capture" else None,
        times=times,
        plants="e-mail",
    )


def _ways(ground: Ground) -> tuple[Via, ...]:
    return ground.capabilities.errors if can_raise(ground) else ()


def a_past(ground: Ground, *, odd: bool = False, text: str = "beta") -> Database | None:
    """A past of one day, with ``odd`` values beside a ``text``; None without backfills."""
    backfill = ground.contract.backfill
    if backfill is None or RunBackfill.op not in ground.capabilities.ops:
        return None
    tables = {name: Table(columns=table.columns) for name, table in backfill.tables.items()}
    name = backfill.first_activity[0]
    table = backfill.tables[name]
    values: dict[str, Value] = dict.fromkeys(table.text, "alpha")
    long_ago = ground.now_ms - backfill.lag_ms - 3 * 24 * 60 * MINUTE
    row = Row(values=values | {table.epoch: long_ago})
    # What is no number where one is due counts as none.
    for other, known in backfill.tables.items() if odd else ():
        wrong: dict[str, Value] = dict.fromkeys(known.numbers, "many")
        said: dict[str, Value] = dict.fromkeys(known.text, text)
        odd_row = Row(values=said | wrong | {known.epoch: long_ago})
        tables[other] = Table(columns=known.columns, rows=(odd_row,))
    return Database(tables=tables | {name: Table(columns=table.columns, rows=(row,))})


def a_day(ground: Ground) -> Iterator[do.AnyStep]:
    """All of it: what is counted and folded, what time closes, what shutdown finds open."""
    limits = ground.contract.limits
    yield from captures(ground)
    yield from odd_captures(ground)
    yield from logged(ground, 1)
    yield from errors(ground, 0)
    yield from errors(ground, 20, times=3)
    yield from contexts(ground, 2)
    yield from records(ground, SESSION, "observer-a", 3)
    if ground.virtual:
        yield do.Advance(ms=2 * (limits.window_ms or MINUTE) + MINUTE)
        yield do.Flush()
        yield do.Advance(
            ms=(limits.safety_max_age_ms or MINUTE) + 2 * (limits.safety_sweep_ms or 0)
        )
        yield do.Flush()
    yield from records(ground, SESSION, "observer-a", 4)
    if ground.sessions:
        yield do.EndSession(session=SESSION)
    yield from records(ground, SESSION + 1, "observer-b", 5)
    yield from contexts(ground, 6)

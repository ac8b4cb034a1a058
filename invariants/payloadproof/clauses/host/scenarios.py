"""Scenarios of what a host pays for: large and awkward values, a long past, and signals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from payloadproof.contract import Contract, catalogue
from payloadproof.generate import laden, payloads
from payloadproof.generate.ground import LABEL, SESSION, Ground, Steps, opted_in
from payloadproof.recorder.script import Answer, Behaviour, Hang, Refuse
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table

#: As few characters as take seconds where every way to divide them is tried: each more takes twice
#: the time. And as many as take seconds where each is looked at from each other.
_SHORT, _LONG = 28, 20_000
#: More days than anybody asks for one by one, and as many rows as a busy year leaves.
_ROWS, _DAYS = 400_000, 200
DAY_MS = 86_400_000
AWKWARD: tuple[Any, ...] = (
    "a" * _SHORT + "!",
    "a-" * (_SHORT // 2) + "a!",
    "1." * (_SHORT // 2) + "1!",
    " " * _LONG + "x",
    "a" * _LONG + "!",
    "/" * _LONG + "\n",
)
NETWORKS: tuple[Behaviour, ...] = (Hang(), Refuse(), Answer())


def awkward_values(ground: Ground) -> Iterator[do.Scenario]:
    """Things in large numbers, then each text under one key of each type, as a key and as a name.

    An ordinary call comes first: it is what the others are measured by. A pattern that never ends
    holds a whole interpreter, so that none of this is for an adapter in the harness's own process.
    """
    contract = ground.contract
    worker = {n: e for n, e in catalogue.sendable(contract).items() if e.transport == "worker"}
    if not worker:
        return
    name, event = max(worker.items(), key=lambda item: len(_a_key_of_each(contract, item[1])))
    plain = payloads.capture_of(name, event, {})
    given = [{key: text} for key in _a_key_of_each(contract, event) for text in AWKWARD]
    given += [{text: 1} for text in AWKWARD]
    captures: Steps = [payloads.capture_of(name, event, one) for one in (*_many(), *given)]
    named: Steps = [do.Capture(event=text) for text in AWKWARD]
    yield _measured(ground, [plain, *captures, *named])
    fold = catalogue.session_fold(contract) if ground.sessions else None
    if fold is not None:
        label = {str(fold.properties[str(fold.attribution)].of): LABEL}
        keys = _a_key_of_each(contract, contract.occurrences[fold.occurrence])
        given = [label, *_many(), *({key: text} | label for key in keys for text in AWKWARD)]
        records: Steps = [
            do.Record(event=fold.occurrence, session=SESSION, properties=one) for one in given
        ]
        yield _measured(ground, [plain, *records, do.EndSession(session=SESSION)])


def _measured(ground: Ground, steps: Steps) -> do.Scenario:
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _many() -> list[dict[str, Any]]:
    return [
        {f"k{number}": number for number in range(_LONG)},
        {"many": list(range(_LONG)), "texts": [f"t{number}" for number in range(_LONG)]},
    ]


def _a_key_of_each(contract: Contract, carrier: Any) -> list[str]:
    """One key for each type of the carrier's properties."""
    of_type = {contract.properties[key].type: key for key in reversed(carrier.properties)}
    return sorted(of_type.values())


def long_past(ground: Ground) -> Iterator[do.Scenario]:
    """400,000 rows over 200 days, in the table that has most to count, and one row before them.

    That alone: it takes a second.
    """
    backfill, past = ground.contract.backfill, laden.a_past(ground)
    if backfill is None or past is None:
        return
    name = max(backfill.tables, key=lambda one: len(backfill.tables[one].columns))
    table = backfill.tables[name]
    last = ground.now_ms - backfill.lag_ms - DAY_MS
    days = max(1, min(_DAYS, (last - backfill.floor_ms) // DAY_MS - 1))
    said: dict[str, Any] = dict.fromkeys(table.text, "alpha") | dict.fromkeys(table.numbers, 1)
    long = tuple(
        Row(values=said | {table.epoch: last - day * DAY_MS}, times=_ROWS // days)
        for day in range(days)
    )
    first = backfill.tables[backfill.first_activity[0]]
    begun = Row(values=dict.fromkeys(first.text, "alpha") | {first.epoch: last - days * DAY_MS})
    tables = past.tables | {backfill.first_activity[0]: Table(columns=first.columns, rows=(begun,))}
    tables |= {name: Table(columns=table.columns, rows=(*tables[name].rows, *long))}
    yield ground.scenario(
        [do.Backfill(), do.Shutdown()], history=Database(tables=tables), **opted_in(ground.contract)
    )


def told_to_end(ground: Ground) -> Iterator[do.Scenario]:
    """With something queued, over each network, after a connection that worked; and amid the past.

    The past waits for a server that does not answer.
    """
    for network in NETWORKS:
        yield _told(ground, network, 3)
    past = laden.a_past(ground)
    if past is not None:
        steps: Steps = [do.Network(behaviour=Hang()), do.Backfill(killed_at=1, told=True)]
        steps += [do.Network(behaviour=Answer()), do.Backfill()]
        yield ground.scenario(steps, history=past, **opted_in(ground.contract))


@st.composite
def told_again(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The same with more in the queue, or with nothing."""
    return _told(ground, draw(st.sampled_from(NETWORKS)), draw(st.integers(0, 30)))


def _told(ground: Ground, network: Behaviour, queued: int) -> do.Scenario:
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    plain = payloads.capture_of(name, event, {})
    steps: Steps = [plain, do.Flush(), do.Network(behaviour=network), *[plain] * queued]
    steps += [do.Crash(told=True), do.Network(behaviour=Answer()), plain]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])

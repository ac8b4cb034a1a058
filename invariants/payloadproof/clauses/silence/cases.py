"""Every hostile value in every place, and objects that somebody may put in order in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from payloadproof.contract import Contract, Event, catalogue
from payloadproof.generate import laden, payloads
from payloadproof.generate.errors import can_raise, frames, label
from payloadproof.generate.ground import SESSION, Ground, Steps
from payloadproof.generate.near import ends_that_fit, near_values
from payloadproof.generate.networks import markable
from payloadproof.protocol.codec import TAG
from payloadproof.protocol.messages import Fault, Instrument, Rollup
from payloadproof.recorder.script import Refuse
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK


def hostile_places(ground: Ground) -> Iterator[do.Scenario]:
    """Every hostile value in every place where a caller can put one, and an ordinary event."""
    for name, event in _largest(ground).items():
        ordinary = do.Capture(
            event=name, properties={}, person=event.profile, transport=event.transport
        )
        for kind in ground.capabilities.hostile:
            evil = {TAG: kind}
            listed = event.properties[0] if event.properties else "unlisted"
            inputs = [
                (name, evil),
                (name, {listed: evil}),
                (name, {"unlisted": {"inner": [evil]}}),
                (evil, {}),
            ]
            places = [
                msgspec.structs.replace(ordinary, event=named, properties=properties)
                for named, properties in inputs
            ]
            yield ground.scenario([*places, ordinary, do.Flush(), do.Shutdown()])
    yield from _described(ground)
    fold = catalogue.session_fold(ground.contract)
    if not ground.sessions or fold is None:
        return
    keys = ground.contract.occurrences[fold.occurrence].properties
    for kind in ground.capabilities.hostile:
        evil = {TAG: kind}
        records = [
            do.Record(event=fold.occurrence, session=SESSION, properties=properties)
            for properties in (evil, dict.fromkeys(keys, evil))
        ]
        end = do.EndSession(session=SESSION)
        yield ground.scenario([*records, end, ordinary, do.Flush(), do.Shutdown()])


def _described(ground: Ground) -> Iterator[do.Scenario]:
    """The same, handed over by a call that logs: its line is written, and nothing else is told.

    As an event's properties, and as what is folded, by each way there is.
    """
    worker = (one for one in _largest(ground).items() if one[1].transport == "worker")
    name, event = next(worker, (None, None))
    if name is None or event is None or Instrument.op not in ground.capabilities.ops:
        return
    contract = ground.contract
    line = do.Instrument(component="WORKER", level="info", message="begun and done", event=name)
    window, fold = catalogue.window_fold(contract), catalogue.session_fold(contract)
    for kind in ground.capabilities.hostile:
        evil = {TAG: kind}
        listed = event.properties[0] if event.properties else "unlisted"
        given: tuple[Any, ...] = (evil, {listed: evil}, {"unlisted": [evil]})
        steps: Steps = [msgspec.structs.replace(line, properties=one) for one in given]
        if window:
            steps += [_folded(line, window.occurrence, "window", one) for one in given]
        if fold and ground.sessions:
            steps += [_folded(line, fold.occurrence, "session", one) for one in given]
            steps.append(do.EndSession(session=SESSION))
        yield ground.scenario(
            [*steps, payloads.capture_of(name, event, {}), do.Flush(), do.Shutdown()]
        )


def _folded(line: do.Instrument, occurrence: str, rollup: Rollup, given: Any) -> do.Instrument:
    session = SESSION if rollup == "session" else None
    return msgspec.structs.replace(
        line, event=occurrence, rollup=rollup, properties=given, session=session
    )


def tidied_objects(ground: Ground) -> Iterator[do.Scenario]:
    """Objects that a program may be tempted to put in order in place, and their owner's still.

    A text that is too long, a number written otherwise, what is near a value and what only just
    fits, key by key; and what is missing. As captures, as records, and by a call that logs.
    """
    contract = ground.contract
    largest = {n: e for n, e in _largest(ground).items() if e.transport == "worker"}
    for name, event in largest.items():
        rows = _rows(contract, event.properties)[: (event.ceiling_per_day or _ROWS) - 1]
        captures: Steps = [payloads.capture_of(name, event, row) for row in ({}, *rows)]
        if Instrument.op in ground.capabilities.ops:
            line = do.Instrument(component="WORKER", level="info", message="begun", event=name)
            captures += [msgspec.structs.replace(line, properties=row) for row in ({}, *rows[:3])]
        yield _kept(ground, [*captures, do.Flush(), do.Shutdown()])
    fold = catalogue.session_fold(contract)
    if ground.sessions and fold is not None:
        keys = contract.occurrences[fold.occurrence].properties
        records: Steps = [
            do.Record(event=fold.occurrence, session=SESSION, properties=row)
            for row in ({}, *_rows(contract, keys))
        ]
        yield _kept(ground, [*records, do.EndSession(session=SESSION), do.Flush(), do.Shutdown()])


_ROWS = 64


def _rows(contract: Contract, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each value that is near, or only just fits, under its key: the first of each key, and so on.

    Those that people meet come first: too long, a whole number that is written as another, absent.
    """
    longest = contract.limits.string_max_chars
    columns: dict[str, tuple[Any, ...]] = {}
    for key in keys:
        shape = contract.properties[key]
        tidied = ("x" * (longest + 1), 7.0, "7", f" {payloads.plain(shape)} ", None, [7], {"a": 7})
        near = (*ends_that_fit(shape, longest), *near_values(shape, longest))
        columns[key] = (*tidied, *near)
    most = max(map(len, columns.values()), default=0)
    return [
        {key: column[row] for key, column in columns.items() if row < len(column)}
        for row in range(min(most, _ROWS))
    ]


def _kept(ground: Ground, steps: Steps) -> do.Scenario:
    return msgspec.structs.replace(ground.scenario(steps), overwrites=True)


def spoiled_places(ground: Ground) -> Iterator[do.Scenario]:
    """Every hostile value under every key, and for all of them, each among good events."""
    marked = markable(ground.contract)
    if marked is None:
        return
    name, event, key = marked
    for kind in ground.capabilities.hostile:
        evil = {TAG: kind}
        places: list[dict[str, Any]] = [{}]
        for spoiled in (*event.properties, "unlisted"):
            places += [{spoiled: evil}, {}]
        places += [evil, {}]
        steps: list[do.AnyStep] = []
        for place in places:
            given = place if place is evil else {key: FIRST_MARK + len(steps)} | place
            steps.append(payloads.capture_of(name, event, given))
            if len(steps) == 1:
                steps.append(do.Flush())
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _largest(ground: Ground) -> dict[str, Event]:
    """Of each transport, the event with most properties."""
    sendable = sorted(
        catalogue.plainly_sent(ground.contract).items(), key=lambda e: len(e[1].properties)
    )
    names = {event.transport: name for name, event in sendable}
    return {name: ground.contract.events[name] for name in names.values()}


def own_ends(ground: Ground) -> Iterator[do.Scenario]:
    """A process that comes to its end: shut down, not shut down, its service gone.

    What it prints then nobody asked for, and no call is there to blame.
    """
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    plain = payloads.capture_of(name, event, {})
    work: Steps = [plain, *laden.plain_context(ground)]
    if can_raise(ground):
        via = ground.capabilities.errors[0]
        work.append(do.RaiseError(error=Fault(type=label(0), frames=frames(0)), via=via))
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    if fold is not None:
        work.append(do.Record(event=fold.occurrence, session=SESSION, properties={}))
    again: Steps = [do.Crash(asked=True), plain, do.Flush(), do.Shutdown()]
    ended: tuple[Steps, ...] = ([do.Flush()], [do.Flush(), do.Shutdown()])
    for end in ended:
        yield ground.scenario([*work, *end, *again])
    # With something that waits for a service which is gone, and nothing in between.
    gone = do.Network(behaviour=Refuse())
    yield ground.scenario([plain, do.Flush(), gone, *work, *again])

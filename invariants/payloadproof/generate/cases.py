"""Scenarios that a small table gives completely: no chance is left to chance.

Hypothesis repeats itself within a hundred examples; a precedence table has about as many rows.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from payloadproof.contract import ConsentFile, ConsentLayer, Event, KillSwitch, Switch
from payloadproof.generate import payloads
from payloadproof.generate.strategies import Ground
from payloadproof.protocol.codec import TAG
from payloadproof.scenario import steps as do

SESSION = 123_456_789_012_347
INSTALL_ID = "3f0c2b5e-6a1d-4f7e-9b8a-0c1d2e3f4a5b"


def consent_table(ground: Ground) -> Iterator[do.Scenario]:
    """Every combination of what each layer may say, with one plain capture."""
    name, event = next(iter(payloads.sendable(ground.contract).items()))
    capture = do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
    says = [list(_says(layer)) for layer in ground.contract.consent.layers]
    for state in itertools.product(*says):
        env: dict[str, str] = {}
        text = None
        for layer, value in zip(ground.contract.consent.layers, state, strict=True):
            if isinstance(layer, ConsentFile):
                text = value
            elif value is not None:
                env[layer.variable] = value
        steps = (capture, do.Flush(), do.Shutdown())
        yield ground.scenario(steps, env=env, consent_text=text)


def _says(layer: ConsentLayer) -> Iterator[str | None]:
    """One spelling of everything that a layer can say; None for unset, or no file."""
    yield None
    match layer:
        case KillSwitch(unset=unset):
            yield from (*unset[-2:], "1", "yes")
        case Switch(off=off, on=on):
            yield from (off[0], off[-1].upper(), on[0], "maybe")
        case ConsentFile(key=key, install_id=install_id):
            for decision in ({key: True}, {key: False}, {}):
                yield json.dumps(decision)
                if install_id:
                    yield json.dumps({**decision, install_id: INSTALL_ID})


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
            for named, properties in inputs:
                place = msgspec.structs.replace(ordinary, event=named, properties=properties)
                yield ground.scenario([place, ordinary, do.Flush(), do.Shutdown()])
    fold = payloads.session_fold(ground.contract)
    if not ground.sessions or fold is None:
        return
    keys = ground.contract.occurrences[fold.occurrence].properties
    for kind in ground.capabilities.hostile:
        evil = {TAG: kind}
        for properties in (evil, dict.fromkeys(keys, evil)):
            record = do.Record(event=fold.occurrence, session=SESSION, properties=properties)
            end = do.EndSession(session=SESSION)
            yield ground.scenario([record, end, ordinary, do.Flush(), do.Shutdown()])


def _largest(ground: Ground) -> dict[str, Event]:
    """Of each transport, the event with most properties."""
    sendable = sorted(
        payloads.sendable(ground.contract).items(), key=lambda e: len(e[1].properties)
    )
    names = {event.transport: name for name, event in sendable}
    return {name: ground.contract.events[name] for name in names.values()}


def dirty_places(ground: Ground) -> Iterator[do.Scenario]:
    """Every kind of dirt in one capture and in one record, and an ordinary event."""
    events = payloads.sendable(ground.contract)
    name, event = max(events.items(), key=lambda item: len(item[1].properties))
    ordinary = do.Capture(
        event=name, properties={}, person=event.profile, transport=event.transport
    )
    fold = payloads.session_fold(ground.contract)
    for key, value in _dirt(ground, event.properties):
        steps: list[do.AnyStep] = [msgspec.structs.replace(ordinary, properties={key: value})]
        if ground.sessions and fold is not None:
            label = {str(fold.properties[str(fold.attribution)].of): "observer-a"}
            steps += [
                do.Record(event=fold.occurrence, session=SESSION, properties={key: value, **label}),
                do.EndSession(session=SESSION),
            ]
        yield ground.scenario([*steps, ordinary, do.Flush(), do.Shutdown()])


def _dirt(ground: Ground, listed: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    longest = ground.contract.limits.string_max_chars
    yield from (("project", "acme"), ("session_id", 7), ("$groups", "acme"), ("$ip", "192.0.2.1"))
    values: list[Any] = [
        {"inner": 1},
        [1, "two"],
        None,
        "x" * (longest + 1),
        "x" * (longest - 1) + "\U0001f600\U0001f600",
        *({TAG: kind} for kind in payloads.BROKEN if kind in ground.capabilities.hostile),
    ]
    yield from ((key, value) for value in values for key in listed[:1])


def invalid_numbers(ground: Ground) -> Iterator[do.Scenario]:
    """Every number that is summed or averaged, by each value that is none: a session for each.

    Walked whole: an implementation that sums one of them wrongly sums most of them wrongly, and a
    baseline of its findings has to know them all.
    """
    fold = payloads.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    numbers = {t.of for t in fold.properties.values() if t.op in ("sum", "mean") and t.of}
    for key in sorted(numbers):
        steps: list[do.AnyStep] = []
        for index, bad in enumerate(payloads.invalid(ground.contract.properties[key])):
            session = SESSION + index
            who = {label: f"observer-{payloads.LETTERS[index]}"}
            for value in (bad, 3):
                properties = {key: value, **who}
                steps.append(
                    do.Record(event=fold.occurrence, session=session, properties=properties)
                )
            steps.append(do.EndSession(session=session))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])

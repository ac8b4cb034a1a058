"""Every hostile value in every place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from payloadproof.contract import Event, catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import SESSION, Ground
from payloadproof.generate.networks import markable
from payloadproof.protocol.codec import TAG
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

"""Every hostile value in every place."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from payloadproof.contract import Event, catalogue
from payloadproof.generate.ground import SESSION, Ground
from payloadproof.protocol.codec import TAG
from payloadproof.scenario import steps as do


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
    fold = catalogue.session_fold(ground.contract)
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
        catalogue.sendable(ground.contract).items(), key=lambda e: len(e[1].properties)
    )
    names = {event.transport: name for name, event in sendable}
    return {name: ground.contract.events[name] for name in names.values()}

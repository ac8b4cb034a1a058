"""Every kind of dirt, in every place where a whitelist looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import SESSION, Ground
from payloadproof.protocol.codec import TAG
from payloadproof.scenario import steps as do


def dirty_places(ground: Ground) -> Iterator[do.Scenario]:
    """Every kind of dirt in one capture and in one record, and an ordinary event."""
    events = catalogue.sendable(ground.contract)
    name, event = max(events.items(), key=lambda item: len(item[1].properties))
    ordinary = do.Capture(
        event=name, properties={}, person=event.profile, transport=event.transport
    )
    made = [
        do.Capture(event=one, properties={})
        for one in sorted(ground.contract.events.keys() - events)
    ]
    near = payloads.near_keys((name, *events)[:2], frozenset(ground.contract.events))
    made += [do.Capture(event=one, properties={}) for one in near]
    yield ground.scenario([*made, ordinary, do.Flush(), do.Shutdown()])
    fold = catalogue.session_fold(ground.contract)
    if ground.sessions and fold is not None:
        # What belongs to a session, and does not say to which.
        label = {str(fold.properties[str(fold.attribution)].of): "observer-a"}
        stray = do.Record(event=fold.occurrence, properties=label)
        yield ground.scenario([stray, ordinary, do.Flush(), do.Shutdown()])
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
    known = {key for event in ground.contract.events.values() for key in event.own_properties}
    near = payloads.near_keys(listed[:2], frozenset({*known, *ground.contract.properties}))
    yield from ((key, "acme") for key in near)
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

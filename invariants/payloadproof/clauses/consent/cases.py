"""Consent's small tables, walked whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from payloadproof.contract import (
    ConsentCommand,
    ConsentFile,
    ConsentLayer,
    KillSwitch,
    Switch,
    catalogue,
)
from payloadproof.generate.ground import INSTALL_ID, Ground, sound_texts
from payloadproof.scenario import steps as do


def consent_table(ground: Ground) -> Iterator[do.Scenario]:
    """Every combination of what each layer may say, with one plain capture."""
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    capture = do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
    says = [list(_says(layer)) for layer in ground.contract.consent.layers]
    for state in itertools.product(*says):
        env: dict[str, str] = {}
        text = None
        for layer, value in zip(ground.contract.consent.layers, state, strict=True):
            if isinstance(layer, ConsentFile | ConsentCommand):
                text = value
            elif value is not None:
                env[layer.variable] = value
        steps = (capture, do.Flush(), do.Shutdown())
        yield ground.scenario(steps, env=env, consent_text=text)


def _says(layer: ConsentLayer) -> Iterator[str | None]:
    """One spelling of everything that a layer can say; None for unset, no file, no command."""
    yield None
    match layer:
        case KillSwitch(unset=unset, empty_is_off=empty_is_off):
            yield from (*unset[-2:], "1", "yes", *([""] if empty_is_off else []))
        case Switch(off=off, on=on):
            yield from off[:1]
            yield from (word.upper() for word in off[-1:])
            yield from (*on[:1], "maybe")
        case ConsentCommand(texts=texts):
            yield from texts[1:]
        case ConsentFile(id_keys=id_keys):
            some = [sound_texts(layer), sound_texts(layer, INSTALL_ID) if id_keys else []]
            yield from (text for one in some for text in one if text is not None)

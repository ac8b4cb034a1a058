"""Consent's small tables, walked whole."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from payloadproof.contract import ConsentFile, ConsentLayer, KillSwitch, Switch, catalogue
from payloadproof.generate.ground import INSTALL_ID, Ground
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

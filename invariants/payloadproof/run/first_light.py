"""Before any proof: does anything arrive at all, and does the off switch do something?

A pipeline that answers every operation and sends nothing would pass every clause that forbids.
"""

from __future__ import annotations

import json

from payloadproof.contract import ConsentFile, KillSwitch, Switch, catalogue
from payloadproof.generate.ground import SESSION, Ground, opted_in
from payloadproof.scenario import steps as do


def first_light(ground: Ground) -> do.Scenario:
    """Consent on, every event that is captured directly once, and one session."""
    return ground.scenario(_steps(ground))


def lights_out(ground: Ground) -> do.Scenario:
    """The same with consent off by the first layer that can say so."""
    state = opted_in(ground.contract)
    for layer in ground.contract.consent.layers:
        match layer:
            case KillSwitch(variable=variable):
                off = "1"
            case Switch(variable=variable, off=(off, *_)):
                pass
            case ConsentFile(key=key):
                text = json.dumps({key: False})
                return ground.scenario(_steps(ground), **state | {"consent_text": text})
        return ground.scenario(_steps(ground), **state | {"env": state["env"] | {variable: off}})
    raise ValueError(f"the consent chain of {ground.contract.product.name} can never say off")


def _steps(ground: Ground) -> list[do.AnyStep]:
    contract = ground.contract
    steps: list[do.AnyStep] = [
        do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
        for name, event in catalogue.sendable(contract).items()
    ]
    fold = catalogue.session_fold(contract)
    if ground.sessions and fold is not None:
        label = {str(fold.properties[str(fold.attribution)].of): "observer-a"}
        steps += [
            do.Record(event=fold.occurrence, properties=label, session=SESSION),
            do.EndSession(session=SESSION),
        ]
    return [*steps, do.Flush(), do.Shutdown()]

"""Before any proof: does anything arrive at all, and does the off switch do something?

A pipeline that answers every operation and sends nothing would pass every clause that forbids.
"""

from __future__ import annotations

from payloadproof.contract import catalogue
from payloadproof.errors import HarnessError
from payloadproof.generate.ground import SESSION, Ground, opted_out
from payloadproof.scenario import steps as do


def first_light(ground: Ground) -> do.Scenario:
    """Consent on, every event that is captured directly once, and one session."""
    return ground.scenario(_steps(ground))


def lights_out(ground: Ground) -> do.Scenario:
    """The same with consent off by the first layer that can say so."""
    state = opted_out(ground.contract)
    if state is None:
        raise HarnessError(
            code="consent-never-off",
            message=f"the consent chain of {ground.contract.product.name} can never say off, so"
            " that no promise about consent can be tried",
            causes=("the contract lists no switch of the program",),
            next="add it to [[consent.layers]]; a program without any is for payloadproof probe",
        )
    return ground.scenario(_steps(ground), **state)


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

"""Before any proof: does anything arrive at all, and does the off switch do something?

A pipeline that answers every operation and sends nothing would pass every clause that forbids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from payloadproof.contract import catalogue
from payloadproof.errors import HarnessError
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History
from payloadproof.generate import payloads
from payloadproof.generate.ground import SESSION, Ground, opted_out
from payloadproof.scenario import steps as do


def first_light(ground: Ground) -> do.Scenario:
    """Consent on, every event that is captured directly once, and one session."""
    return ground.scenario(_steps(ground))


def first_words(ground: Ground) -> do.Scenario:
    """The same with something to say: each property of each event, and of the record."""
    contract = ground.contract

    def given(keys: Iterable[str], more: dict[str, Any]) -> dict[str, Any]:
        said = {key: payloads.plain(contract.properties[key]) for key in keys}
        return {key: value for key, value in said.items() if value is not None} | more

    def worded(step: do.AnyStep) -> do.AnyStep:
        match step:
            case do.Capture(event=name):
                said = given(contract.events[name].properties, {})
            case do.Record(event=name, properties=label):
                said = given(contract.occurrences[name].properties, label)
            case _:
                return step
        return msgspec.structs.replace(step, properties=said)

    return ground.scenario([worded(step) for step in _steps(ground)])


def unheard(history: History) -> tuple[str, ...]:
    """What was said and is in nothing that arrived: an adapter may answer, and drop what it got.

    Nothing where no event arrived at all, which is another trouble.
    """
    if not history.sent:
        return ()
    lines = []
    for step in history.steps:
        if isinstance(step, do.Capture) and step.properties:
            came = history.named(step.event)
            if came and not any(step.properties.keys() & properties_of(one) for one in came):
                lines.append(f"capture: none of the properties of {step.event} arrived")
        if isinstance(step, do.Record):
            lines += _unrecorded(history, step)
    return tuple(dict.fromkeys(lines))


def _unrecorded(history: History, step: do.Record) -> Iterator[str]:
    for name, event in history.contract.rollups.items():
        fold = event.fold
        if fold is None or event.grain != "session" or fold.occurrence != step.event:
            continue
        came = history.named(name)
        label = step.properties[str(fold.properties[str(fold.attribution)].of)]
        if not came:
            yield f"record and session/end: no {name} arrived of the session's record"
        elif not any(properties_of(one).get(str(fold.attribution)) == label for one in came):
            yield f"record: {name} arrived without what was recorded"


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

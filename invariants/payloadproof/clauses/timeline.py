"""Consent over the steps of a scenario, as the contract's precedence table has it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from payloadproof.clauses.once import once
from payloadproof.contract import ConsentFile, ConsentLayer, Contract, KillSwitch, Switch
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do

Decision = Literal["on", "off"]


Said = Literal["on", "off", "falls through", "silent"]


class Moment(NamedTuple):
    """Consent while a step runs.

    ``settled``: it has been so for as long as the implementation may take to notice, or from the
    start of the scenario.
    """

    decision: Decision | None  # None where the table is silent
    layer: str
    settled: bool


def decide(
    contract: Contract, env: Mapping[str, str], text: str | None
) -> tuple[Decision | None, str]:
    """What the contract's chain says, and the layer that says it.

    Args:
        contract: whose chain.
        env: the environment the implementation sees.
        text: what the consent file holds, None for no file.
    """
    for layer in contract.consent.layers:
        said = _layer(layer, env, text)
        name = layer.path if isinstance(layer, ConsentFile) else layer.variable
        if said == "silent":
            return None, name
        if said != "falls through":
            return said, name
    return contract.consent.default, "default"


def _layer(layer: ConsentLayer, env: Mapping[str, str], text: str | None) -> Said:
    match layer:
        case KillSwitch(variable=variable, unset=unset):
            return "falls through" if env.get(variable, "") in {"", *unset} else "off"
        case Switch(variable=variable):
            spelled = env.get(variable, "")
            value = spelled.strip().casefold()
            if value in layer.off_should or (value != spelled.casefold() and value in layer.off):
                return "silent"
            if value in layer.off:
                return "off"
            return "on" if value in layer.on else "falls through"
        case ConsentFile(key=key):
            return _file(key, text)


def _file(key: str, text: str | None) -> Said:
    if text is None:
        return "falls through"
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return "silent"
    if not isinstance(content, dict):
        return "silent"
    match content.get(key):
        case None:
            return "falls through"
        case bool(enabled):
            return "on" if enabled else "off"
        case _:
            return "silent"


@once
def moments(history: History) -> tuple[Moment, ...]:
    """Consent during the start of the scenario and each step: item ``i + 1`` is step ``i``'s."""
    scenario = history.scenario
    if scenario is None:
        return ()
    env, text = dict(scenario.env), scenario.consent_text
    decision, layer = decide(history.contract, env, text)
    since = math.inf  # ms for which the decision has stood; at the start there was none before it
    timeline = [Moment(decision, layer, settled=True)]
    for step in scenario.steps:
        match step:
            case do.SetEnv(env=changes):
                after = env | changes
                env = {name: value for name, value in after.items() if value is not None}
            case do.WriteConsent(text=text):
                pass
        before, (decision, layer) = decision, decide(history.contract, env, text)
        since = 0 if decision != before else since
        if isinstance(step, do.Crash):
            since = math.inf  # the next process has no older decision to remember
        settled = since > history.contract.consent.honoured_within_ms
        timeline.append(Moment(decision, layer, settled=settled))
        if isinstance(step, do.Advance):
            since += step.ms
    return tuple(timeline)

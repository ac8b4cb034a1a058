"""Consent over the steps of a scenario, as the contract's precedence table has it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import NamedTuple

from payloadproof.clauses.once import once
from payloadproof.contract import Contract
from payloadproof.contract.command import Decision
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do
from payloadproof.syntax.printable import printable

_SHOWN = 40  # characters of a variable's value


class Moment(NamedTuple):
    """Consent while a step runs.

    ``settled``: it has been so for as long as the implementation may take to notice, or from the
    start of the scenario. ``value``: of the variable that says it; None where no variable does.
    """

    decision: Decision | None  # None where the table is silent
    layer: str
    settled: bool
    value: str | None = None

    @property
    def by(self) -> str:
        """The layer, and what a variable is set to: the scenario chose that, so it may be said."""
        if self.value is None:
            return self.layer
        return printable(f"{self.layer}={json.dumps(self.value[:_SHOWN], ensure_ascii=False)}")


def decide(
    contract: Contract, env: Mapping[str, str], text: str | None
) -> tuple[Decision | None, str]:
    """What the contract's chain says, and the layer that says it."""
    return contract.consent.decide(env, text)


@once
def moments(history: History) -> tuple[Moment, ...]:
    """Consent during the start of the scenario and each step: item ``i + 1`` is step ``i``'s."""
    scenario = history.scenario
    if scenario is None:
        return ()
    env, text = dict(scenario.env), scenario.consent_text
    decision, layer = decide(history.contract, env, text)
    since = math.inf  # ms for which the decision has stood; at the start there was none before it
    timeline = [Moment(decision, layer, settled=True, value=env.get(layer))]
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
        timeline.append(Moment(decision, layer, settled=settled, value=env.get(layer)))
        if isinstance(step, do.Advance):
            since += step.ms
    return tuple(timeline)

"""Scenarios per second by transport: the reference in process and as a child, the Node example.

The same scenarios for each, drawn once: half of them sessions, half dirty payloads.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from measure import compare

from payloadproof.adapters.connect import REFERENCE
from payloadproof.clauses.allow.scenarios import dirty_payloads
from payloadproof.clauses.bound.scenarios import interleavings
from payloadproof.drive.runner import Runner
from payloadproof.generate.ground import Ground
from payloadproof.run.check import running
from payloadproof.run.planning import planned
from payloadproof.scenario.steps import Scenario

NODE = Path(__file__).parent.parent / "docs" / "examples" / "node"
EACH = 10


def adapters() -> dict[str, str]:
    """Adapters by name; Node's, where it is installed."""
    child = f"cmd:{shlex.quote(sys.executable)} -m payloadproof_reference.adapter"
    found = {"direct: reference": REFERENCE, "cmd: reference": child}
    if shutil.which("node") and (NODE / "node_modules").is_dir():
        found["cmd: node"] = f"cmd:node {shlex.quote(str(NODE / 'adapter.mjs'))}"
    return found


def drawn(ground: Ground) -> list[Scenario]:
    """The same scenarios in every run."""
    scenarios: list[Scenario] = []
    for strategy in (interleavings(ground), dirty_payloads(ground)):

        @seed(1)
        @settings(
            max_examples=EACH,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def keep(scenario: Scenario) -> None:
            scenarios.append(scenario)

        keep()
    return scenarios


def run_all(runner: Runner, scenarios: list[Scenario]) -> None:
    """What is measured: run, without judging."""
    for scenario in scenarios:
        runner.run(scenario)


def main() -> None:
    """Measure."""
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(running(planned(adapter)))
            for name, adapter in adapters().items()
        }
        scenarios = drawn(opened["direct: reference"][1])
        subjects = {name: partial(run_all, one, scenarios) for name, (one, _) in opened.items()}
        compare("one scenario", subjects, operations=len(scenarios), rounds=5)


if __name__ == "__main__":
    main()

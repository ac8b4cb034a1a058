"""Is it all there, once? Sums over the wire, against what was recorded.

``conservation.py [COUNT [ADAPTER]]``: COUNT interleavings of the state machine, 10,000 without, in
a process for each core. Those without trouble are compared to the last record, the others by their
bounds. Exit code 1 where a clause finds anything.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from hypothesis import HealthCheck, Phase, given, seed, settings
from measure import CONSOLE
from rich.table import Table

from payloadproof.adapters.connect import REFERENCE
from payloadproof.clauses.bound.lives import undisturbed
from payloadproof.clauses.bound.scenarios import machine
from payloadproof.clauses.registry import judge
from payloadproof.run.check import running
from payloadproof.run.planning import planned
from payloadproof.run.workers import cores
from payloadproof.scenario.steps import Record, Scenario

CLAUSES = ("B1", "B2", "B3", "B4", "B6", "B9", "C3", "W2")
ROLLUPS = ("observer_turn_rollup", "context_injected_rollup")


def interleaved(count: int, adapter: str, seed_: int) -> Counter[str]:
    """What ``count`` interleavings showed; a finding's key begins with its clause."""
    seen: Counter[str] = Counter()
    with running(planned(adapter)) as (runner, ground):

        @seed(seed_)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(machine(ground))
        def one(scenario: Scenario) -> None:
            history = runner.run(scenario)
            seen["interleavings"] += 1
            seen["compared to the last record"] += undisturbed(history)
            records = [step for step in scenario.steps if isinstance(step, Record)]
            seen["records"] += sum(record.times for record in records)
            seen["rollups"] += sum(len(history.named(name)) for name in ROLLUPS)
            for finding in judge(history, CLAUSES).findings:
                seen[f"{finding.clause}: {finding.message}"] += 1

        one()
    return seen


def main(count: int = 10_000, adapter: str = REFERENCE) -> int:
    """Run them and say what was seen."""
    first = secrets.randbits(32)
    began = time.monotonic()
    processes = cores()
    with ProcessPoolExecutor(processes) as pool:
        share = -(-count // processes)
        parts = pool.map(partial(interleaved, share, adapter), range(first, first + processes))
        seen: Counter[str] = sum(parts, Counter())
    table = Table(title=f"seeds from {first}, {time.monotonic() - began:.0f} s", show_header=False)
    for name, times in seen.items():
        table.add_row(name, f"{times:,}")
    CONSOLE.print(table)
    return int(any(name.startswith(CLAUSES) for name in seen))


if __name__ == "__main__":
    sys.exit(main(*(int(one) if one.isdigit() else one for one in sys.argv[1:])))

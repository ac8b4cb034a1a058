"""The checks, checked: every wrong pipeline has to be killed by its own clause.

``python tests/mutants/matrix.py [NAME ...]`` runs all of them, or those named, and the reference
last, which has to survive every clause. Exit code 0 when all of that holds, 1 when a mutant
survives or the reference does not, 2 for a name that no mutant has.
"""

from __future__ import annotations

import difflib
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import delivery_pipelines  # noqa: F401  # its mutants enter themselves
import host_pipelines  # noqa: F401  # as below
import payload_pipelines  # noqa: F401  # as above
import pipelines  # noqa: F401  # as above
import time_pipelines  # noqa: F401  # as above
from mutant import MUTANTS
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.check import Plan, Progress, check, running
from payloadproof.clauses import clauses
from payloadproof.contract import load
from payloadproof.oracle import Finding
from payloadproof.report.model import Report
from payloadproof.suite.explore import Explorer
from payloadproof.suite.properties import PROFILES, SUITE

CONTRACT = "claude_mem"


class Trial(NamedTuple):
    """What became of one mutant; ``scenarios`` ran until it was killed, or in all."""

    mutant: str
    clause: str
    finding: Finding | None
    seconds: float
    scenarios: int

    @property
    def verdict(self) -> str:
        """For the console."""
        return "[green]killed[/]" if self.finding else "[bold red]SURVIVED[/]"


class _Ticking(Progress):
    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick

    def scenario_ran(self) -> None:
        self._tick()


def put_to_trial(
    name: str, *, seed: int | None = None, tick: Callable[[], None] = lambda: None
) -> Trial:
    """Hunt for one mutant with what the suite generates for its clause.

    Not by way of ``check``: that opens with a scenario written by hand, whose finding would stand
    for the generated ones'.
    """
    clause = MUTANTS[name].clause
    began = time.monotonic()
    with running(_plan(MUTANTS[name].spec(), (clause,))) as (runner, ground):
        explorer = Explorer(
            runner,
            ground,
            (clause,),
            profile=PROFILES["ci"],
            seed_=random.randrange(2**32) if seed is None else seed,
            examples_in=None,
            on_scenario=tick,
        )
        for prop in SUITE:
            if clause in prop.aims and prop.possible(ground) and not explorer.found:
                explorer.explore(prop, shrink=False)
        finding = explorer.found[clause].finding if explorer.found else None
        return Trial(name, clause, finding, time.monotonic() - began, runner.scenarios)


def checked(spec: str, *, tick: Callable[[], None] = lambda: None) -> Report:
    """Check an implementation by every clause."""
    return check(_plan(spec, tuple(clauses())), _Ticking(tick))


def _plan(spec: str, only: tuple[str, ...]) -> Plan:
    return Plan(load(CONTRACT), CONTRACT, connector(spec), only, shrink=False)


def main(names: list[str]) -> int:
    """Print the matrix; the exit code."""
    console = Console()
    for name in names:
        if name not in MUTANTS:
            near = difflib.get_close_matches(name, MUTANTS, cutoff=0.3) or MUTANTS
            console.print(f"no mutant is named {name}; did you mean {', '.join(near)}?")
            return 2
    with _bar(console) as bar:
        trials = []
        for name in names or MUTANTS:
            task = bar.add_task(f"{name} against {MUTANTS[name].clause}", total=None)
            trial = put_to_trial(name, tick=lambda task=task: bar.advance(task))
            bar.remove_task(task)
            trials.append(trial)
            console.print(
                f"{trial.verdict} {name} by {trial.clause}, {trial.seconds:.2f} s", highlight=False
            )
        task = bar.add_task("the reference against every clause", total=None)
        reference = checked(REFERENCE, tick=lambda: bar.advance(task))
    console.print(_table(trials, reference))
    killed = sum(trial.finding is not None for trial in trials)
    seconds = [trial.seconds for trial in trials]
    console.print(
        f"{killed} of {len(trials)} killed;"
        f" median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s",
        highlight=False,
    )
    return 0 if killed == len(trials) and reference.exit_code == 0 else 1


def _bar(console: Console) -> Bar:
    return Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,} scenarios"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _table(trials: list[Trial], reference: Report) -> Table:
    table = Table("mutant", "clause", "verdict", title="Kill matrix")
    table.add_column("seconds", justify="right")
    table.add_column("scenarios", justify="right")
    for trial in trials:
        amounts = f"{trial.seconds:.2f}", str(trial.scenarios)
        table.add_row(trial.mutant, trial.clause, trial.verdict, *amounts)
    table.add_section()
    judged = (one for one in reference.verdicts if one.level != "INFO")
    broken = ", ".join(one.clause for one in judged if one.verdict != "passed")
    verdict = f"[bold red]not passed: {broken}[/]" if broken else "[green]survives[/]"
    amounts = f"{reference.seconds:.2f}", str(reference.scenarios)
    table.add_row("the reference", "all", verdict, *amounts)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The checks, checked: every wrong pipeline has to be killed by its own clause.

``python tests/mutants/matrix.py [NAME ...]`` runs all of them, or those named, and the reference
last, which has to survive every clause. Exit code 0 when all of that holds, 1 when a mutant
survives or the reference does not, 2 for a name that no mutant has.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import NamedTuple

from mutant import MUTANTS
from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.check import Plan, Progress, check
from payloadproof.clauses import clauses
from payloadproof.contract import load
from payloadproof.report.model import Report
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import pipelines

CONTRACT = "claude_mem"


class Trial(NamedTuple):
    """What became of one mutant. ``scenarios``: how many ran until it was killed, or in all."""

    mutant: str
    clause: str
    killed: bool
    seconds: float
    scenarios: int
    message: str


class _Counter(Progress):
    """Counts scenarios until the clause is broken."""

    def __init__(self, tick=lambda: None):
        self.scenarios = 0
        self._tick = tick
        self._over = False

    def scenario_ran(self):
        self.scenarios += not self._over
        self._tick()

    def property_ended(self, prop, standing):
        self._over = self._over or any(verdict.verdict == "failed" for verdict in standing)


def run(spec: str, only: tuple[str, ...], seed: int | None, progress: Progress) -> Report:
    """Check one implementation, and stop at its first finding."""
    plan = Plan(load(CONTRACT), CONTRACT, connector(spec), only, seed=seed, shrink=False)
    return check(plan, progress)


def put_to_trial(name: str, seed: int | None = None, tick=lambda: None) -> Trial:
    """Run a mutant against its own clause."""
    clause = MUTANTS[name].clause
    counter = _Counter(tick)
    began = time.monotonic()
    report = run(f"direct:{pipelines.__name__}:{name}", (clause,), seed, counter)
    seconds = time.monotonic() - began
    # The opening scenario is written by hand; a kill is what a generated one shows.
    found = [finding for finding in report.findings if finding.clause == clause and finding.shrunk]
    message = found[0].message if found else ""
    return Trial(name, clause, bool(found), seconds, counter.scenarios, message)


def main(names: list[str]) -> int:
    """Print the matrix; the exit code."""
    console = Console()
    unknown = sorted({*names} - {*MUTANTS})
    if unknown:
        console.print(f"no mutant is named {', '.join(unknown)}; there are {', '.join(MUTANTS)}")
        return 2
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    trials = []
    with Bar(*columns, console=console, transient=True) as bar:
        for name in names or MUTANTS:
            task = bar.add_task(f"{name} against {MUTANTS[name].clause}", total=None)
            trials.append(put_to_trial(name, tick=bar.refresh))
            bar.remove_task(task)
            console.print(_line(trials[-1]), highlight=False)
        task = bar.add_task("the reference against every clause", total=None)
        reference = run(REFERENCE, tuple(clauses()), None, _Counter())
        bar.remove_task(task)
    console.print(_table(trials, reference))
    seconds = [trial.seconds for trial in trials]
    console.print(
        f"{sum(trial.killed for trial in trials)} of {len(trials)} killed;"
        f" median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s",
        highlight=False,
    )
    return 0 if all(trial.killed for trial in trials) and reference.exit_code == 0 else 1


def _line(trial: Trial) -> str:
    word = "[green]killed[/]  " if trial.killed else "[bold red]SURVIVED[/]"
    return f"{word} {trial.clause} {trial.mutant}, {trial.seconds:.2f} s"


def _table(trials: list[Trial], reference: Report) -> Table:
    table = Table("mutant", "clause", "verdict", "seconds", "scenarios", title="kill matrix")
    for trial in trials:
        verdict = "[green]killed[/]" if trial.killed else "[bold red]SURVIVED[/]"
        table.add_row(
            trial.mutant, trial.clause, verdict, f"{trial.seconds:.2f}", str(trial.scenarios)
        )
    broken = ", ".join(v.clause for v in reference.verdicts if v.verdict != "passed")
    table.add_section()
    table.add_row(
        "the reference",
        "all",
        f"[bold red]not passed: {broken}[/]" if broken else "[green]survives[/]",
        f"{reference.seconds:.2f}",
        str(reference.scenarios),
    )
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The checks, checked: every wrong pipeline has to be killed by its own clause.

``python tests/mutants/matrix.py [--seed N] [--write] [NAME ...]`` runs all of them, or those named,
in a few processes at once, and the reference, which has to survive every clause. ``--write`` keeps
what came of it for the page on wrong programs. Exit code 0 when all of that holds, 1 when a mutant
survives or the reference does not, 2 for a name that no mutant has, 130 after Ctrl-C. Without a
seed it is the same every time, so that who survives one run survives all.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
import signal
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

# A program's own folder is on the path; mutants are found from the folder of all tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants import scoring
from mutants.hunting import hunt, planned
from mutants.hunting import lacking as lacking_for
from mutants.mutant import MUTANTS, enter_all
from rich.console import Console
from rich.progress import MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from payloadproof.adapters.connect import REFERENCE
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import Finding
from payloadproof.outcome.model import Report
from payloadproof.report.terminal import finding_text
from payloadproof.run.check import check
from payloadproof.run.workers import cores

SEED = 20_260
PROCESSES = min(8, cores() + 1)  # they wait for sockets more than they compute
SCORES = Path(__file__).with_name("scores.json")

enter_all()


class Trial(NamedTuple):
    """What became of one mutant; ``scenarios`` ran until it was killed, or in all.

    ``cost``: seconds of processor time, of which the same was spent.
    """

    mutant: str
    clause: str
    finding: Finding | None
    cost: float
    scenarios: int

    @property
    def verdict(self) -> str:
        """For the console."""
        return "[green]killed[/]" if self.finding else "[bold red]SURVIVED[/]"

    @property
    def score(self) -> scoring.Score:
        """For the page."""
        return scoring.Score(
            name=self.mutant,
            family=clauses()[self.clause].family,
            clause=self.clause,
            says=" ".join((MUTANTS[self.mutant].__doc__ or "").split()),
            verdict="own" if self.finding else "survived",
            by=(self.clause,) if self.finding else (),
            cost=round(self.cost, 2),
            scenarios=self.scenarios,
        )


def put_to_trial(name: str, *, seed: int = SEED) -> Trial:
    """Hunt for one mutant with what the suite generates for its clause."""
    clause = MUTANTS[name].clause
    found = hunt(planned(MUTANTS[name].spec(), (clause,)), (clause,), seed=seed)
    return Trial(name, clause, found.finding, found.cost, found.scenarios)


def lacking(name: str) -> str | None:
    """Why this machine cannot judge a mutant."""
    return lacking_for(planned(MUTANTS[name].spec(), ()), MUTANTS[name].clause)


def checked(spec: str, *, seed: int = SEED) -> Report:
    """Check an implementation by every clause."""
    return check(planned(spec, clauses())._replace(seed=seed))


def main(names: list[str], *, seed: int = SEED, write: bool = False) -> int:
    """Print the matrix, and keep it where ``write`` says so; the exit code."""
    console = Console()
    for name in names:
        if name not in MUTANTS:
            near = difflib.get_close_matches(name, MUTANTS, cutoff=0.3) or MUTANTS
            console.print(f"no mutant is named {name}; did you mean {', '.join(near)}?")
            return 2
    trials: list[Trial] = []
    chosen = names or list(MUTANTS)
    with _bar(console) as bar:
        task = bar.add_task("mutants, and the reference", total=len(chosen) + 1)
        try:
            for done in _at_once(chosen, seed) if len(chosen) > 1 else _one_by_one(chosen, seed):
                bar.advance(task)
                if not isinstance(done, Trial):
                    reference = done
                    continue
                trials.append(done)
                line = f"{done.verdict} {done.mutant} by {done.clause}, {done.cost:.2f} s"
                console.print(line, highlight=False)
        except KeyboardInterrupt:
            console.print(f"interrupted after {len(trials)} of {len(chosen)} mutants")
            return 130
    trials.sort(key=lambda trial: chosen.index(trial.mutant))
    console.print(_table(trials, reference))
    for finding in reference.findings:
        if clauses()[finding.clause].level != "INFO":
            console.print(f"\n{finding.clause}, of the reference", style="bold red")
            console.print(finding_text(finding), markup=False, highlight=False)
    killed = sum(trial.finding is not None for trial in trials)
    costs = [trial.cost for trial in trials]
    console.print(
        f"{killed} of {len(trials)} killed; processor time: median"
        f" {statistics.median(costs):.2f} s, worst {max(costs):.2f} s; seed {seed}",
        highlight=False,
    )
    if write:
        scoring.kept(SCORES, (trial.score for trial in trials), seed=seed, names=MUTANTS)
    return 0 if killed == len(trials) and reference.exit_code == 0 else 1


def _one_by_one(names: list[str], seed: int) -> Iterator[Trial | Report]:
    yield from (put_to_trial(name, seed=seed) for name in names)
    yield checked(REFERENCE, seed=seed)


def _at_once(names: list[str], seed: int) -> Iterator[Trial | Report]:
    """Results as they come; what takes long is begun first: the reference, then processes."""
    pool = ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))
    try:
        # Ctrl-C of a terminal reaches all of its processes: these inherit that they ignore it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        longest = sorted(names, key=lambda name: not MUTANTS[name].apart)
        tasks = [
            pool.submit(checked, REFERENCE, seed=seed),
            *(pool.submit(put_to_trial, name, seed=seed) for name in longest),
        ]
        signal.signal(signal.SIGINT, before)
        for task in as_completed(tasks):
            yield task.result()
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _bar(console: Console) -> Bar:
    return Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _table(trials: list[Trial], reference: Report) -> Table:
    table = Table("mutant", "clause", "verdict", title="Kill matrix")
    table.add_column("processor seconds", justify="right")
    table.add_column("scenarios", justify="right")
    for trial in trials:
        amounts = f"{trial.cost:.2f}", str(trial.scenarios)
        table.add_row(trial.mutant, trial.clause, trial.verdict, *amounts)
    table.add_section()
    judged = (one for one in reference.verdicts if one.level != "INFO")
    broken = ", ".join(one.clause for one in judged if one.verdict not in ("passed", "not_run"))
    verdict = f"[bold red]not passed: {broken}[/]" if broken else "[green]survives[/]"
    amounts = f"{reference.seconds:.2f}", str(reference.scenarios)
    table.add_row("the reference", "all", verdict, *amounts)
    return table


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("--seed", type=int, default=SEED)
    words.add_argument("--write", action="store_true", help="keep it for the page")
    words.add_argument("names", nargs="*", metavar="NAME")
    given = words.parse_args()
    sys.exit(main(given.names, seed=given.seed, write=given.write))

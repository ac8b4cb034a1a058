"""Wrong programs that strangers wrote: how many of them do the checks find?

Nobody who wrote a check wrote one of these, and who wrote them had seen no check. ``nox -s
strangers`` runs a seeded tenth of those that were found by their own clause within ten seconds,
which has to find them still; ``-- --sample 0.1`` a tenth of all, ``-- --unjudged`` those that were
not judged yet, in a seeded order that takes from each family in turn, and ``-- --whole`` all of
them, with the right programs by three seeds.

``--write`` keeps each score as it comes in ``scores/``, from which the page on wrong programs is
made. ``--first`` besides counts in ``first.toml`` each program that had no score yet, before
anything is mended because of it; what was counted there is never counted again. ``--limit`` is a
shorter patience, in seconds of processor time: what is given up by it is no survivor, and stays
unjudged.

Exit codes: 0 as it should be; 1 a right program is found wrong, a wrong one that was found is not
found any more, or one is found by no clause and ``survivors.toml`` of its base does not say why;
2 a base or an edit cannot be used.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

# A program's own folder is on the path; what is shared is found from the folder of all tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants import scoring
from mutants.apart import Ended, each
from mutants.scoring import Score
from rich.console import Console
from rich.table import Table
from strangers import firsts
from strangers.base import HERE, Base, BaseError, Wrong, bases, wrongs
from strangers.judging import Judge, JudgeRight

from payloadproof.clauses.clause import FAMILIES, all_named, named
from payloadproof.outcome.model import Report
from payloadproof.report.terminal import finding_text
from payloadproof.run.seeds import FIXED

SCORES = HERE / "scores"
FIRST = HERE / "first.toml"
SHARE = 0.1
#: A slower one is for the night: some wait for a network, four minutes for one judgement.
SOON_S = 10.0
LIMIT_S = 1200.0  # for one program: it is given up then
BUSY = 5  # seconds of a busy machine for one of processor time
SEEDS = 3  # by which a right program is checked in a whole run


class Asked(NamedTuple):
    """What one run is to do with one base."""

    base: Base
    chosen: tuple[Wrong, ...]
    rights: tuple[JudgeRight, ...]
    checkout: Path | None
    seed: int
    limit_s: float = LIMIT_S


def sampled(names: Collection[str], share: float, seed: int) -> list[str]:
    """A seeded share of them, at least one."""
    most = math.ceil(len(names) * share)
    return sorted(random.Random(seed).sample(sorted(names), most))


def in_turn(names: Iterable[str], seed: int) -> list[str]:
    """One of each family, then another of each: whoever stops early has judged some of all."""
    of = defaultdict(list)
    for name in sorted(names):
        of[name.partition("/")[0]].append(name)
    drawn = random.Random(seed)
    for family in of.values():
        drawn.shuffle(family)
    return [name for turn in zip_longest(*of.values()) for name in turn if name is not None]


def survivors(base: str) -> dict[str, str]:
    """Why no clause finds a wrong program, by its name."""
    path = HERE / base / "survivors.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def judged(
    asked: Asked,
    console: Console,
    processes: int | None,
    keep: Callable[[Score], object] = lambda _: None,
    leave: Callable[[Wrong], object] = lambda _: None,
) -> tuple[list[Score], bool]:
    """Judge what was asked; the scores, and whether each right program was found right.

    ``keep``: told of each score as it comes: a run of hours may be ended; ``leave``: told of each
    program that was given up before its time.
    """
    short = asked.limit_s < LIMIT_S
    patience_s = asked.limit_s if short else math.inf
    jobs = [Judge(asked.base, one, asked.checkout, asked.seed, patience_s) for one in asked.chosen]
    right = True
    scores = []
    # A whole check takes longest, and is begun first.
    every = [*asked.rights, *jobs]
    most_s = asked.limit_s * BUSY if short and not asked.rights else LIMIT_S
    for number, done in each(every, processes=processes, limit_s=most_s):
        job = every[number]
        if isinstance(job, JudgeRight):
            right &= _told(job, done, console)
            continue
        if short and isinstance(done, Ended) and done.hung:
            said = f"left unjudged: given up after {asked.limit_s:g} s"
            console.print(f"[bold]{job.wrong.name}[/] {said}", highlight=False)
            leave(job.wrong)
            continue
        score = done if isinstance(done, Score) else _ended(job.wrong, done)
        scores.append(score)
        keep(score)
        console.print(_line(score), highlight=False)
    return scores, right


def _ended(wrong: Wrong, how: Ended) -> Score:
    if "BaseError" in how.why:
        raise BaseError(how.why.strip().rpartition("BaseError: ")[2])
    verdict = "timed out" if how.hung else "stillborn"
    return Score(wrong.name, wrong.family, wrong.clause, verdict, says=wrong.says, why=how.why)


def _line(score: Score) -> str:
    by = f" by {', '.join(score.by)}" if score.by else ""
    colour = {"own": "green", "other": "yellow"}.get(score.verdict, "bold red")
    why = f": {score.why.strip()}" if score.why else ""
    said = f"[{colour}]{score.verdict}[/] {score.name} ({score.clause}){by}"
    return f"{said}, {score.cost:.1f} s, {score.scenarios} scenarios{why}"


def _told(job: JudgeRight, done: Report | Ended, console: Console) -> bool:
    """Say what came of a right program; whether it was found right."""
    said = f"{job.base.name}, right, seed {job.seed}"
    if isinstance(done, Ended):
        console.print(f"[bold red]{said}: no result[/] {done.why or 'it hung'}", highlight=False)
        return False
    gaps = [one.clause for one in done.verdicts if one.verdict == "vacuous"]
    verdict = "[green]no alarm[/]" if done.exit_code == 0 else "[bold red]ALARM[/]"
    console.print(f"{verdict} {said}, {done.scenarios} scenarios", highlight=False)
    if done.exit_code:
        console.print(f"not put to the test: {all_named(gaps) or 'none'}", highlight=False)
        for finding in (*done.findings, *done.unsteady):
            console.print(f"{named(finding.clause)}", style="bold red")
            console.print(finding_text(finding), markup=False, highlight=False)
    return done.exit_code == 0


def lost(base: str, scores: Iterable[Score]) -> Iterator[str]:
    """What should not be: found before and not now, or found by none and nobody says why."""
    before = {one.name: one for one in scoring.read(SCORES / f"{base}.json").scores}
    reasons = survivors(base)
    for one in scores:
        was = before.get(one.name)
        if was is not None and was.verdict == "own" != one.verdict:
            yield f"{base}, {one.name}: {one.clause} found it, and does not any more"
        elif not one.killed and one.name not in reasons:
            yield f"{base}, {one.name}: no clause finds it, and survivors.toml does not say why"


def table(base: str, scores: Collection[Score]) -> Table:
    """The scores of a base, by family."""
    shown = Table("family", title=base)
    for column in ("programs", "own clause", "another", "none", "median s", "worst s"):
        shown.add_column(column, justify="right")
    for family in (*FAMILIES, "all"):
        of = [one for one in scores if family in (one.family, "all")]
        if of:
            count = firsts.counted(of)
            costs = [one.cost for one in of if one.killed] or [0.0]
            figures = [str(count[key]) for key in firsts.FIGURES]
            figures += [f"{statistics.median(costs):.1f}", f"{max(costs):.1f}"]
            shown.add_row(family, *figures)
    return shown


def main(words: list[str] | None = None) -> int:
    """Judge what the command line asks for; the exit code."""
    options = _options()
    given = options.parse_args(words)
    if given.first and not given.write:
        options.error("--first counts what has no score yet, so that it needs --write")
    console = Console()
    problems: list[str] = []
    try:
        for asked, names in _asked(given, console):
            base = asked.base.name
            book = _Book(base, given, names)
            scores, right = judged(asked, console, given.processes, book.keep, book.leave)
            problems += [] if right else [f"{base}: the right program is found wrong"]
            problems += lost(base, scores)
            if scores:
                console.print(table(base, scores))
            if book.left:
                console.print(f"{base}: {len(book.left)} were given up and stay unjudged")
    except BaseError as problem:
        console.print(str(problem), style="bold red", markup=False, highlight=False)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    for one in problems:
        console.print(f"NOT AS IT SHOULD BE: {one}", markup=False, highlight=False)
    return 1 if problems else 0


class _Book:
    """What is kept of the scores of a base, as they come."""

    def __init__(self, base: str, given: argparse.Namespace, names: Collection[str]) -> None:
        self._base, self._given, self._names = base, given, names
        self._path = SCORES / f"{base}.json"
        self._before = {one.name for one in scoring.read(self._path).scores}
        self.left: list[str] = []

    def keep(self, score: Score) -> None:
        """A program is judged; one that did not start is told of, and was not."""
        if score.verdict == "stillborn":
            return
        if self._given.write:
            scoring.kept(self._path, [score], seed=self._given.seed, names=self._names)
        if self._given.first and score.name not in self._before:
            firsts.count(FIRST, self._base, [score], (), self._names)

    def leave(self, wrong: Wrong) -> None:
        """A program is given up, and not judged."""
        self.left.append(wrong.name)
        if self._given.first and wrong.name not in self._before:
            firsts.count(FIRST, self._base, (), [wrong.name], self._names)


def _asked(given: argparse.Namespace, console: Console) -> Iterator[tuple[Asked, list[str]]]:
    there = bases()
    for name in given.base or there:
        if name not in there:
            raise BaseError(f"there is no base {name}: one of {', '.join(there)}")
    every = {name: wrongs(name) for name in given.base or there}
    for name in given.names:
        if not any(name in of for of in every.values()):
            raise BaseError(f"there is no wrong program {name}; each is called FAMILY/NAME")
    for base, of in every.items():
        checkout = given.checkout if there[base].given else None
        if absent := there[base].absent(checkout):
            if given.base:
                raise BaseError(absent)
            console.print(f"not judged: {absent}", highlight=False)
            continue
        chosen = [name for name in of if name in given.names] if given.names else [*of]
        if given.unjudged:
            known = {one.name for one in scoring.read(SCORES / f"{base}.json").scores}
            left = firsts.given_up(FIRST, base)
            chosen = in_turn({*chosen} - known, given.seed)
            chosen.sort(key=lambda name: name in left)  # of those nothing is known that is cheap
        elif not given.names and not given.whole and chosen:
            if given.sample is None:
                known = scoring.read(SCORES / f"{base}.json").scores
                soon = [one for one in known if one.verdict == "own" and one.cost <= SOON_S]
                chosen = [one.name for one in soon if one.name in of]
            chosen = sampled(chosen, given.sample or SHARE, given.seed) if chosen else []
        seeds = range(given.seed, given.seed + (SEEDS if given.whole else 1))
        ways = len(tuple(there[base].specs(HERE))) if given.whole else 1
        rights = tuple(
            JudgeRight(there[base], checkout, seed, way) for seed in seeds for way in range(ways)
        )
        none = given.names or given.no_right
        wanted = tuple(of[name] for name in chosen)
        rights = () if none else rights
        yield Asked(there[base], wanted, rights, checkout, given.seed, given.limit), [*of]


def _options() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("names", nargs="*", metavar="FAMILY/NAME", help="these alone")
    words.add_argument("--base", action="append", help="of this base alone; may be repeated")
    words.add_argument("--sample", type=float, help="a share of all; else a tenth of those found")
    words.add_argument("--whole", action="store_true", help="all of them, and three seeds")
    words.add_argument("--unjudged", action="store_true", help="those without a score, in turn")
    words.add_argument(
        "--limit",
        type=float,
        default=LIMIT_S,
        help="for one, in s of processor time: then it is left",
    )
    words.add_argument("--no-right", action="store_true", help="without the right programs")
    words.add_argument("--seed", type=int, default=FIXED)
    words.add_argument("--processes", type=int, help="at once; one for each core by default")
    words.add_argument("--checkout", type=Path, help="of the base that is not in this repository")
    words.add_argument("--write", action="store_true", help="keep the scores for the page")
    words.add_argument("--first", action="store_true", help="with --write: count what had no score")
    return words


if __name__ == "__main__":
    sys.exit(main())

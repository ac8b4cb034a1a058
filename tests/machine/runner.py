"""Mutants of the reference that a program makes: how many of them does ``check`` find?

``nox -s machine`` draws 300 by a seed, and judges each by what ``check`` generates, ended at the
first finding. Survivors stand with their diffs in ``.payloadproof/machine.diff``. ``--write`` keeps
what came of all of them in ``scores.json``, from which the page on wrong programs is made.

Who was drawn by a seed stays in its sample while the reference has the line: every other line that
is written would draw 300 others, and what a person said of each would be lost. Only for those that
are gone others are drawn.

A person looks at each survivor. ``equivalent.toml`` has those that are as right as the reference,
each with the reason: ``same``, since nobody outside can tell it from the reference, or ``right``,
since it differs in what no promise is about. ``unseen.toml`` has those that are wrong, by the kind
of thing that no scenario does.

Exit codes: 0; 1 fewer than 85 % are found of those that are not equivalent, or one is found that
was judged equivalent; 2 there is no mutant of that name.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import sys
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

# A program's own folder is on the path; what is shared is found from the folder of all tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
import msgspec
from machine.judging import Judge, operator_of, scored
from machine.making import PARTS, REPOSITORY, Mutant, drawn, named
from machine.reach import Look, Reached, kinds, ranked
from mutants import scoring
from mutants.apart import Ended, each
from mutants.scoring import Score
from rich.console import Console
from rich.table import Table

from payloadproof.run.seeds import FIXED

HERE = Path(__file__).parent
SCORES = HERE / "scores.json"
EQUIVALENT = HERE / "equivalent.toml"
UNSEEN = HERE / "unseen.toml"
DIFFS = REPOSITORY / ".payloadproof" / "machine.diff"
REACHED = DIFFS.with_name("machine.reach")
SAMPLE = 300
LEAST = 0.85
PATIENCE_S = 120.0  # of processor time, for one mutant
FEW = 5  # for so many it does not pay to look at what reaches their lines
LIMIT_S = 900.0  # for one mutant: it is given up then


def main(words: list[str] | None = None) -> int:
    """Judge what the command line asks for; the exit code."""
    given = _options().parse_args(words)
    console = Console()
    mutants = named(given.names) if given.names else sampled(given)
    missing = {*given.names} - {one.name for one in mutants}
    if missing:
        console.print(f"no mutant is named {', '.join(sorted(missing))}", highlight=False)
        return 2
    names = {one.name for one in mutants}
    kept = _kept() if given.go_on else ()
    scores = [one for one in kept if one.name in names]
    left = [one for one in mutants if one.name not in {one.name for one in kept}]
    try:
        for score in judged(left, given):
            scores.append(score)
            console.print(_line(score), highlight=False)
            if not score.by:
                console.print(score.diff, markup=False, highlight=False)
    except (KeyboardInterrupt, SystemExit):
        console.print(f"interrupted after {len(scores)} of {len(mutants)}")
    survivors(scores)
    if given.write:
        names |= {one.name for one in _kept()} if given.names else set()
        scoring.kept(SCORES, scores, seed=given.seed, names=names)
    console.print(_table(scores))
    console.print(f"survivors, with their diffs: {DIFFS}", highlight=False)
    return verdict(scores, console)


def sampled(given: argparse.Namespace) -> list[Mutant]:
    """Those that were drawn before and can be made still, and new ones for the rest."""
    if given.part:
        return drawn(given.sample, given.seed, tuple(given.part))
    before = scoring.read(SCORES)
    known = before.scores if before.seed == given.seed else ()
    # A smaller sample is one of the whole.
    some = random.Random(given.seed).sample(known, min(given.sample, len(known)))
    stay = named([one.name for one in some], {one.name: operator_of(one) for one in some})
    names = {one.name for one in known}
    return stay + drawn(given.sample - len(stay), given.seed, but=names)


def judged(mutants: Collection[Mutant], given: argparse.Namespace) -> Iterator[Score]:
    """The score of each, as they come."""
    order = list(mutants)
    reached = _reached(given.seed, given.size) if len(order) > FEW else {}
    jobs = [
        Judge(
            one,
            given.seed,
            given.size,
            kinds(reached, one.part, one.line) if reached else None,
            ranked(reached, one.part),
            given.patience,
        )
        for one in order
    ]
    for number, done in each(jobs, processes=given.processes, limit_s=LIMIT_S):
        how = "timed out" if isinstance(done, Ended) and done.hung else "stillborn"
        yield scored(order[number], how, why=done.why) if isinstance(done, Ended) else done


def _reached(seed: int, size: str) -> Reached:
    """Which kinds reach which line; looked at once for one state of the code.

    Raises:
        RuntimeError: it could not be looked at.
    """
    state = f"{seed} {size} {_state()}"
    if REACHED.exists():
        kept = msgspec.json.decode(REACHED.read_bytes(), type=tuple[str, Reached])
        if kept[0] == state:
            return kept[1]
    ((_, found),) = each([Look(seed, size)], limit_s=LIMIT_S)
    if isinstance(found, Ended):
        why = found.why or "it hung"
        raise RuntimeError(f"the reference was not looked at: {why}")  # noqa: TRY004 - a failed job
    REACHED.parent.mkdir(parents=True, exist_ok=True)
    REACHED.write_bytes(msgspec.json.encode((state, found)))
    return found


def _state() -> str:
    """What the code is by its text."""
    digest = hashlib.sha256()
    for root in (REPOSITORY / "reference", REPOSITORY / "invariants"):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def verdict(scores: Collection[Score], console: Console) -> int:
    """Say how many are found, and what should not be; the exit code."""
    equivalent = equivalents()
    known = {name for kind in _toml(UNSEEN).values() for name in kind["mutants"]}
    wrong = [one for one in scores if one.verdict != "stillborn" and one.name not in equivalent]
    found = sum(one.killed for one in wrong)
    share = found / len(wrong) if wrong else 1.0
    console.print(
        f"{found} of {len(wrong)} found, {share:.0%}; {len(scores)} made,"
        f" {sum(one.verdict == 'stillborn' for one in scores)} did not start,"
        f" {sum(one.name in equivalent for one in scores)} judged equivalent",
        highlight=False,
    )
    alive = [one.name for one in scores if one.killed and one.name in equivalent]
    for name in alive:
        console.print(f"NOT AS IT SHOULD BE: {name} is found, and was judged equivalent")
    for one in wrong:
        if not one.killed and one.name not in known:
            console.print(f"not judged yet: {one.name} {one.verdict}", highlight=False)
    return 1 if alive or share < LEAST else 0


def equivalents() -> dict[str, str]:
    """Why a mutant is as right as the reference, by its name."""
    judged = _toml(EQUIVALENT)
    return {name: why for kind in ("same", "right") for name, why in judged.get(kind, {}).items()}


def survivors(scores: Collection[Score]) -> None:
    """Keep those that no clause found, each with its diff."""
    left = [one for one in scores if one.verdict in ("survived", "timed out")]
    parts = [f"# {one.name}: {one.verdict}; {one.says}\n{one.diff}\n" for one in left]
    DIFFS.parent.mkdir(parents=True, exist_ok=True)
    DIFFS.write_text("\n".join(parts), encoding="utf-8")


def _line(score: Score) -> str:
    by = f" by {score.by[0]}" if score.by else ""
    colour = "green" if score.killed else "bold red"
    said = f"[{colour}]{'killed' if score.killed else score.verdict}[/] {score.name}{by}"
    why = f": {score.why.strip()[-200:]}" if score.why else ""
    return f"{said}, {score.cost:.1f} s, {score.scenarios} scenarios; {score.says}{why}"


def _table(scores: Collection[Score]) -> Table:
    shown = Table("part", title="Machine-made mutants")
    for column in ("made", "found", "survived", "timed out", "stillborn", "median s", "worst s"):
        shown.add_column(column, justify="right")
    for part in dict.fromkeys(sorted(one.family for one in scores)):
        of = [one for one in scores if one.family == part]
        verdicts = [one.verdict for one in of]
        costs = [one.cost for one in of if one.killed] or [0.0]
        shown.add_row(
            part,
            str(len(of)),
            str(sum(one.killed for one in of)),
            *(str(verdicts.count(one)) for one in ("survived", "timed out", "stillborn")),
            f"{statistics.median(costs):.1f}",
            f"{max(costs):.1f}",
        )
    return shown


def _kept() -> tuple[Score, ...]:
    return scoring.read(SCORES).scores


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _options() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("names", nargs="*", metavar="PART-FINGERPRINT", help="these alone")
    words.add_argument("--sample", type=int, default=SAMPLE, help="how many, 300 by default")
    words.add_argument("--part", action="append", choices=PARTS, help="of this part alone")
    words.add_argument("--seed", type=int, default=FIXED)
    words.add_argument("--size", choices=("quick", "ci"), default="quick", help="of a check")
    words.add_argument(
        "--patience",
        type=float,
        default=PATIENCE_S,
        help="seconds of processor time for each; 120 by default",
    )
    words.add_argument("--processes", type=int, help="at once; one for each core by default")
    words.add_argument("--go-on", action="store_true", help="what is kept is not judged again")
    words.add_argument("--write", action="store_true", help="keep the scores for the page")
    return words


if __name__ == "__main__":
    sys.exit(main())

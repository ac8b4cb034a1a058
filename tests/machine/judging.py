"""One mutant, judged by ``check`` alone, in a process of its own.

Rule 1: it is judged by the families that name its part: those whose own wrong pipelines change it.
Of their kinds of scenario those made for them alone come first, and every clause is a witness. The
first finding, of whatever clause that counts, ends it. A kind that never reaches what was changed
is left out.
Rule 2: in process first; then as a child, what needs one and is made for its families. Each as
``check`` makes it by default; ``--size ci`` makes more.
Rule 3: what does not start is no wrong pipeline: no check is needed to see it.
"""

from __future__ import annotations

import importlib
import math
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from machine.making import PACKAGE, REPOSITORY, Mutant
from mutants.hunting import failing, hunt, planned, spent
from mutants.scoring import Score

from payloadproof.adapters.connect import REFERENCE
from payloadproof.clauses.clause import FAMILIES, clauses
from payloadproof.errors import HarnessError
from payloadproof.generate.property import Property
from payloadproof.run.properties import SUITE

_IMPORTS = re.compile(rf"^from {PACKAGE.name}(?:\.([\w.]+))? import (.+)", re.MULTILINE)


class Judge(NamedTuple):
    """Judge one mutant."""

    mutant: Mutant
    seed: int
    size: str = "quick"
    #: Those that reach what was changed; None where any may.
    kinds: frozenset[str] | None = None
    #: All of them, those first that try most of the part.
    order: tuple[str, ...] = ()
    #: Seconds of processor time after which it is given up.
    patience_s: float = math.inf

    def __call__(self) -> Score:
        """What became of it."""
        began = spent()
        with tempfile.TemporaryDirectory(prefix="payloadproof-") as scratch:
            place = Path(scratch)
            shutil.copytree(PACKAGE, place / PACKAGE.name, ignore=lambda *_: {"__pycache__"})
            wrong = place / PACKAGE.name / f"{self.mutant.part}.py"
            wrong.write_text(self.mutant.text, encoding="utf-8")
            _enter(place)
            broken = _starts()
            if broken:
                return self._score("stillborn", cost=spent() - began, why=broken)
            return self._hunted(began)

    def _hunted(self, began: float) -> Score:
        wanted = failing()
        scenarios = 0
        for spec, named, beyond in passes(self.mutant.part):
            if spent() - began > self.patience_s:
                break
            suite = sorted(named, key=self._place)
            if self.kinds is not None and not beyond:
                suite = [one for one in suite if one.name in self.kinds]
            plan = planned(spec, wanted)
            try:
                found = hunt(
                    plan,
                    wanted,
                    seed=self.seed,
                    sizes=("brief", self.size),
                    suite=suite,
                    beyond=beyond,
                    enough=lambda: spent() - began > self.patience_s,
                )
            except HarnessError as error:
                return self._score("stillborn", cost=spent() - began, why=error.message)
            scenarios += found.scenarios
            if found.finding is not None:
                by = found.finding.clause
                cost = spent() - began
                return self._score("other", by=(by,), cost=cost, scenarios=scenarios)
        cost = spent() - began
        why = f"given up after {cost:.0f} s" if cost > self.patience_s else ""
        return self._score("survived", cost=cost, scenarios=scenarios, why=why)

    def _place(self, prop: Property) -> tuple[bool, int]:
        # What waits for a network's patience comes last.
        known = prop.name in self.order
        return prop.order > 0, self.order.index(prop.name) if known else len(self.order)

    def _score(
        self,
        verdict: str,
        *,
        by: tuple[str, ...] = (),
        cost: float = 0.0,
        scenarios: int = 0,
        why: str = "",
    ) -> Score:
        return scored(
            self.mutant, verdict, by=by, cost=round(cost, 2), scenarios=scenarios, why=why
        )


def scored(mutant: Mutant, verdict: str, **also: object) -> Score:
    """A score with what is known of a mutant: its diff, unless a clause has found it."""
    return Score(
        name=mutant.name,
        family=mutant.part.partition("/")[0],
        clause="",
        verdict=verdict,
        says=f"{mutant.operator}, {mutant.part}.py line {mutant.line}",
        diff="" if verdict == "other" else mutant.diff,
        **also,
    )


def operator_of(score: Score) -> str:
    """Which operator made the mutant that a score is of."""
    return score.says.partition(",")[0]


def passes(part: str) -> Iterator[tuple[str, tuple[Property, ...], bool]]:
    """How the program is reached, the kinds of scenario, and whether only what a child has."""
    of = families(part)
    named = [one for one in SUITE if any(clauses()[aim].family in of for aim in one.aims)]
    named.sort(key=lambda one: clauses()[one.aims[0]].family not in of)
    child = f"cmd:{shlex.join([sys.executable, '-m', f'{PACKAGE.name}.adapter'])}"
    yield REFERENCE, tuple(named), False
    yield child, tuple(one for one in named if clauses()[one.aims[0]].family in of), True


@cache
def families(part: str) -> tuple[str, ...]:
    """Those whose own wrong pipelines change a part of the reference, by what they import."""
    room, _, module = part.rpartition("/")
    wanted = {part.replace("/", "."), room or part, module}
    found = []
    for family in FAMILIES:
        for path in (REPOSITORY / "tests" / "mutants" / family).glob("*.py"):
            for above, names in _IMPORTS.findall(path.read_text(encoding="utf-8")):
                if wanted & {above, above.partition(".")[0] if room else above, *names.split(", ")}:
                    found.append(family)
    return tuple(dict.fromkeys(found))


def _enter(place: Path) -> None:
    """The mutant is what this process and its children import."""
    os.chdir(place)
    sys.path.insert(0, str(place))
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(place), *([inherited] if inherited else [])])
    assert PACKAGE.name not in sys.modules, "it would be judged as it is"


def _starts() -> str:
    """What a mutant dies of when it is imported and built; empty if of nothing."""
    try:
        module = importlib.import_module(f"{PACKAGE.name}.adapter")
        module.ReferenceAdapter()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""

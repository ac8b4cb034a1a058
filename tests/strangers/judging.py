"""One program of a stranger, judged in a process of its own.

Rule 1: a wrong program is judged by the clauses of its family, with the scenarios that are made for
the clause that it is said to break: each kind in brief first, then at length, in process and as a
child. The first finding by that clause ends it.
Rule 2: whoever escapes that meets every other kind of scenario, with all clauses as witnesses, as
in ``check``.
Rule 3: what it was found by besides counts as caught, but not as caught by its own clause.
Rule 4: a patience that is shorter than all of that is of processor time, so that nobody is given up
because the machine was busy.
"""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from mutants.apart import Ended
from mutants.hunting import failing, hunt, planned, spent
from mutants.scoring import Score
from strangers.base import REPOSITORY, Base, Wrong

from payloadproof.clauses.clause import clauses
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry
from payloadproof.outcome.model import Report
from payloadproof.outcome.plan import Plan
from payloadproof.run.baseline import read
from payloadproof.run.check import check
from payloadproof.run.properties import SUITE

SIZES = ("quick", "ci")


class Judge(NamedTuple):
    """Judge one wrong program of a base."""

    base: Base
    wrong: Wrong
    checkout: Path | None
    seed: int
    patience_s: float = math.inf

    def __call__(self) -> Score | Ended:
        """What became of it; ``Ended`` where the patience did, first.

        Raises:
            BaseError: an edit cannot be made.
        """
        began = spent()
        with tempfile.TemporaryDirectory(prefix="payloadproof-") as scratch:
            root = self.base.copied(self.checkout, Path(scratch))
            self.wrong.apply(root)
            _enter(root)
            try:
                return self._hunted(root)
            except HarnessError as error:
                return self._score("stillborn", (), spent() - began, 0, why=error.message)

    def _hunted(self, root: Path) -> Score | Ended:
        own, began = self.wrong.clause, spent()

        def enough() -> bool:
            return spent() - began >= self.patience_s

        family = [one for one in failing() if clauses()[one].family == self.wrong.family]
        # What only whole runs of a program show, `check` can find by another clause at best.
        wanted = (own,) if own in clauses() else tuple(family)
        made = tuple(prop for prop in SUITE if {*wanted} & {*prop.aims})
        rest = tuple(prop for prop in SUITE if prop not in made)
        family, every = (tuple(dict.fromkeys((*wanted, *of))) for of in (family, failing()))
        specs = tuple(self.base.specs(root))
        passes = [(spec, family, made, (size,)) for size in SIZES for spec in specs]
        passes += [(spec, every, rest, SIZES[:1]) for spec in specs]
        beside: dict[str, None] = {}
        cost, scenarios, judged = 0.0, 0, False
        for spec, witnesses, suite, sizes in passes:
            found = hunt(
                planned(spec, witnesses, contract=_contract(self.base)),
                wanted,
                seed=self.seed,
                sizes=sizes,
                suite=suite,
                accepted=_known(self.base),
                enough=enough,
            )
            cost, scenarios = cost + found.cost, scenarios + found.scenarios
            judged |= found.judged
            if found.finding is not None:
                by = found.finding.clause
                return self._score("own" if by == own else "other", (by,), cost, scenarios)
            beside |= dict.fromkeys(found.beside)
            if enough():
                return Ended(hung=True)
        if beside:
            return self._score("other", tuple(beside), cost, scenarios)
        why = "" if judged else "no run on this machine can judge its clause"
        return self._score("survived", (), cost, scenarios, why=why)

    def _score(
        self, verdict: str, by: tuple[str, ...], cost: float, scenarios: int, *, why: str = ""
    ) -> Score:
        return Score(
            name=self.wrong.name,
            family=self.wrong.family,
            clause=self.wrong.clause,
            says=self.wrong.says,
            verdict=verdict,
            by=by,
            cost=round(cost, 2),
            scenarios=scenarios,
            why=why,
        )


class JudgeRight(NamedTuple):
    """Check the right program of a base, by every clause; ``way``: which of its specs."""

    base: Base
    checkout: Path | None
    seed: int
    way: int = 0

    def __call__(self) -> Report:
        """The report of ``check --strict``."""
        with tempfile.TemporaryDirectory(prefix="payloadproof-") as scratch:
            root = self.base.copied(self.checkout, Path(scratch))
            _enter(root)
            spec = tuple(self.base.specs(root))[self.way]
            plan: Plan = planned(spec, clauses(), contract=_contract(self.base))
            return check(
                plan._replace(
                    seed=self.seed,
                    strict=True,
                    accepted=_known(self.base),
                    allow_unsupported=self.base.unsupported,
                )
            )


def _enter(root: Path) -> None:
    """Programs and their children import what lies in the copy, before anything else."""
    os.chdir(root)
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(root), *([inherited] if inherited else [])])


def _contract(base: Base) -> str:
    own = REPOSITORY / base.contract
    return str(own) if own.is_file() else base.contract


def _known(base: Base) -> tuple[Entry, ...]:
    return read(REPOSITORY / base.known).accepted if base.known else ()

"""Which kinds of scenario reach which line of the reference: no other one can find a mutant of it.

Rule 1: it is looked at once, in a process of its own, with the very scenarios that mutants meet.
Rule 2: a line that runs when the reference is imported concerns every kind.
Rule 3: what a child alone does is not seen from here, and is left to a pass of its own.
"""

from __future__ import annotations

import ast
import importlib.util
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from coverage import Coverage
from machine.making import PACKAGE, PARTS
from mutants.hunting import hunt, planned

from payloadproof.adapters.connect import REFERENCE
from payloadproof.run.properties import SUITE

#: By part and line.
Reached = Mapping[str, Mapping[int, frozenset[str]]]
#: One is enough to run what all are judged by: what is wrong with the reference is not asked here.
WITNESS = ("S1",)
_IMPORT = ""  # what coverage calls what is run before any kind


class Look(NamedTuple):
    """The job."""

    seed: int
    size: str

    def __call__(self) -> Reached:
        """By part and line, the kinds that reach it, and ``""`` where the import does.

        Raises:
            RuntimeError: the reference itself is found wrong.
        """
        place = _imported_from()
        watched = Coverage(data_file=None, config_file=False, include=[f"{place}/*"])
        watched.start()
        try:
            found = hunt(
                planned(REFERENCE, WITNESS),
                WITNESS,
                seed=self.seed,
                sizes=(self.size,),
                suite=SUITE,
                on_kind=lambda prop: watched.switch_context(prop.name),
            )
        finally:
            watched.stop()
        if found.finding is not None:
            raise RuntimeError(f"the reference is found wrong by {found.finding.clause}")
        data = watched.get_data()
        files = {part: str(place / f"{part}.py") for part in PARTS}
        return {
            part: {line: frozenset(of) for line, of in data.contexts_by_lineno(file).items()}
            for part, file in files.items()
        }


def _imported_from() -> Path:
    """Where the reference lies that runs here: one that is installed, or the repository's own."""
    spec = importlib.util.find_spec(PACKAGE.name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def kinds(reached: Reached, part: str, line: int) -> frozenset[str] | None:
    """The kinds that reach the statement that a line is of; None where any may concern it."""
    lines = reached.get(part, {})
    first, last = _statement(part, line)
    of = frozenset[str]().union(*(lines.get(one, frozenset()) for one in range(first, last + 1)))
    return None if _IMPORT in of else of


def ranked(reached: Reached, part: str) -> tuple[str, ...]:
    """The kinds, those first that reach most lines of a part: they try most of what it does."""
    lines = Counter(kind for of in reached.get(part, {}).values() for kind in of)
    return tuple(kind for kind, _ in lines.most_common() if kind != _IMPORT)


def _statement(part: str, line: int) -> tuple[int, int]:
    """The lines of the innermost statement around a line; of one with a body, those before that."""
    tree = ast.parse((PACKAGE / f"{part}.py").read_text(encoding="utf-8"))
    found = line, line
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt | ast.ExceptHandler):
            continue
        # A decorator is of what it decorates.
        above = getattr(node, "decorator_list", None) or [node]
        first, last = above[0].lineno, node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if body:
            last = max(node.lineno, body[0].lineno - 1)
        if first <= line <= last and (found == (line, line) or last - first <= found[1] - found[0]):
            found = first, last
    return found

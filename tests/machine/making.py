"""Mutants of the reference that nobody thought of: cosmic-ray's operators make them.

Rule 1: a mutant is one change in one place. Of a place that several operators change one is drawn,
so that a comparison, of which there are seven, weighs no more than a constant.
Rule 2: what cannot change what the pipeline does is left out: annotations, ``__all__``, and what is
only said to the log.
Rule 3: a mutant is known by what it changes and in which function, not by a line's number: it stays
the same when the file grows elsewhere.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "reference" / "payloadproof_reference"
#: Without what the worker alone does: the adapter reaches none of it.
PARTS = (
    "consent",
    "whitelist",
    "rollup",
    "limiter",
    "exceptions",
    "pipeline",
    "transport",
    "answers",
    *(f"past/{one}" for one in ("backfill", "daily", "delivery", "history", "marker")),
    *(f"redaction/{path.stem}" for path in sorted((PACKAGE / "redaction").glob("[!_]*.py"))),
)
# They want to be told the names of variables.
_WANT_ARGUMENTS = ("VariableReplacer", "VariableInserter")
_Place = tuple[tuple[int, int], tuple[int, int]]


class Mutant(NamedTuple):
    """One of them.

    ``name``: its part, and a fingerprint; ``text``: of the whole module; ``diff``: without context.
    """

    name: str
    part: str
    operator: str
    line: int
    text: str
    diff: str


class _Change(NamedTuple):
    """What one operator does in one place: ``number`` is its count of the module's."""

    operator: str
    number: int
    place: _Place


def drawn(
    most: int, seed: int, parts: tuple[str, ...] = (), *, but: Collection[str] = ()
) -> list[Mutant]:
    """A sample of the mutants of some parts or all, each place at most once; all, if fewer.

    ``but``: the names of those that are not drawn again.
    """
    places = [(part, place) for part in parts or PARTS for place in sorted(changes(part))]
    chance = random.Random(seed)
    chance.shuffle(places)
    made: dict[str, Mutant] = {}
    for part, place in places:
        if len(made) == most:
            break
        mutant = _made(part, chance.choice(changes(part)[place]))
        if mutant is not None and mutant.name not in but:
            made.setdefault(mutant.name, mutant)
    return list(made.values())


def named(names: Collection[str], by: Mapping[str, str] | None = None) -> list[Mutant]:
    """Those of these names, of all that can be made.

    ``by``: the operator of each, where that is known: no others are made then.
    """
    by = by or {}
    found = []
    for part in sorted({name.rpartition("-")[0] for name in names} & {*PARTS}):
        of = [name for name in names if name.rpartition("-")[0] == part]
        operators = {by.get(name, "") for name in of}
        found += [one for one in every(part, operators) if one.name in of]
    return found


def every(part: str, operators: Collection[str] = ("",)) -> Iterator[Mutant]:
    """All mutants of a part, of some operators or, where one is nameless, of every one."""
    for place in sorted(changes(part)):
        for change in changes(part)[place]:
            asked = "" in operators or change.operator in operators
            mutant = _made(part, change) if asked else None
            if mutant is not None:
                yield mutant


@cache
def changes(part: str) -> dict[_Place, list[_Change]]:
    """What can be done to a part, by place."""
    text = _text(part)
    left_out = spans(ast.parse(text))
    provider = OperatorProvider()
    found: dict[_Place, list[_Change]] = {}
    nodes = list(ast_nodes(get_ast(text)))
    for name in sorted({*provider} - {*_WANT_ARGUMENTS}):
        operator = provider[name]()
        number = 0
        for node in nodes:
            for place in operator.mutation_positions(node):
                if not any(begin <= place[0] < end for begin, end in left_out):
                    found.setdefault(place, []).append(_Change(name, number, place))
                number += 1
    return found


def spans(tree: ast.Module) -> list[_Place]:
    """From where to where a module holds what no mutant is made of."""
    found: list[_Place] = []
    for node in ast.walk(tree):
        parts = getattr(node, "annotation", None), getattr(node, "returns", None)
        found += [_span(part) for part in parts if isinstance(part, ast.expr)]
        if isinstance(node, ast.stmt) and _says_only(node):
            found.append(_span(node))
    return found


def _says_only(node: ast.stmt) -> bool:
    """Whether a statement is for readers: of the code, or of the log."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr="write"))):
            return ast.unparse(of).endswith("log")
    return False


def _span(node: ast.expr | ast.stmt) -> _Place:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _made(part: str, change: _Change) -> Mutant | None:
    """What an operator makes of a part; None where that is no Python or no change."""
    before = _text(part)
    after = mutate_code(before, OperatorProvider()[change.operator](), change.number)
    if after is None or after == before:
        return None
    try:
        if ast.dump(ast.parse(after)) == ast.dump(ast.parse(before)):
            return None
    except SyntaxError:
        return None
    diff = "\n".join(_differing(before, after))
    name = f"{part}-{_fingerprint(part, change.place[0], diff)}"
    return Mutant(name, part, change.operator, change.place[0][0], after, diff)


def _differing(before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    for line in lines:
        if line[:3] not in ("---", "+++") and line[:2] != "@@":
            yield line


def _fingerprint(part: str, at: tuple[int, int], diff: str) -> str:
    before = _text(part)
    where, begins = _function(part, at[0])
    # The same line may stand twice in a function, and a sign twice in a line.
    line = before.splitlines()[at[0] - 1]
    above = Counter(before.splitlines()[begins : at[0] - 1])[line]
    said = "\0".join((part, where, str(above), *(one.strip() for one in diff.splitlines())))
    return hashlib.sha256(said.encode()).hexdigest()[:10]


def _function(part: str, line: int) -> tuple[str, int]:
    """The innermost function or class that a line stands in, and the line before it."""
    named, begins = "", 0
    for name, first, last in _functions(part):
        if first <= line <= last and first > begins:
            named, begins = name, first
    return named, max(0, begins - 1)


@cache
def _functions(part: str) -> tuple[tuple[str, int, int], ...]:
    def walk(node: ast.AST, above: str) -> Iterator[tuple[str, int, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{above}.{child.name}" if above else child.name
                yield name, child.lineno, child.end_lineno or child.lineno
                yield from walk(child, name)
            else:
                yield from walk(child, above)

    return tuple(walk(ast.parse(_text(part)), ""))


@cache
def _text(part: str) -> str:
    return (PACKAGE / f"{part}.py").read_text(encoding="utf-8")

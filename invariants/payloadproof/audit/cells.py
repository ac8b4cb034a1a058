"""On what of a value the verdict on an event depends: asked of the clauses, a column at a time.

Rule 1: nothing is judged here. A token says no more than that two values with the same one are the
same to every clause; None is the token of what no clause has anything to say of.
Rule 2: of whole numbers the clauses know bounds alone: where the least and the greatest have no
token, none between them has. A test holds kernel and clauses equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, Final, NamedTuple

from payloadproof.clauses.allow.fields import (
    free_texts,
    wrong_as_text,
    wrong_beside,
)
from payloadproof.clauses.allow.shapes import shapes_for
from payloadproof.clauses.primitive import not_primitive
from payloadproof.contract import Contract
from payloadproof.evidence.fields import GEOIP, PERSON_KEYS, PROFILE
from payloadproof.evidence.quoting import masked, named
from payloadproof.evidence.surface import Values

Token = Hashable
Judge = Callable[[Any], Token]

_FLAGS: Final = (PROFILE, GEOIP)
_KNOWN: Final = 4096  # texts remembered of a column


def of_property(contract: Contract, name: str, key: str) -> Judge:
    """The token of what stands under a key of an event's properties."""
    inner = of_person(contract, name, key)
    if key in _FLAGS:
        return lambda value: (key, type(value).__name__, masked(value), named(value), inner(value))
    if key in PERSON_KEYS:
        # An object has a shape of its own; anything else is quoted.
        return lambda value: None if isinstance(value, dict) else (masked(value), inner(value))
    return inner


def of_person(contract: Contract, name: str, key: str) -> Judge:
    """The token of what stands under a key of a person's properties."""
    longest = contract.limits.string_max_chars
    misfit = shapes_for(contract, name).get(key)
    text = key in free_texts(contract, name)

    def token(value: Any) -> Token:
        wrong = misfit(value) if misfit else None
        plain = not_primitive(value, longest)
        leak = wrong_as_text(key, value) if text else None
        return (wrong, plain, leak) if wrong or plain or leak else None

    return token


def beside(key: str) -> Judge:
    """The token of what stands beside an event's properties."""

    def token(value: Any) -> Token:
        if key in PERSON_KEYS:
            return None if isinstance(value, dict) else masked(value)
        return wrong_beside(key, value)

    return token


class Tokens(NamedTuple):
    """Of a column: the token that every row has, or those of some rows."""

    every: Token
    rows: dict[int, Token]


_NONE: Final = Tokens(None, {})


class Column:
    """All values under one key of one event, as they come."""

    def __init__(self, judge: Judge, seen: Values | None = None, *, by_bounds: bool = True) -> None:
        self._judge = judge
        self._seen = seen
        self._by_bounds = by_bounds  # Rule 2
        self._known: set[Any] = set()
        self._wrong: dict[Any, Token] = {}

    def tokens(self, column: Sequence[Any]) -> Tokens:
        """Of all rows, or of some."""
        types = set(map(type, column))
        if self._seen:
            self._seen.column(column, types)
        if len(types) == 1:
            (kind,) = types
            if kind is str or kind is bool:
                return self._of_values(column, set(column))
            if kind is int and self._by_bounds:
                return Tokens(None, self._numbers(column))
        rows = {}
        for row, value in enumerate(column):
            if type(value) is str or type(value) is bool:
                token = self._of_values((value,), (value,)).every
            else:
                token = self._judge(value)
            if token is not None:
                rows[row] = token
        return Tokens(None, rows)

    def _numbers(self, column: Sequence[int]) -> dict[int, Token]:
        if self._judge(min(column)) is None and self._judge(max(column)) is None:
            return {}
        judged = {value: self._judge(value) for value in set(column)}
        return _rows(column, {value: one for value, one in judged.items() if one is not None})

    def _of_values(self, column: Sequence[Any], distinct: Collection[Any]) -> Tokens:
        new = [value for value in distinct if value not in self._known]
        if not new:
            return _NONE
        wrong = {}
        for value in new:
            if value in self._wrong:
                wrong[value] = self._wrong[value]
                continue
            if self._seen:
                self._seen.keep(value)
            token = self._judge(value)
            if token is None:
                self._remember(value)
            else:
                wrong[value] = token
                if len(self._wrong) < _KNOWN:
                    self._wrong[value] = token
        if not wrong:
            return _NONE
        if len(distinct) == 1:
            return Tokens(wrong[new[0]], {})
        return Tokens(None, _rows(column, wrong))

    def _remember(self, value: Any) -> None:
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known.add(value)


def _rows(column: Sequence[Any], wrong: dict[Any, Token]) -> dict[int, Token]:
    return {row: wrong[value] for row, value in enumerate(column) if value in wrong}

"""On what of a value the verdict on an event depends: asked of the clauses, a column at a time.

Rule 1: nothing is judged here. A token says no more than that two values with the same one are the
same to every clause; None is the token of what no clause has anything to say of.
Rule 2: of whole numbers the clauses know bounds alone: where the least and the greatest have no
token, none between them has. So it is of decimals whose ends are no whole numbers: whole ones are
what some keys take alone. A test holds kernel and clauses equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from payloadproof.clauses.allow.fields import (
    free_texts,
    wrong_as_text,
    wrong_beside,
)
from payloadproof.clauses.allow.shapes import Misfits
from payloadproof.clauses.primitive import not_plain
from payloadproof.contract import Contract
from payloadproof.evidence.fields import GEOIP, PERSON_KEYS, PROFILE
from payloadproof.evidence.quoting import masked, named
from payloadproof.evidence.surface import Values

Token = Hashable
Judge = Callable[[Any], Token]

_FLAGS: Final = (PROFILE, GEOIP)
_GROUP: Final = "$group_set"
_KNOWN: Final = 4096  # texts remembered of a column


class Judges:
    """What tells the token of a value, by the key that it stands under."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._persons: dict[tuple[str, str], Judge] = {}

    def property(self, name: str, key: str) -> Judge:
        """Of what stands under a key of an event's properties."""
        inner = self.person(name, key)
        if key in _FLAGS:
            return lambda one: (key, type(one).__name__, masked(one), named(one), inner(one))
        if key == _GROUP:
            return lambda one: (keys_in(one), inner(one))
        if key in PERSON_KEYS:
            # An object has a shape of its own; anything else is quoted.
            return lambda one: None if isinstance(one, dict) else (masked(one), inner(one))
        return inner

    def person(self, name: str, key: str) -> Judge:
        """Of what stands under a key of a person's properties."""
        event = self._contract.events.get(name)
        own = name if event is not None and key in event.own_properties else ""
        judge = self._persons.get((own, key))
        if judge is None:
            if len(self._persons) >= _KNOWN:
                self._persons.clear()
            judge = self._persons[own, key] = self._judge(name, key)
        return judge

    def _judge(self, name: str, key: str) -> Judge:
        longest = self._contract.limits.string_max_chars
        misfits = Misfits(self._contract, name)
        shape = misfits.declared.get(key)
        misfit = misfits[key] if shape is not None else None
        text = key in free_texts(self._contract, name)

        def token(value: Any) -> Token:
            wrong = misfit(value) if misfit else None
            plain = not_plain(value, longest, shape)
            leak = wrong_as_text(key, value) if text else None
            return (wrong, plain, leak) if wrong or plain or leak else None

        told = lru_cache(_KNOWN)(token)  # of a text, for all events that have the key
        return lambda value: told(value) if type(value) is str else token(value)


def keys_in(value: object) -> Token:
    """The keys of an object, for who looks at them one by one."""
    return tuple(value) if isinstance(value, dict) else None


def beside(key: str) -> Judge:
    """The token of what stands beside an event's properties."""

    def token(value: Any) -> Token:
        if key in PERSON_KEYS:
            return None if isinstance(value, dict) else masked(value)
        return keys_in(value) if key == _GROUP else wrong_beside(key, value)

    return token


class Tokens(NamedTuple):
    """Of a column: the token that every row has, or those of some rows."""

    every: Token
    rows: dict[int, Token]


NO_TOKENS: Final = Tokens(None, {})
_NO_BOUNDS: Final = (math.inf, -math.inf)


class Column:
    """All values under one key of one event, as they come.

    ``texts``: that were seen, and have no token; ``kinds``: the types that values had.
    """

    def __init__(self, judge: Judge, seen: Values | None = None, *, by_bounds: bool = True) -> None:
        self._judge = judge
        self._seen = seen
        self._by_bounds = by_bounds  # Rule 2
        self.texts: set[str] = set()
        self.kinds: set[type] = set()
        self._truths: set[bool] = set()  # the same of these
        self._bounds: dict[type, tuple[float, float]] = {}  # between which no number has a token
        self._wrong: dict[Any, Token] = {}
        self._same: dict[Token, Token] = {}

    @property
    def wrong_texts(self) -> set[str]:
        """The texts that have a token, as far as they are remembered."""
        return {one for one in self._wrong if type(one) is str}

    def knows(self, only: frozenset[Any], rows: int) -> bool:
        """Whether none of these has a token, as far as was seen; they are what some rows hold.

        Args:
            only: texts, or truths.
            rows: how many hold nothing else: they need no look if this is true.
        """
        if not only or not (self.texts >= only or self._truths >= only):
            return False
        if self._seen:
            self._seen.many(type(next(iter(only))), rows)
        return True

    def tokens(self, column: Sequence[Any]) -> Tokens:
        """Of all rows, or of some."""
        if self.texts:
            # What was seen and has no token: most of what is told by text, at the cost of a look.
            try:
                known = self.texts.issuperset(column)
            except TypeError:
                known = False
            if known:
                if self._seen:
                    self._seen.many(str, len(column))
                return NO_TOKENS
        types = set(map(type, column))
        self.kinds |= types
        if len(types) == 1:
            (kind,) = types
            if self._is_bounded(kind, column):
                if self._seen:
                    self._seen.many(kind, len(column))
                return self._of_numbers(column, kind)
        if self._seen:
            self._seen.column(column, types)
        if len(types) == 1:
            return self._of_kind(kind, column)
        rows: dict[int, Token] = {}
        for kind in types:
            its = [row for row, value in enumerate(column) if type(value) is kind]
            every, some = self._of_kind(kind, [column[row] for row in its])
            if every is not None:
                rows |= dict.fromkeys(its, every)
            elif some:
                rows |= {its[number]: token for number, token in some.items()}
        return Tokens(None, rows)

    def _of_kind(self, kind: type, column: Sequence[Any]) -> Tokens:
        """The same of values that have one type."""
        if kind is str or kind is bool:
            return self._of_values(column, set(column))
        if kind is type(None):
            token = self._told(None)
            return NO_TOKENS if token is None else Tokens(token, {})
        if self._is_bounded(kind, column):
            return self._of_numbers(column, kind)
        told = enumerate(map(self._told, column))
        return Tokens(None, {row: token for row, token in told if token is not None})

    def _is_bounded(self, kind: type, column: Sequence[Any]) -> bool:
        if not self._by_bounds:
            return False
        return kind is int or (kind is float and math.isfinite(sum(column)))

    def _of_numbers(self, column: Sequence[float], kind: type) -> Tokens:
        low, high = min(column), max(column)
        if self._seen:
            self._seen.within(low, high)
        least, most = self._bounds.get(kind, _NO_BOUNDS)
        if least <= low and high <= most:
            return NO_TOKENS
        tells = kind is int or not (float(low).is_integer() or float(high).is_integer())
        if tells and self._judge(low) is None and self._judge(high) is None:
            self._bounds[kind] = min(least, low), max(most, high)
            return NO_TOKENS
        # What lies between two that have no token has none: what is wrong is often the same few.
        judged = {one: self._told(one) for one in set(column) if not least <= one <= most}
        wrong = {value: token for value, token in judged.items() if token is not None}
        right = judged.keys() - wrong.keys()
        if kind is int and right:
            self._bounds[kind] = min(least, *right), max(most, *right)
        return Tokens(None, _rows(column, wrong)) if wrong else NO_TOKENS

    def _of_values(self, column: Sequence[Any], distinct: set[Any]) -> Tokens:
        known: set[Any] = self.texts if type(column[0]) is str else self._truths
        new = distinct - known
        if not new:
            return NO_TOKENS
        wrong = {}
        for value in new:
            if value in self._wrong:
                wrong[value] = self._wrong[value]
                continue
            if self._seen:
                self._seen.keep(value)
            token = self._told(value)
            if token is None:
                self._remember(known, value)
            else:
                wrong[value] = token
                if len(self._wrong) < _KNOWN:
                    self._wrong[value] = token
        if not wrong:
            return NO_TOKENS
        if len(distinct) == 1:
            return Tokens(wrong[column[0]], {})
        return Tokens(None, _rows(column, wrong))

    def _told(self, value: Any) -> Token:
        """The token of a value: the same object where it is the same."""
        token = self._judge(value)
        if token is None:
            return None
        if len(self._same) >= _KNOWN:
            self._same.clear()
        return self._same.setdefault(token, token)

    @staticmethod
    def _remember(known: set[Any], value: Any) -> None:
        if len(known) >= _KNOWN:
            known.clear()
        known.add(value)


def _rows(column: Sequence[Any], wrong: dict[Any, Token]) -> dict[int, Token]:
    told = enumerate(map(wrong.get, column))
    return {row: token for row, token in told if token is not None}

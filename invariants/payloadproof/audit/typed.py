"""Lines decoded straight to what their columns are made of, by types made of what was seen before.

Rule 1: a type says how a line is read and never whether it is right: what it does not know is
declined, and read without it. A test holds kernel and clauses equal, either way.
Rule 2: a text that was seen is one object wherever it stands again: most of what an event costs is
to make its keys and texts, and to forget them.
Rule 3: types are made anew after more and more lines that were declined, so that what they cost
does not grow with what is read.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, Union

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from payloadproof.audit.cells import Column
from payloadproof.audit.shapes import Shape
from payloadproof.audit.state import EACH_NUMBER
from payloadproof.audit.wide import PATTERNS, Line, Wide
from payloadproof.evidence.fields import PERSON_KEYS
from payloadproof.evidence.lines import UNREADABLE

_FIRST: Final = 512  # lines that are declined before there are types
_NAMES: Final = 512  # that have one
_SELDOM: Final = 96  # keys of a name that not all of its events have
_TEXTS: Final = 96  # of a key; of one that has more, none is known
Keys = tuple[str, ...]
_SOMEBODY: Final = str | int | float | bool | dict | list
#: A key that JSON writes with a backslash: no type can have it, and lines with one are declined.
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]').search


class _Type(NamedTuple):
    """Of a key: what a line may have under it; ``only``: the same, where it is a few values."""

    read: Any
    only: frozenset[Any] = frozenset()


class Typed:
    """Types for lines, made of the shapes of those before.

    Args:
        wide: makes the shape of events of a name that have some keys and may have others.
        columns: those of a key, of all names.
    """

    def __init__(
        self,
        wide: Callable[[str, Sequence[str], Sequence[str]], Wide],
        columns: Callable[[str], Iterable[Column]],
    ) -> None:
        self._wide = wide
        self._columns = columns
        self._declined = 0
        self._patience = _FIRST
        self._decode: Callable[[bytes], Any] = _nothing
        self._waits: dict[type, Callable[[Line], None]] = {}
        self._before: Counter[tuple[str, Keys]] = Counter()  # what those of types before had
        self.shapes: list[Wide] = []

    def take(self, at: int, lines: Sequence[bytes]) -> list[int]:
        """Put lines beside those of their names; the numbers of those of which no type is known.

        Args:
            at: the place of the first line.
            lines: of which each may hold an event.
        """
        declined: list[int] = []
        decode, waits = self._decode, self._waits
        at -= EACH_NUMBER
        for number, line in enumerate(lines):
            at += EACH_NUMBER
            try:
                event = decode(line)
            except UNREADABLE:
                declined.append(number)
                continue
            held, who, uuid, time = astuple(event)
            waits[type(event)]((at, line, who, uuid, time, astuple(held)))
        return declined

    def declined(self, lines: int) -> bool:
        """So many more; whether types should be made anew."""
        self._declined += lines
        if self._declined < self._patience:
            return False
        self._declined = 0
        self._patience *= 4
        return True

    def make(self, shapes: Iterable[Shape]) -> None:
        """Types of what was judged so far, when nothing waits; ``shapes``: of the declined."""
        before = self._before
        _count(before, self.shapes)
        if len(before) > PATTERNS * 16:
            self._before = before = Counter(dict(before.most_common(PATTERNS * 8)))
        had = before.copy()
        _count(had, shapes)
        times: Counter[str] = Counter()
        patterns: defaultdict[str, Counter[Keys]] = defaultdict(Counter)
        for (name, keys), many in had.items():
            times[name] += many
            patterns[name][keys] = many
        types: dict[str, _Type] = {}
        made: dict[type, Wide] = {}
        for name, _ in times.most_common(_NAMES):
            often, seldom = _keys_of(patterns[name])
            for key in (*often, *seldom):
                if key not in types:
                    types[key] = _type_of(self._columns(key))
            shape = made[_struct(name, often, seldom, types)] = self._wide(name, often, seldom)
            shape.only = [types[key].only for key in often]
        if made:
            self.shapes = [*made.values()]
            self._waits = {kind: shape.waiting.append for kind, shape in made.items()}
            self._decode = msgspec.json.Decoder(Union[tuple(made)]).decode  # noqa: UP007 - of many


def _nothing(_: bytes) -> Any:
    raise ValueError("no type is known")


def _count(had: Counter[tuple[str, Keys]], shapes: Iterable[Shape]) -> None:
    """Add the keys that the events of shapes had."""
    for shape in shapes:
        for keys, times in shape.patterns() if shape.of_a_line else ():
            if times and not any(map(_ESCAPED, keys)):
                had[shape.name, tuple(keys)] += times


def _keys_of(patterns: Counter[Keys]) -> tuple[list[str], list[str]]:
    """The keys that all events of a name have, and the most frequent others.

    The first are in the order of most lines: a field is looked for behind the one before it.
    """
    times: Counter[str] = Counter()
    for keys, many in patterns.items():
        times.update(dict.fromkeys(keys, many))
    total = patterns.total()
    ((first, _),) = patterns.most_common(1)
    often = [key for key in first if times[key] == total and key not in PERSON_KEYS]
    seldom = [key for key, _ in times.most_common() if key not in often]
    return often, seldom[:_SELDOM]


def _type_of(columns: Iterable[Column]) -> _Type:
    """The texts that a key has, and whatever is no text if some of it was; or anything."""
    texts: set[str] = set()
    kinds: set[type] = set()
    for column in columns:
        texts |= column.texts
        texts |= column.wrong_texts
        kinds |= column.kinds
        if len(texts) > _TEXTS:
            return _Type(Any)
    if kinds == {bool}:
        return _Type(bool, frozenset({True, False}))
    if not texts:
        return _Type(Any)
    of_texts: Any = Literal[tuple(sorted(texts))]
    if kinds == {str}:
        return _Type(of_texts, frozenset(texts))
    return _Type(Union[of_texts, int, float, bool, None, dict, list])  # noqa: UP007 - of many


def _struct(name: str, often: list[str], seldom: list[str], types: dict[str, _Type]) -> type:
    fields = [
        *((f"a{n}", types[key].read, msgspec.field(name=key)) for n, key in enumerate(often)),
        *(
            (f"b{n}", types[key].read | msgspec.UnsetType, msgspec.field(name=key, default=UNSET))
            for n, key in enumerate(seldom)
        ),
    ]
    inner = msgspec.defstruct("Properties", fields, forbid_unknown_fields=True, gc=False)
    around = [("properties", inner), ("distinct_id", _SOMEBODY), ("uuid", Any), ("timestamp", str)]
    return msgspec.defstruct(
        "Event", around, tag=name, tag_field="event", forbid_unknown_fields=True, gc=False
    )

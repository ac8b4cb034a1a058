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
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, Final, Literal, Union

import msgspec
from msgspec import UNSET

from payloadproof.audit.cells import Column
from payloadproof.audit.shapes import Shape
from payloadproof.evidence.fields import PERSON_KEYS

_FIRST: Final = 128  # lines that are declined before there are types
_NAMES: Final = 512  # that have one
_SELDOM: Final = 24  # keys of a name that not all of its events have
_TEXTS: Final = 96  # of a key; of one that has more, none is known
_WRONG: Final = 4
_PATTERNS: Final = 256  # of a name
#: A key that JSON writes with a backslash: no type can have it, and lines with one are declined.
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]').search
#: Makes the shape of an event's name with such properties.
ShapeOf = Callable[[str, dict[str, Any]], Shape]
#: The columns of a key, of all names.
ColumnsOf = Callable[[str], Iterable[Column]]


class Plan:
    """How events of a name are read.

    ``shape``: of those with the keys that all have, and no more; ``often``: how many these are;
    ``none``: what stands for the others then.
    """

    __slots__ = ("_keys", "_of", "_persons", "_shapes", "name", "none", "often", "shape")

    def __init__(
        self, name: str, often: Sequence[str], seldom: Sequence[str], shape_of: ShapeOf
    ) -> None:
        self.name = name
        self.often = len(often)
        self.none = (UNSET,) * len(seldom)
        self.shape = shape_of(name, dict.fromkeys(often))
        self._keys = [*often, *seldom]
        self._persons = [n for n, key in enumerate(self._keys) if key in PERSON_KEYS]
        self._of = shape_of
        self._shapes: dict[tuple[Any, ...], tuple[Shape, list[bool]]] = {}

    def other(self, values: tuple[Any, ...]) -> tuple[Shape, tuple[Any, ...]]:
        """The shape of an event that has some of the other keys, and its values."""
        pattern: tuple[Any, ...] = tuple([one is UNSET for one in values[self.often :]])
        if self._persons:
            persons = [values[n] for n in self._persons]
            pattern += tuple([tuple(one) if type(one) is dict else None for one in persons])
        known = self._shapes.get(pattern)
        if known is None:
            has = [one is not UNSET for one in values]
            cells = zip(self._keys, values, strict=True)
            shape = self._of(self.name, {key: one for key, one in cells if one is not UNSET})
            known = shape, has
            if len(self._shapes) < _PATTERNS:
                self._shapes[pattern] = known
        return known[0], tuple(compress(values, known[1]))

    def shapes(self) -> Iterator[Shape]:
        """All that its rows may wait in."""
        yield self.shape
        for shape, _ in self._shapes.values():
            yield shape


class Typed:
    """Types for lines, made of the shapes of those before.

    ``decode``: makes an object of one of the types in ``plans``, or raises one of
    :data:`payloadproof.evidence.lines.UNREADABLE`; ``stale``: the shapes are others by now.
    """

    def __init__(self, shape_of: ShapeOf, columns_of: ColumnsOf) -> None:
        self._shape_of = shape_of
        self._columns_of = columns_of
        self._declined = 0
        self._patience = _FIRST
        self.decode: Callable[[bytes], Any] = _nothing
        self.plans: dict[type, Plan] = {}
        self.stale = False

    def declined(self, lines: int) -> bool:
        """So many more; whether types should be made anew."""
        self._declined += lines
        if self._declined < self._patience:
            return False
        self._declined = 0
        self._patience *= 2
        return True

    def forget(self) -> None:
        """The shapes are others from now on; rows may wait in those of before, up to ``drop``."""
        self.stale = True

    def drop(self) -> None:
        """Know no line."""
        self.decode, self.plans, self.stale = _nothing, {}, False

    def shapes(self) -> Iterator[Shape]:
        """All that rows may wait in."""
        for plan in self.plans.values():
            yield from plan.shapes()

    def make(self, shapes: Iterable[Shape]) -> None:
        """Types of what was judged so far; ``shapes``: all of it."""
        times: Counter[str] = Counter()
        by_name: defaultdict[str, list[Shape]] = defaultdict(list)
        for shape in list(shapes):
            if shape.of_a_line and shape.times and not any(map(_ESCAPED, shape.keys)):
                times[shape.name] += shape.times
                by_name[shape.name].append(shape)
        texts: dict[str, Any] = {}
        plans: dict[type, Plan] = {}
        for name, _ in times.most_common(_NAMES):
            often, seldom = _keys_of(by_name[name])
            for key in (*often, *seldom):
                if key not in texts:
                    texts[key] = _type_of(self._columns_of(key))
            made = _struct(name, often, seldom, texts)
            plans[made] = Plan(name, often, seldom, self._shape_of)
        if plans:
            self.plans = plans
            self.decode = msgspec.json.Decoder(Union[tuple(plans)]).decode  # noqa: UP007 - of many


def _nothing(_: bytes) -> Any:
    raise ValueError("no type is known")


def _keys_of(shapes: list[Shape]) -> tuple[list[str], list[str]]:
    """The keys that all events of a name have, and the most frequent others."""
    shapes.sort(key=lambda shape: -shape.times)
    times: Counter[str] = Counter()
    for shape in shapes:
        times.update(dict.fromkeys(shape.keys, shape.times))
    total = sum(shape.times for shape in shapes)
    first = shapes[0].keys
    often = [key for key in first if times[key] == total and key not in PERSON_KEYS]
    seldom = [key for key, _ in times.most_common() if key not in often]
    return often, seldom[:_SELDOM]


def _type_of(columns: Iterable[Column]) -> Any:
    """The texts that a key has, and whatever is no text; or anything."""
    texts: set[str] = set()
    for column in columns:
        texts |= column.texts
        if len(texts) > _TEXTS or column.wrong_texts > _WRONG:
            return Any
    if not texts:
        return Any
    return Union[Literal[tuple(sorted(texts))], int, float, bool, None, dict, list]  # noqa: UP007


def _struct(name: str, often: list[str], seldom: list[str], texts: dict[str, Any]) -> type:
    fields = [
        *((f"a{n}", texts[key], msgspec.field(name=key)) for n, key in enumerate(often)),
        *(
            (f"b{n}", texts[key] | msgspec.UnsetType, msgspec.field(name=key, default=UNSET))
            for n, key in enumerate(seldom)
        ),
    ]
    inner = msgspec.defstruct("Properties", fields, forbid_unknown_fields=True, gc=False)
    around = [("distinct_id", Any), ("uuid", Any), ("timestamp", Any), ("properties", inner)]
    return msgspec.defstruct(
        "Event", around, tag=name, tag_field="event", forbid_unknown_fields=True, gc=False
    )

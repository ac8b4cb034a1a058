"""Values that JSON cannot hold, or that JSON libraries refuse, as an adapter in Python builds them.

Rule 1: each kind is one that a program hands over by mistake or by somebody's malice.
Rule 2: some look like an ordinary value to who asks carelessly, and that is the point: a sum that
is a ``Decimal``, a path, a member of an enum.
"""

from __future__ import annotations

import datetime as dt
import enum
import fractions
import numbers
import pathlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any


class _ThrowingGetter(Mapping[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("hostile: a getter that throws")

    def __iter__(self) -> Any:
        raise RuntimeError("hostile: an iterator that throws")

    def __len__(self) -> int:
        raise RuntimeError("hostile: a length that throws")

    __hash__ = None  # type: ignore[assignment]  # a mapping that can be compared is not hashable


class _ThrowingStr:
    """An object that cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("hostile: a repr that throws")

    __str__ = __repr__


def _circular() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    return loop


def _deep() -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(5_000):
        nested = {"deeper": nested}
    return nested


class _OneThrowingGetter(Mapping[str, Any]):
    """A mapping that can be walked, and of which one value cannot be read."""

    def __getitem__(self, key: str) -> Any:
        if key == "size":
            raise RuntimeError("hostile: one getter that throws")
        return "small"

    def __iter__(self) -> Iterator[str]:
        return iter(("page", "size"))

    def __len__(self) -> int:
        return 2


class _Untyped:
    """An object that does not even say what it is: ``isinstance`` throws."""

    @property  # type: ignore[misc]  # that it can be read only is the point
    def __class__(self) -> Any:
        raise RuntimeError("hostile: a type that throws")


class _ThrowingComparison(int):
    """A number that cannot be compared."""

    def __lt__(self, other: object) -> bool:
        raise RuntimeError("hostile: a comparison that throws")

    __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __lt__
    __hash__ = int.__hash__


class _NumberLike:
    """What a library for numbers has instead of ``int``: all that a number does, and no number."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __float__(self) -> float:
        return float(self._value)

    def __lt__(self, other: Any) -> bool:
        return bool(self._value < other)

    def __le__(self, other: Any) -> bool:
        return bool(self._value <= other)

    def __gt__(self, other: Any) -> bool:
        return bool(self._value > other)

    def __ge__(self, other: Any) -> bool:
        return bool(self._value >= other)


numbers.Integral.register(_NumberLike)


class _Size(enum.Enum):
    SMALL = "small"


HOSTILE: dict[str, Callable[[], Any]] = {
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "circular": _circular,
    "deep": _deep,
    "throwing_getter": _ThrowingGetter,
    "throwing_str": _ThrowingStr,
    "lone_surrogate": lambda: "\ud800",
    "bytes": lambda: b"\x00\xff\xfe",
    "huge_string": lambda: "x" * 1_000_000,
    "huge_int": lambda: 10**400,
    "non_string_key": lambda: {(1, 2): 3, None: 4},
    "date": lambda: dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    "proto_key": lambda: {"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}},
    "object": object,
    "function": lambda: _circular,
    "one_throwing_getter": _OneThrowingGetter,
    "untyped": _Untyped,
    "throwing_comparison": lambda: _ThrowingComparison(7),
    "decimal": lambda: Decimal("7.25"),
    "fraction": lambda: fractions.Fraction(29, 4),
    "number_like": lambda: _NumberLike(7),
    "calendar_date": lambda: dt.date(2026, 2, 28),
    "uuid": lambda: uuid.UUID(int=7, version=4),
    "path": lambda: pathlib.PurePosixPath("small"),
    "enum": lambda: _Size.SMALL,
    "set": lambda: {"small"},
    "read_only_map": lambda: MappingProxyType({"size": "small"}),
}

HOSTILE_MEANING: dict[str, str] = {
    "nan": "not a number",
    "infinity": "positive infinity",
    "circular": "a container that holds itself",
    "deep": "5,000 levels of nesting",
    "throwing_getter": "a container whose reading throws",
    "throwing_str": "an object whose conversion to text throws",
    "lone_surrogate": "text with half of a surrogate pair",
    "bytes": "raw bytes that are not UTF-8",
    "huge_string": "text of 1,000,000 characters",
    "huge_int": "a number beyond 64 bits, or a big integer where the language has them",
    "non_string_key": "a mapping with keys that are not text",
    "date": "a date at the edge of what the language can represent",
    "proto_key": "keys that pollute prototypes in JavaScript",
    "object": "an opaque object",
    "function": "a function",
    "one_throwing_getter": "a container of which one value throws when it is read",
    "untyped": "an object that throws when its type is asked for, as a revoked proxy does",
    "throwing_comparison": "a number that throws when it is compared",
    "decimal": "a decimal or boxed number, which JSON libraries may refuse",
    "fraction": "a fraction, which JSON libraries refuse",
    "number_like": "a number of a library's own: it counts and compares, and is no plain number",
    "calendar_date": "an ordinary date, which JSON libraries may refuse",
    "uuid": "a UUID that is an object and no text",
    "path": "a path that is an object and no text",
    "enum": "a member of an enumeration, or a symbol",
    "set": "a set",
    "read_only_map": "a mapping that is not the language's plain one",
    "null_prototype": "an object without a prototype, in JavaScript",
}

"""What was seen of values, kept small however many there were: the ground of a draft.

Rule 1: memory is bounded: so many values, keys and levels are kept apart, and the rest is counted.
Rule 2: no value is remembered that does not have a short, plain shape: the rest may be a secret.
"""

from __future__ import annotations

import math
from typing import Any, Final

from payloadproof.contract.property import Shape
from payloadproof.contract.secrets import leak_in
from payloadproof.contract.values import misfits

VALUES_MAX: Final = 24  # different texts that are kept apart
KEYS_MAX: Final = 100  # of one object
ROOM: Final = 20_000  # keys of one draft, at whatever depth: each takes some 2 kB
LEVELS_MAX: Final = 4  # of lists and objects inside of one another
NAME_MAX: Final = 100  # characters of a name that is put into a draft
TEXT_MAX: Final = 200  # characters of a text that any contract allows

_SHAPES: Final = ("date", "uuid", "version", "slug", "model", "id")
_FITS = {name: misfits(Shape(type=name), string_max_chars=TEXT_MAX) for name in _SHAPES}
_EPOCH = misfits(Shape(type="epoch_ms"), string_max_chars=TEXT_MAX)


def unnameable(name: object) -> str | None:
    """Why a name stands in no draft; None where it may: it may be what somebody typed."""
    if not isinstance(name, str):
        return "is no text"
    if not name or len(name) > NAME_MAX:
        return f"is empty, or longer than {NAME_MAX} characters"
    if not name.isprintable():
        return "holds what cannot be printed"
    leak = leak_in(name)
    return f"looks like {leak}" if leak else None


class Room:
    """How many keys may still be kept apart, of everything that is seen together."""

    def __init__(self, left: int = ROOM) -> None:
        self.left = left

    def taken(self) -> bool:
        """Take one place; whether there was one."""
        self.left -= 1
        return self.left >= 0


class Seen:
    """The values of one key, or of what is inside of it."""

    def __init__(self, level: int = 0, room: Room | None = None) -> None:
        self._room = room or Room()
        self.kinds: dict[str, int] = {}  # how often each kind of JSON value was there
        self.texts: dict[str, int] = {}  # short plain ones, and how often
        self.more_texts = False  # than are kept
        self.shapes = set(_SHAPES)  # that every text has
        self.leaks: dict[str, int] = {}  # what texts look like
        self.longest = 0  # characters
        self.least, self.most = math.inf, -math.inf
        self.whole = self.epoch = True  # whether every number is
        self.items: Seen | None = None
        self.keys: dict[str, Seen] = {}
        self.hidden_keys = 0  # of objects, that are beyond the bound or have no name for a draft
        self.largest = 0  # items, or keys
        self._level = level

    @property
    def times(self) -> int:
        """How many values there were."""
        return sum(self.kinds.values())

    def add(self, value: Any) -> None:
        """Look at one value."""
        kind = _kind(value)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if kind == "text":
            self._text(value)
        elif kind == "number":
            finite = isinstance(value, int) or math.isfinite(value)
            self.whole &= isinstance(value, int) or (finite and value.is_integer())
            self.epoch &= _EPOCH(value) is None
            if finite:
                self.least, self.most = min(self.least, value), max(self.most, value)
        elif kind == "list":
            self.largest = max(self.largest, len(value))
            if self._level < LEVELS_MAX and value:
                self.items = self.items or Seen(self._level + 1, self._room)
                for one in value[:KEYS_MAX]:
                    self.items.add(one)
        elif kind == "object":
            self._object(value)

    def _text(self, value: str) -> None:
        self.longest = max(self.longest, len(value))
        self.shapes = {name for name in self.shapes if _FITS[name](value) is None}
        if leak := leak_in(value, ids=True):
            self.leaks[leak] = self.leaks.get(leak, 0) + 1
        if value in self.texts:
            self.texts[value] += 1
        elif len(self.texts) >= VALUES_MAX or _FITS["slug"](value) is not None:
            self.more_texts = True
        else:
            self.texts[value] = 1

    def _object(self, value: dict[str, Any]) -> None:
        self.largest = max(self.largest, len(value))
        for name, inner in value.items():
            known = self.keys.get(name)
            if known is None:
                full = len(self.keys) >= KEYS_MAX or self._level >= LEVELS_MAX
                if full or unnameable(name) or not self._room.taken():
                    self.hidden_keys += 1
                    continue
                known = self.keys[name] = Seen(self._level + 1, self._room)
            known.add(inner)

    def merge(self, other: Seen) -> None:
        """Take in what was seen elsewhere under the same key."""
        for kind, times in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + times
        for leak, times in other.leaks.items():
            self.leaks[leak] = self.leaks.get(leak, 0) + times
        for text, times in other.texts.items():
            if text in self.texts or len(self.texts) < VALUES_MAX:
                self.texts[text] = self.texts.get(text, 0) + times
            else:
                self.more_texts = True
        self.more_texts |= other.more_texts
        self.shapes &= other.shapes
        self.longest = max(self.longest, other.longest)
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.whole &= other.whole
        self.epoch &= other.epoch
        self.largest = max(self.largest, other.largest)
        self.hidden_keys += other.hidden_keys
        if other.items is not None:
            self.items = self.items or Seen(self._level + 1)
            self.items.merge(other.items)
        for name, seen in other.keys.items():
            if name in self.keys or len(self.keys) < KEYS_MAX:
                self.keys.setdefault(name, Seen(self._level + 1)).merge(seen)
            else:
                self.hidden_keys += 1


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return "other"

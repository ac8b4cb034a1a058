"""What is collected, as evidence shows it: which events, which keys, which values, how often.

Rule 1: memory does not grow with what is read, but for one small entry for each installation and
day: of values, a few are kept, numbers as a range.
Rule 2: values are masked as findings are: an inventory must not republish a leak.
Rule 3: what is kept does not depend on the order in which things were read, so that what two parts
of some evidence show can be put together: of values those that sort first, as they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Self

import msgspec

from payloadproof.evidence.fields import PROFILE, properties_of
from payloadproof.evidence.history import Sent
from payloadproof.evidence.quoting import masked, named
from payloadproof.recorder.ingest import time_of

VALUES_KEPT = 20  # distinct ones of each property
_FIRST = 3  # characters that masking leaves as they are
_BEHIND_ALL = "\U0010ffff"
_KEYS_KEPT = 4096  # of an event, as they were sent
_SHOWN_KEPT = 4096  # texts
_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    type(None): "null",
    dict: "object",
}


class SeenProperty(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one event.

    ``kinds``: JSON types; ``values``: text and booleans, masked, ``VALUES_KEPT`` of them;
    ``more``: there were others; ``low`` and ``high``: of the numbers; ``longest``: characters.
    """

    times: int
    kinds: tuple[str, ...]
    values: tuple[str, ...] = ()
    more: bool = False
    low: int | float | None = None
    high: int | float | None = None
    longest: int | None = None


class SeenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``profile``: what its profile flag was, ``days``: of installations, with one."""

    times: int
    profile: tuple[str, ...]
    days: int
    properties: dict[str, SeenProperty]


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of some evidence. ``bytes``: of requests or lines."""

    events: dict[str, SeenEvent]
    requests: int
    bytes: int
    installs: int


class Survey:
    """Makes a surface out of one event after another."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._installs: set[int] = set()
        self._days: dict[str, set[int]] = {}

    def add(self, sent: Sent) -> None:
        """One more event."""
        who = hash(repr(sent.event.distinct_id))
        moment = time_of(sent.event)
        name = shown_name(sent.event.name)
        self._seen.of(name).add(properties_of(sent))
        self._installs.add(who)
        self._days.setdefault(name, set()).add(hash((who, moment and moment.date())))

    def surface(self) -> Surface:
        """What was seen."""
        days = {name: len(some) for name, some in self._days.items()}
        return self._seen.surface(days, len(self._installs))


class _Shown(dict[str, str]):
    """Values as a person may read them, each worked out once while they are few."""

    def __missing__(self, value: str) -> str:
        if len(self) >= _SHOWN_KEPT:
            self.clear()
        shown = self[value] = named(value).strip('"')
        return shown


class Values:
    """Of one key: how often, of which kinds, and some of what it was."""

    __slots__ = ("_last", "_shown", "_values", "high", "kinds", "longest", "low", "more", "times")

    def __init__(self, shown: _Shown) -> None:
        self._shown = shown
        self.times = 0
        self.kinds: set[str] = set()
        self._values: set[str] = set()
        self.more = False
        self._last = _BEHIND_ALL
        self.low: float | None = None
        self.high: float | None = None
        self.longest: int | None = None

    def add(self, value: Any) -> None:
        """One more value."""
        self.column((value,), (type(value),))
        if isinstance(value, bool | str):
            self.keep(value)

    def column(self, column: Collection[Any], types: Iterable[type]) -> None:
        """Many, and their types; each text or truth that is new has to be given to ``keep``."""
        self.times += len(column)
        for kind in types:
            # Decoded JSON is of no subclass; a million events are worth the shorter question.
            said = _KINDS.get(kind, "list")
            self.kinds.add(said)
            if said == "number":
                numbers: list[Any] = [one for one in column if type(one) is kind]
                if kind is float:
                    numbers = list(filter(math.isfinite, numbers))
                if numbers:
                    self.within(min(numbers), max(numbers))

    def many(self, kind: type, times: int) -> None:
        """Values of one type, of which no more is said."""
        self.times += times
        self.kinds.add(_KINDS.get(kind, "list"))

    def within(self, low: float, high: float) -> None:
        """Numbers between these."""
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)

    def keep(self, value: bool | str) -> None:
        """A text or a truth, which may have been given before."""
        if isinstance(value, str) and (self.longest is None or len(value) > self.longest):
            self.longest = len(value)
        if isinstance(value, str) and value[:_FIRST] > self._last and value[:_FIRST].isalnum():
            return  # as it is shown, too, it would sort behind all that are kept
        self._keep(self._shown[value] if isinstance(value, str) else named(value))

    def _keep(self, shown: str) -> None:
        if shown in self._values:
            return
        self._values.add(shown)
        if len(self._values) > VALUES_KEPT:
            self._values.remove(max(self._values))
            self.more = True
            self._last = max(self._values)

    def merge(self, other: SeenProperty) -> None:
        """Add what another part of the evidence showed."""
        self.times += other.times
        self.kinds |= {*other.kinds}
        self.more |= other.more
        for shown in other.values:
            self._keep(shown)
        if other.low is not None and other.high is not None:
            self.within(other.low, other.high)
        if other.longest is not None:
            self.longest = max(self.longest or 0, other.longest)

    def seen(self) -> SeenProperty:
        """As a report has it."""
        return SeenProperty(
            times=self.times,
            kinds=tuple(sorted(self.kinds)),
            values=tuple(sorted(self._values)),
            more=self.more,
            low=self.low,
            high=self.high,
            longest=self.longest,
        )


class Events:
    """Of one event's name: how often, what its profile flag was, and its keys."""

    def __init__(self, shown: _Shown) -> None:
        self._masked = shown
        self.times = 0
        self.profile: set[str] = set()
        self._properties: dict[str, Values] = {}
        self._by_key: dict[str, Values] = {}  # the same, by keys as they were sent

    def add(self, properties: dict[str, Any]) -> None:
        """One more, by its properties."""
        self.times += 1
        self.profile.add(shown_flag(properties))
        for key, value in properties.items():
            self.of(key).add(value)
        # A person's properties are collected as much as an event's.
        person = properties.get("$set")
        if isinstance(person, dict):
            for key, value in person.items():
                self.of(f"$set.{key}").add(value)

    def of(self, key: str) -> Values:
        """What was seen of a key; one of a person's is written ``$set.KEY``."""
        values = self._by_key.get(key)
        if values is None:
            if len(self._by_key) > _KEYS_KEPT:
                self._by_key.clear()
            values = self._by_key[key] = self._shown(_plain(key))
        return values

    def _shown(self, key: str) -> Values:
        values = self._properties.get(key)
        if values is None:
            values = self._properties[key] = Values(self._masked)
        return values

    def seen(self, days: int) -> SeenEvent:
        """As a report has it; ``days``: of installations, with one."""
        return SeenEvent(
            times=self.times,
            profile=tuple(sorted(self.profile)),
            days=days,
            properties={key: self._properties[key].seen() for key in sorted(self._properties)},
        )

    def merge(self, other: SeenEvent) -> None:
        """Add what another part of the evidence showed."""
        self.times += other.times
        self.profile |= {*other.profile}
        for key, seen in other.properties.items():
            self._shown(key).merge(seen)


class Seen:
    """All events, by their names as they are shown."""

    def __init__(self) -> None:
        self._events: dict[str, Events] = {}
        self._masked = _Shown()
        self.requests = 0
        self.bytes = 0

    def of(self, name: str) -> Events:
        """What was seen of an event."""
        events = self._events.get(name)
        if events is None:
            events = self._events[name] = Events(self._masked)
        return events

    def __iter__(self) -> Iterator[str]:
        return iter(self._events)

    def surface(self, days: dict[str, int], installs: int) -> Surface:
        """As a report has it; ``days``: of installations, by event."""
        return Surface(
            events={
                name: self._events[name].seen(days.get(name, 0)) for name in sorted(self._events)
            },
            requests=self.requests,
            bytes=self.bytes,
            installs=installs,
        )

    def merge(self, other: Surface) -> Self:
        """Add what another part of the evidence showed, but for its days and installations."""
        for name, event in other.events.items():
            self.of(name).merge(event)
        self.requests += other.requests
        self.bytes += other.bytes
        return self


def shown_name(name: object) -> str:
    """An event's name as a person may read it."""
    return bare(named(name))


def shown_flag(properties: dict[str, Any]) -> str:
    """What an event says of a profile, as a person may read it."""
    return masked(properties[PROFILE]) if PROFILE in properties else "absent"


def _plain(key: str) -> str:
    """A key as a person may read it, masked where it is no identifier."""
    person, dot, inner = key.partition("$set.")
    return dot + bare(named(inner)) if dot and not person else bare(named(key))


def bare(quoted: str) -> str:
    """A quoted name without the quotes around it; one that the name itself ends with stays."""
    return quoted.removeprefix('"').replace('"…', "…").removesuffix('"')

"""What is collected, as evidence shows it: which events, which keys, which values, how often.

Rule 1: memory does not grow with what is read, but for one small entry for each installation and
day: of values, a few are kept, numbers as a range.
Rule 2: values are masked as findings are: an inventory must not republish a leak.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from payloadproof.evidence.fields import PROFILE, properties_of
from payloadproof.evidence.history import Sent
from payloadproof.evidence.quoting import masked, named
from payloadproof.recorder.ingest import time_of

VALUES_KEPT = 20  # distinct ones of each property
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

    ``kinds``: JSON types; ``values``: text and booleans, masked, the first ``VALUES_KEPT``;
    ``more``: there were others; ``low`` and ``high``: of the numbers; ``longest``: characters.
    """

    times: int
    kinds: tuple[str, ...]
    values: tuple[str, ...] = ()
    more: bool = False
    low: float | None = None
    high: float | None = None
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
        self._events: dict[str, _Event] = {}
        self._installs: set[int] = set()
        self._days: set[int] = set()
        self.requests = 0
        self.bytes = 0

    def add(self, sent: Sent) -> None:
        """One more event."""
        who = hash(repr(sent.event.distinct_id))
        moment = time_of(sent.event)
        day = hash((sent.event.name, who, moment and moment.date()))
        name = _bare(named(sent.event.name))
        seen = self._events.get(name)
        if seen is None:
            seen = self._events[name] = _Event()
        seen.add(properties_of(sent), first_of_day=day not in self._days)
        self._installs.add(who)
        self._days.add(day)

    def surface(self) -> Surface:
        """What was seen."""
        return Surface(
            events={name: self._events[name].seen() for name in sorted(self._events)},
            requests=self.requests,
            bytes=self.bytes,
            installs=len(self._installs),
        )


class _Event:
    def __init__(self) -> None:
        self._times = self._days = 0
        self._profile: Counter[str] = Counter()
        self._properties: dict[str, _Values] = {}

    def add(self, properties: dict[str, Any], *, first_of_day: bool) -> None:
        self._times += 1
        self._days += first_of_day
        self._profile[masked(properties[PROFILE]) if PROFILE in properties else "absent"] += 1
        for key, value in properties.items():
            values = self._properties.get(key)
            if values is None:
                values = self._properties[key] = _Values()
            values.add(value)
        # A person's properties are collected as much as an event's.
        person = properties.get("$set")
        if isinstance(person, dict):
            for key, value in person.items():
                self._properties.setdefault(f"$set.{key}", _Values()).add(value)

    def seen(self) -> SeenEvent:
        return SeenEvent(
            times=self._times,
            profile=tuple(sorted(self._profile)),
            days=self._days,
            properties={
                _plain(key): values.seen() for key, values in sorted(self._properties.items())
            },
        )


def _plain(key: str) -> str:
    """A key as a person may read it, masked where it is no identifier."""
    person, dot, inner = key.partition("$set.")
    return dot + _bare(named(inner)) if dot and not person else _bare(named(key))


def _bare(quoted: str) -> str:
    """Without the quotes around it; one that the name itself ends with stays."""
    return quoted.removeprefix('"').replace('"…', "…").removesuffix('"')


class _Values:
    def __init__(self) -> None:
        self._times = 0
        self._kinds: set[str] = set()
        self._values: dict[Any, str] = {}
        self._more = False
        self._low: float | None = None
        self._high: float | None = None
        self._longest: int | None = None

    def add(self, value: Any) -> None:
        self._times += 1
        # Decoded JSON is of no subclass; a million events are worth the shorter question.
        kind = _KINDS.get(type(value), "list")
        self._kinds.add(kind)
        if kind == "number":
            if self._low is None or value < self._low:
                self._low = value
            if self._high is None or value > self._high:
                self._high = value
        elif kind == "text":
            if self._longest is None or len(value) > self._longest:
                self._longest = len(value)
            self._keep(value)
        elif kind == "boolean":
            self._keep(value)

    def _keep(self, value: bool | str) -> None:
        if value in self._values:
            return
        if len(self._values) < VALUES_KEPT:
            self._values[value] = named(value).strip('"')
        else:
            self._more = True

    def seen(self) -> SeenProperty:
        return SeenProperty(
            times=self._times,
            kinds=tuple(sorted(self._kinds)),
            values=tuple(sorted({*self._values.values()})),
            more=self._more,
            low=self._low,
            high=self._high,
            longest=self._longest,
        )

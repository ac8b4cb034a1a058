"""A contract drafted from what was sent, every guess in it marked.

Rule 1: a draft loads, and lets nothing pass that nobody has decided on: free text, what looks like
a secret, and what is dangerous by its name are findings until a person declares them.
Rule 2: every guess stands beside ``# TODO`` and its reason.
Rule 3: no value stands in a draft but the words of a closed set, which are short and plain.
Rule 4: whatever was sent, memory and the draft stay small: names that come by the thousand are
counted, not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from payloadproof.contract.guessing import guessed
from payloadproof.contract.observed import Observed
from payloadproof.contract.posthog import DANGEROUS, STAMPS, TABLES, keys_of
from payloadproof.contract.seen import ROOM, TEXT_MAX, Room, Seen, unnameable
from payloadproof.syntax import toml

EVENTS_MAX: Final = 300
KEYS_MAX: Final = 300  # of one event
_PERSONS: Final = ("$set", "$set_once")
_DIRECTIVES: Final = ("$process_person_profile", "$geoip_disable", *_PERSONS)
_EVERY_STAMP: Final = frozenset().union(*STAMPS.values())
_TABLES: Final = TABLES | {*_PERSONS}
_DAY: Final = 10  # characters of a timestamp that are its day
_CEILINGS: Final = (10, 50, 100, 500, 1_000, 5_000, 10_000, 100_000)
_DAYS_MAX: Final = 100_000  # of installs, that are counted apart


class _Event:
    def __init__(self, room: Room) -> None:
        self._room = room
        self.times = 0
        self.keys: dict[str, Seen] = {}
        self.hidden: Counter[str] = Counter()  # keys that stand in no draft, by why
        self.days: Counter[tuple[object, str]] = Counter()
        self.profiles = 0  # events that may build a profile
        self.flags: dict[str, bool | str] = {}

    def add(self, key: str, value: Any) -> None:
        known = self.keys.get(key)
        if known is None:
            full = len(self.keys) >= KEYS_MAX
            why = f"is beyond the first {KEYS_MAX}" if full else unnameable(key)
            if why is None and not self._room.taken():
                why = f"is beyond the first {ROOM:,} of all"
            if why is not None:
                self.hidden[why] += 1
                return
            known = self.keys[key] = Seen(room=self._room)
        known.add(value)


class Draft:
    """A draft on its way: events in, a contract out."""

    def __init__(self) -> None:
        self._events: dict[str, _Event] = {}
        self._hidden: Counter[str] = Counter()  # events that stand in no draft, by why
        self._persons: dict[str, Seen] = {}
        self._hidden_of_persons = 0  # keys
        self._geoip: Counter[bool] = Counter()
        self._room = Room()

    @property
    def events(self) -> int:
        """How many were seen."""
        return sum(event.times for event in self._events.values()) + sum(self._hidden.values())

    def add(
        self, name: object, properties: object, top_level: dict[str, Any], *, of: object, at: object
    ) -> None:
        """Look at one event.

        Args:
            name: the event's.
            properties: what stood there.
            top_level: what stood beside them.
            of: the distinct id.
            at: the timestamp.
        """
        why = unnameable(name)
        if why is None and name not in self._events and len(self._events) >= EVENTS_MAX:
            why = f"is beyond the first {EVENTS_MAX}"
        if why is not None:
            self._hidden[why] += 1
            return
        event = self._events.setdefault(str(name), _Event(self._room))
        event.times += 1
        said = properties if isinstance(properties, dict) else {}
        event.profiles += said.get("$process_person_profile") is not False
        self._geoip[said.get("$geoip_disable") is True] += 1
        if isinstance(at, str) and len(event.days) < _DAYS_MAX:
            event.days[repr(of)[:80], at[:_DAY]] += 1
        for key, value in said.items():
            event.add(key, value)
        for beside in (said, top_level):
            for directive in _PERSONS:
                person = beside.get(directive)
                for key, value in person.items() if isinstance(person, dict) else ():
                    self._add_of_person(key, value)

    def _add_of_person(self, key: str, value: Any) -> None:
        full = len(self._persons) >= KEYS_MAX and key not in self._persons
        if full or key[:1] == "$" or unnameable(key):
            self._hidden_of_persons += 1
        else:
            self._persons.setdefault(key, Seen(room=self._room)).add(value)

    def toml(self, name: str = "my-program", beside: Observed | None = None) -> str:
        """The contract, as a file; ``beside``: what else was seen of the program, if anything."""
        return "".join(f"{line}\n" for line in self._lines(name, beside))

    def _lines(self, name: str, beside: Observed | None) -> Iterator[str]:
        yield from HEAD
        yield f"# Drafted from {self.events:,} events. Each TODO is a guess, with its reason:"
        yield "# decide, and take the mark away. What is not declared is a finding of an audit."
        yield ""
        yield "format = 1"
        base = self._base()
        if base:
            yield f"base = {toml.array(base)} # TODO they were on every event"
        if self._persons:
            yield f"person = {toml.array(sorted(self._persons))} # TODO they were said of a person"
        if self._hidden_of_persons:
            yield f"# TODO {self._hidden_of_persons:,} keys of persons are left out for their names"
        yield from product(name)
        yield from CONSENT if beside is None else beside.consent()
        yield from VARIABLES
        yield from self._wire()
        yield from () if beside is None else beside.wire()
        if not self._events:
            yield from ("", "[events]")
        for event in sorted(self._events):
            yield from self._event(event, base)
        if self._hidden:
            yield ""
            for why, times in sorted(self._hidden.items()):
                yield f"# TODO {times:,} events are left out: the name {why}"
        yield from self._properties()

    def _base(self) -> list[str]:
        if len(self._events) <= 1:
            return []
        whole = [
            {key for key, seen in event.keys.items() if seen.times == event.times and _own(key)}
            for event in self._events.values()
        ]
        return sorted(set.intersection(*whole))

    def _wire(self) -> Iterator[str]:
        dollars: dict[str, int] = {}
        flags: dict[str, Seen] = {}
        for name, event in self._events.items():
            for key, seen in event.keys.items():
                if key.startswith("$feature/"):
                    flags.setdefault(key.partition("/")[2], Seen()).merge(seen)
                elif key[:1] == "$" and key not in keys_of(name):
                    dollars[key] = dollars.get(key, 0) + seen.times
        directives = [key for key in dollars if key in _DIRECTIVES]
        stamps = sorted(key for key in dollars if key in _EVERY_STAMP)
        if self._persons and not {"$set", "$set_once"} & {*directives}:
            directives.append("$set")
        yield ""
        yield "[wire]"
        off = self._geoip[True]
        told = "on every event" if off == sum(self._geoip.values()) else f"on {off:,} events"
        yield (
            f"geoip_disable = {toml.value(off > 0 and not self._geoip[False])}"
            f" # TODO it was set {told}; otherwise PostHog looks the place up"
        )
        yield f"directives = {toml.array(sorted(directives))}"
        yield f"stamps = {toml.array(stamps)}"
        if flags:
            pairs = {name: "text" not in seen.kinds or "on" for name, seen in flags.items()}
            yield f"flags = {toml.value(pairs)} # TODO what the recorder answers"
        for name, event in self._events.items():
            for key in sorted(keys_of(name) | _EVERY_STAMP | {*_DIRECTIVES}):
                if key in event.keys and (odd := _odd(event.keys[key], table=key in _TABLES)):
                    yield f"# TODO {toml.text(key)} of {toml.text(name)} {odd}: not allowed here"
        known = {*directives, *stamps, "$active_feature_flags"}
        for key, times in sorted(dollars.items()):
            if key not in known:
                what = f", which holds {DANGEROUS[key]}" if key in DANGEROUS else ""
                yield f"# TODO {toml.text(key)} was on {times:,} events{what}: not allowed here"

    def _event(self, name: str, base: list[str]) -> Iterator[str]:
        event = self._events[name]
        keys = [key for key in event.keys if _own(key) and key not in base]
        known = keys_of(name)
        yield ""
        yield f"[{toml.dotted('events', name)}]"
        yield 'kind = "direct"'
        busiest = max(event.days.values(), default=event.times)
        ceiling = next((one for one in _CEILINGS if one >= 2 * busiest), 2 * busiest)
        yield (
            f"ceiling_per_day = {ceiling} # TODO at most {busiest:,} of one install on one day"
            " were seen"
        )
        if event.profiles:
            yield f"profile = true # TODO {event.profiles:,} of {event.times:,} may build a profile"
        if base and not event.keys.keys() >= {*base}:
            yield "base = false"
        yield 'description = "What it tells." # TODO'
        yield f"properties = {toml.array(sorted(key for key in keys if key not in known))}"
        for why, times in sorted(event.hidden.items()):
            yield f"# TODO {times:,} keys are left out: the name {why}"

    def _properties(self) -> Iterator[str]:
        merged: dict[str, Seen] = {}
        for name, event in self._events.items():
            for key, seen in event.keys.items():
                if _own(key) and key not in keys_of(name):
                    merged.setdefault(key, Seen()).merge(seen)
        for key, seen in self._persons.items():
            merged.setdefault(key, Seen()).merge(seen)
        yield ""
        yield "[properties]"
        for key in sorted(merged):
            yield ""
            yield f"[{toml.dotted('properties', key)}]"
            yield from guessed(key, merged[key])
            yield 'description = "What it means." # TODO'


def _own(key: str) -> bool:
    return key[:1] != "$"


def _odd(seen: Seen, *, table: bool) -> str | None:
    """What no key of PostHog's own should hold."""
    odd = [kind for kind in ("null", "list", "object", "other") if kind in seen.kinds]
    if odd and not table:
        return f"holds {' and '.join(odd)}"
    if seen.longest > TEXT_MAX:
        return f"holds a text of {seen.longest:,} characters"
    return f"holds what looks like {next(iter(seen.leaks))}" if seen.leaks else None


def product(name: str) -> Iterator[str]:
    """The table that says whose contract it is."""
    yield ""
    yield "[product]"
    yield f"name = {toml.text(name)} # TODO"
    yield 'description = "What the program does." # TODO'


#: What every draft begins with.
HEAD: Final = (
    "#:schema ./contract.schema.json",
    "# Editors complete this file once you run",
    "# payloadproof schema Contract > contract.schema.json",
    "",
)
CONSENT: Final = (
    "",
    "[consent]",
    'default = "on" # TODO off, if nothing is sent until somebody asks for it',
    "# TODO every variable and file that turns it off, the first that decides first, as in",
    '# layers = [{ kind = "kill_switch", variable = "DO_NOT_TRACK", unset = ["", "0", "false"] }]',
    "layers = []",
)
VARIABLES: Final = (
    "",
    "[variables]",
    '# TODO host = "...", key = "..." and data_dir = "...", where it reads them from a variable',
)

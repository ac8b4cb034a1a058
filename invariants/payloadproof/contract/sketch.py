"""A contract as somebody else's description has it: events, properties, and what was guessed.

Rule 1: what it writes loads, and lets nothing pass that nobody has decided on.
Rule 2: every guess stands beside ``# TODO`` and its reason.
Rule 3: a name that may be what somebody typed is counted and never written, and whatever was given,
the draft stays small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

from payloadproof.contract.draft import CONSENT, EVENTS_MAX, HEAD, KEYS_MAX, VARIABLES, product
from payloadproof.contract.guessing import Guess
from payloadproof.contract.posthog import DANGEROUS, STAMPS, keys_of
from payloadproof.contract.seen import unnameable
from payloadproof.syntax import toml

PROPERTIES_MAX: Final = 2_000
_LINE_MAX: Final = 200  # characters of a description
_DIRECTIVES: Final = ("$process_person_profile", "$geoip_disable", "$set", "$set_once")
_EVERY_STAMP: Final = frozenset().union(*STAMPS.values())


class Sketch:
    """A contract on its way: declarations in, a file out."""

    def __init__(self) -> None:
        self._events: dict[str, str] = {}  # with their descriptions
        self._keys: dict[str, list[str]] = {}  # of events, where it is said which
        self._properties: dict[str, tuple[Guess, str]] = {}
        self._persons: list[str] = []
        self._dollars: dict[str, None] = {}
        self._left: Counter[str] = Counter()  # what is not in the draft, by why
        self._notes: list[str] = []

    @property
    def empty(self) -> bool:
        """Whether nothing was declared."""
        return not (self._events or self._properties or self._dollars or self._left)

    def note(self, line: str) -> None:
        """Something that a person has to know of the whole; nothing of it came from the file."""
        if line not in self._notes:
            self._notes.append(line)

    def leave(self, what: str, times: int) -> None:
        """Count what is not looked at: names of ``what`` (``events``, ``properties``)."""
        if times > 0:
            self._left[f"{what} are left out for their number"] += times

    def event(self, name: object, description: object = "") -> str | None:
        """Declare an event; its name, or None where it may not stand in a draft."""
        full = len(self._events) >= EVENTS_MAX and name not in self._events
        why = unnameable(name) or (f"is beyond the first {EVENTS_MAX}" if full else None)
        if why is not None:
            self._left[f"events are left out: the name {why}"] += 1
            return None
        self._events[str(name)] = self._events.get(str(name)) or _line(description)
        return str(name)

    def property(
        self, name: object, guess: Guess, description: object = "", *, of: str | None = None
    ) -> None:
        """Declare a property, of one event or of any; the first declaration stands."""
        why = unnameable(name)
        keys = self._keys.setdefault(of, []) if of is not None else []
        if why is None and len(keys) >= KEYS_MAX:
            why = f"is beyond the first {KEYS_MAX} of its event"
        if why is None and len(self._properties) >= PROPERTIES_MAX and name not in self._properties:
            why = f"is beyond the first {PROPERTIES_MAX:,}"
        if why is not None:
            self._left[f"properties are left out: the name {why}"] += 1
            return
        key = str(name)
        if key[:1] == "$":
            if len(self._dollars) < KEYS_MAX:
                self._dollars[key] = None
            return
        if of is not None and key in keys_of(of):
            return
        if key not in keys:
            keys.append(key)
        known = self._properties.get(key)
        if known is None:
            self._properties[key] = (guess, _line(description))
        elif known[0][0] != guess[0]:
            reason = "elsewhere it is said to be of another type: which, or two names?"
            if reason not in known[0][1]:
                known[0][1].append(reason)

    def person(self, name: object, guess: Guess, description: object = "") -> None:
        """Declare a property that is said of a person."""
        self.property(name, guess, description)
        if isinstance(name, str) and name in self._properties and name not in self._persons:
            self._persons.append(name)

    def toml(self, name: str = "my-program") -> str:
        """The contract, as a file."""
        return "".join(f"{line}\n" for line in self._lines(name))

    def _lines(self, name: str) -> Iterator[str]:
        yield from HEAD
        yield "# Made from somebody's description, and not from what is sent. Each TODO is a guess,"
        yield "# with its reason: decide, and take the mark away."
        for line in self._notes:
            yield f"# TODO {line}"
        for why, times in sorted(self._left.items()):
            yield f"# TODO {times:,} {why}"
        yield ""
        yield "format = 1"
        if self._persons:
            yield f"person = {toml.array(sorted(self._persons))} # TODO they were said of a person"
        yield from product(name)
        yield from CONSENT
        yield from VARIABLES
        yield from self._wire()
        if not self._events:
            yield from ("", "[events] # TODO none was described")
        for event in sorted(self._events):
            yield from self._event(event)
        yield ""
        yield "[properties]"
        for key in sorted(self._properties):
            yield from self._property(key)

    def _wire(self) -> Iterator[str]:
        directives = {key for key in self._dollars if key in _DIRECTIVES}
        if self._persons and not directives & {"$set", "$set_once"}:
            directives.add("$set")
        stamps = [key for key in self._dollars if key in _EVERY_STAMP]
        known = {*directives, *stamps}.union(*map(keys_of, self._events))
        yield ""
        yield "[wire]"
        yield "geoip_disable = true # TODO unless PostHog is to look the place up"
        yield f"directives = {toml.array(sorted(directives))}"
        yield f"stamps = {toml.array(sorted(stamps))}"
        for key in sorted(self._dollars.keys() - known):
            what = f", which holds {DANGEROUS[key]}" if key in DANGEROUS else ""
            yield f"# TODO {toml.text(key)} was described{what}: not allowed here"

    def _event(self, name: str) -> Iterator[str]:
        yield ""
        yield f"[{toml.dotted('events', name)}]"
        yield 'kind = "direct" # TODO or lifecycle, rollup, exception'
        yield "ceiling_per_day = 100 # TODO how often one install sends it on one day"
        yield _described(self._events[name], "What it tells.")
        if name in self._keys:
            yield f"properties = {toml.array(sorted(self._keys[name]))}"
        else:
            yield "properties = [] # TODO it was not said which of those below are its"

    def _property(self, key: str) -> Iterator[str]:
        (shape, reasons), description = self._properties[key]
        first, *rest = (toml.assigned(name, value) for name, value in shape.items())
        yield ""
        yield f"[{toml.dotted('properties', key)}]"
        yield f"{first} # TODO {_line('; '.join(reasons))}"
        yield from rest
        yield _described(description, "What it means.")


def _described(text: str, otherwise: str) -> str:
    if text:
        return toml.assigned("description", text)
    return f"{toml.assigned('description', otherwise)} # TODO"


def _line(text: object) -> str:
    """One line of somebody else's text, printable and not long."""
    if not isinstance(text, str):
        return ""
    plain = "".join(char if char.isprintable() else " " for char in text[: 4 * _LINE_MAX])
    return " ".join(plain.split())[:_LINE_MAX]


def is_among(values: Collection[object], kind: type) -> bool:
    """Whether all of some values are of one type, and there are any."""
    return bool(values) and all(type(value) is kind for value in values)


def undecided(reason: str, **more: Any) -> Guess:
    """What stands where a person has to decide: nothing but a slug passes."""
    return {"type": "slug", **more}, [reason]

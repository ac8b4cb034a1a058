"""What a release newly sends: two goldens, recordings, exports or contracts, compared.

Rule 1: what is new needs a reason: an event, a key, a kind of value, a form of an id, a profile,
half as much again of an event, a key that asked the service for less and is gone. What else is gone
is said, and needs none.
Rule 2: numbers differ from run to run and versions from release to release: of values, only words
are compared, and whether all of them are words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from payloadproof.audit.ids import Ids
from payloadproof.contract import Contract, Event, Property, load, shipped
from payloadproof.errors import HarnessError
from payloadproof.evidence.fields import GEOIP
from payloadproof.evidence.files import Evidence, Flaw, read
from payloadproof.evidence.forms import files_in
from payloadproof.evidence.history import Sent
from payloadproof.evidence.surface import SeenEvent, SeenProperty, Surface, Survey
from payloadproof.outcome.answers import DiffAnswer, Difference
from payloadproof.syntax import toml
from payloadproof.syntax.markdown import code, text
from payloadproof.syntax.printable import printable
from payloadproof.version import VERSION

GROWN = 1.5  # times as many of an event, per installation and day
_WORD = re.compile(r"\$?[a-z]{1,16}([_-][a-z0-9]{1,16}){0,5}")
#: Keys that ask the service for less: without them more is collected.
PROTECTS = {
    GEOIP: "the place of the sender's address is looked up and stored",
    "$cookieless_mode": "the service identifies the sender by other means",
}
# A name that would not be read back as one is written as TOML writes it.
_BARE_EVENT = re.compile(r'[^\s:."#][^\s:."]*')
_BARE_KEY = re.compile(r'[^\s:"]+')
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_REASON = re.compile(
    rf"(?P<event>{_QUOTED}|{_BARE_EVENT.pattern})(?:\.(?P<key>{_QUOTED}|{_BARE_KEY.pattern}))?"
    r":\s*(?P<reason>\S.*)"
)
_BAR = re.compile(r"(?<!\\)\|")
_KINDS = {
    **dict.fromkeys(("count", "number", "epoch_ms"), "number"),
    "bool": "boolean",
}


class Change(NamedTuple):
    """One difference, in an event or in a ``key`` of it."""

    what: Literal["new", "gone"]
    event: str
    key: str | None
    said: str

    @property
    def place(self) -> str:
        """The event, or the event and the key with a dot between, as in a file of reasons."""
        return _place(self.event, self.key)


def _place(event: str, key: str | None = None) -> str:
    named = event if event.isprintable() and _BARE_EVENT.fullmatch(event) else toml.text(event)
    if key is None:
        return named
    return f"{named}.{key if key.isprintable() and _BARE_KEY.fullmatch(key) else toml.text(key)}"


class Side(NamedTuple):
    """One of the two.

    Attributes:
        name: as it was given.
        surface: what is in it.
        measured: how often was seen, not only what may be.
        flaws: what could not be read.
        ids: of each event and each of its ids, the forms that it has.
        allowed: keys that any event may have, and need not.
    """

    name: str
    surface: Surface
    measured: bool
    flaws: tuple[tuple[str, Flaw], ...] = ()
    ids: Mapping[str, Mapping[str, frozenset[str]]] = {}
    allowed: frozenset[str] = frozenset()


def side(path: Path) -> Side:
    """Read a contract (its name, or TOML), a file of evidence, or a directory of goldens.

    Raises:
        HarnessError, ContractError: it is none of them.
    """
    is_name = str(path).replace("-", "_") in shipped() and not path.exists()
    if is_name or path.suffix == ".toml":
        contract = load(str(path))
        # Stamps are the library's, and what asks the service for less is judged by other clauses.
        allowed = contract.wire.every_stamp | {*contract.wire.directives, *PROTECTS}
        return Side(str(path), declared(contract), measured=False, allowed=allowed)
    files = files_in([path])
    survey, ids = Survey(), Ids()
    flaws = [flaw for file in files for flaw in _surveyed(read(file), survey, ids)]
    return Side(str(path), survey.surface(), measured=True, flaws=tuple(flaws), ids=ids.forms())


def _surveyed(evidence: Evidence, survey: Survey, ids: Ids) -> Iterator[tuple[str, Flaw]]:
    for piece in evidence.pieces:
        if isinstance(piece, Flaw):
            yield str(evidence.path), piece
            continue
        for event in piece.events:
            sent = Sent(event, piece)
            survey.add(sent)
            ids.add(sent)


def declared(contract: Contract) -> Surface:
    """What a contract lets a program send."""
    return Surface(
        events={name: _declared(contract, event) for name, event in contract.events.items()},
        requests=0,
        bytes=0,
        installs=0,
    )


def _declared(contract: Contract, event: Event) -> SeenEvent:
    keys = (*event.properties, *(contract.base if event.base else ()))
    shapes = {**{key: contract.properties[key] for key in keys}, **event.own_properties}
    if event.profile:
        shapes |= {f"$set.{key}": contract.properties[key] for key in contract.person}
    return SeenEvent(
        times=0,
        profile=("absent", "true") if event.profile else ("false",),
        days=0,
        properties={key: _shape(shape) for key, shape in shapes.items()},
    )


def _shape(prop: Property) -> SeenProperty:
    kind = _KINDS.get(prop.type, "text")
    values = ("false", "true") if kind == "boolean" else prop.values
    return SeenProperty(
        times=0, kinds=(kind,), values=tuple(sorted(values)), more=kind == "text" and not values
    )


def changes(old: Side, new: Side) -> tuple[Change, ...]:
    """Every difference, events in the order of their names."""
    before, after = old.surface.events, new.surface.events
    allowed = old.allowed | new.allowed if not old.measured or not new.measured else frozenset()
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name not in before:
            keys = ", ".join(after[name].properties)
            found.append(Change("new", name, None, f"a new event, with {keys or 'no properties'}"))
        elif name not in after:
            found.append(Change("gone", name, None, "no longer sent"))
        else:
            measured = old.measured and new.measured
            of_event = _of_event(name, before[name], after[name], measured=measured)
            found += [one for one in of_event if one.key not in allowed]
            if measured:
                found += _forms(name, old.ids.get(name, {}), new.ids.get(name, {}))
                found += _volume(name, before[name], after[name])
    return tuple(found)


def _forms(
    name: str, old: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]]
) -> Iterator[Change]:
    """What ids look like that did not before."""
    for key in sorted(old.keys() & new.keys()):
        if forms := sorted(new[key] - old[key]):
            said = f"now {', '.join(forms)}: it was {', '.join(sorted(old[key]))}"
            yield Change("new", name, key, said)


def _of_event(name: str, old: SeenEvent, new: SeenEvent, *, measured: bool) -> Iterator[Change]:
    flags = sorted({*new.profile} - {*old.profile})
    if flags:
        said = f"$process_person_profile {', '.join(flags)}: it was {', '.join(old.profile)}"
        yield Change("new", name, "$process_person_profile", said)
    for key in sorted({*old.properties, *new.properties} - {"$process_person_profile"}):
        if key not in old.properties:
            yield Change("new", name, key, f"a new key: {described(new.properties[key])}")
        elif measured and key in PROTECTS and _share(new, key) < _share(old, key):
            left = "no longer sent" if key not in new.properties else "missing on some events now"
            yield Change("new", name, key, f"{left}: {PROTECTS[key]}")
        elif key not in new.properties:
            yield Change("gone", name, key, "no longer sent")
        else:
            wider = "; ".join(_wider(old.properties[key], new.properties[key]))
            if wider:
                yield Change("new", name, key, wider)


def _share(event: SeenEvent, key: str) -> float:
    """On how many of an event a key is; of what a contract declares, on all or none."""
    seen = event.properties.get(key)
    return seen.times / event.times if seen and event.times else float(seen is not None)


def _wider(old: SeenProperty, new: SeenProperty) -> Iterator[str]:
    kinds = sorted({*new.kinds} - {*old.kinds})
    if kinds:
        yield f"now {', '.join(kinds)} too: it was {', '.join(old.kinds)}"
    if old.more:
        return
    words = sorted(one for one in {*new.values} - {*old.values} if _WORD.fullmatch(one))
    if words:
        yield f"new values: {', '.join(words)}"
    if old.values and all(map(_WORD.fullmatch, old.values)):
        if new.more:
            yield "values that are no closed set any more"
        elif not all(map(_WORD.fullmatch, new.values)):
            yield "values that are no plain words, as all were before"


def _volume(name: str, old: SeenEvent, new: SeenEvent) -> Iterator[Change]:
    before, after = (one.times / max(one.days, 1) for one in (old, new))
    said = f"{after:,.3g} per installation and day: it was {before:,.3g}"
    if after > before * GROWN:
        yield Change("new", name, None, said)
    elif after * GROWN < before:
        yield Change("gone", name, None, said)


def described(seen: SeenProperty) -> str:
    """What a property holds, in a few words."""
    if seen.values and not seen.more:
        return ", ".join(seen.values)
    return " or ".join(seen.kinds)


def reasons(path: Path) -> dict[str, str]:
    """A file of reasons: ``EVENT: reason`` or ``EVENT.KEY: reason``, one a line, ``#`` for notes.

    A name with a blank, a colon or a quote in it stands in quotes, as TOML writes it; so does an
    event with a dot in it, or one that begins with ``#``.

    Raises:
        HarnessError: it cannot be read, or a line is none of these.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(
            code="reasons-unreadable",
            message=f"{path} cannot be read: {getattr(error, 'strerror', 'it is no UTF-8')}",
            next="name a text file with lines of the form EVENT.KEY: reason",
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _REASON.fullmatch(line.strip())
        place = parts and _place_of(parts["event"], parts["key"])
        if parts is None or place is None:
            raise HarnessError(
                code="reasons-malformed",
                message=f"{path}, line {number}: {line.strip()!r} is not EVENT.KEY: reason",
                next="write for example  search_performed.result_count: shown in the dashboard",
            )
        found[place] = parts["reason"]
    return found


def _place_of(event: str, key: str | None) -> str | None:
    """A place as it is written here; None where a name in quotes is not TOML."""
    try:
        return _place(_name(event), None if key is None else _name(key))
    except tomllib.TOMLDecodeError:
        return None


def _name(written: str) -> str:
    return str(tomllib.loads(f"x = {written}")["x"]) if written.startswith('"') else written


def reason_for(change: Change, given: Mapping[str, str]) -> str | None:
    """The reason of a change: its own, or that of its event."""
    return given.get(change.place, given.get(_place(change.event)))


def markdown(old: Side, new: Side, found: tuple[Change, ...], given: Mapping[str, str]) -> str:
    """A page for a release: what is new with its reasons, then what is gone."""
    lines = [f"# What {code(new.name)} sends, compared with {code(old.name)}", ""]
    fresh = [one for one in found if one.what == "new"]
    gone = [one for one in found if one.what == "gone"]
    if not found:
        lines += ["Nothing is new, and nothing is gone.", ""]
    if fresh:
        lines += ["## New", "", "| where | what | reason |", "|---|---|---|"]
        for one in fresh:
            why = reason_for(one, given) or "**none given**"
            lines.append(f"| {code(one.place, cell=True)} | {text(one.said)} | {_own(why)} |")
        lines.append("")
    if gone:
        lines += ["## Less than before", "", "| where | what |", "|---|---|"]
        lines += [f"| {code(one.place, cell=True)} | {text(one.said)} |" for one in gone]
        lines.append("")
    if unused := _unused(found, given):
        lines += [f"Reasons that explain nothing: {', '.join(map(code, unused))}", ""]
    return "\n".join(lines)


def diff_answer(
    old: Side, new: Side, found: tuple[Change, ...], given: Mapping[str, str]
) -> DiffAnswer:
    """The same as values."""
    told = tuple(
        Difference(
            what=one.what,
            event=one.event,
            key=one.key,
            place=one.place,
            text=one.said,
            reason=reason_for(one, given),
        )
        for one in found
    )
    unexplained = any(one.what == "new" and not one.reason for one in told)
    return DiffAnswer(
        payloadproof=VERSION,
        old=old.name,
        new=new.name,
        exit_code=2 if old.flaws or new.flaws else int(unexplained),
        changes=told,
        unused=_unused(found, given),
    )


def _unused(found: tuple[Change, ...], given: Mapping[str, str]) -> tuple[str, ...]:
    used = {place for one in found if one.what == "new" for place in (one.place, _place(one.event))}
    return tuple(sorted(place for place in given if place not in used))


def _own(reason: str) -> str:
    """A reason is its author's own Markdown, but for what would end the cell."""
    return _BAR.sub(r"\|", printable(reason))

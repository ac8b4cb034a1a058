"""What a program may collect, as its contract says it.

Rule 1: nothing here imports the rest of payloadproof, the errors of a contract excepted.
Rule 2: nothing here knows a product. A name that only claude-mem has belongs in its TOML file.
Rule 3: a contract is checked whole when it is loaded; what comes out can be trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from payloadproof.contract.backfill import Backfill, backfill_flaws
from payloadproof.contract.command import ConsentCommand
from payloadproof.contract.consent import KEPT, Consent, ConsentFile
from payloadproof.contract.consent_flaws import consent_flaws
from payloadproof.contract.error_text import ErrorText, error_flaws
from payloadproof.contract.posthog import STAMPS, Sdk
from payloadproof.contract.problem import (
    ContractError,
    Flaw,
    guessed,
    located,
    mended,
    not_of,
    quoted,
    read_toml,
    type_flaws,
)
from payloadproof.contract.property import Line, Positive, Property, property_flaws
from payloadproof.contract.sample import Sample, sample_flaws
from payloadproof.syntax import toml

DEFAULT = "claude_mem"

#: PostHog's services beside capture, as the recorder calls them.
Service = Literal["ai", "flags", "config", "replay", "metrics", "logs", "traces", "surveys"]

_SHIPPED = Path(__file__).with_name("shipped")


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the contract; an unknown key in it is an error, not a comment."""


class Tally(Frozen, frozen=True, kw_only=True):
    """How one property of a rollup follows from the occurrences folded into it.

    ``count``: occurrences, or those whose ``of`` equals ``equals``; ``sum`` and ``mean``: of ``of``
    over the occurrences that carry it; ``mode``: its most frequent value, absent without any;
    ``first_time``: epoch milliseconds of the first occurrence.
    """

    op: Literal["count", "sum", "mean", "mode", "first_time"]
    of: str | None = None
    equals: str | None = None


class Fold(Frozen, frozen=True, kw_only=True):
    """Which occurrences a rollup folds, and by what arithmetic."""

    occurrence: str
    properties: dict[str, Tally]
    attribution: str | None = None  # the property that can carry a session's marker
    reason: str | None = None  # the property that says why the rollup was sent
    reason_session_end: str | None = None
    reason_shutdown: str | None = None
    reason_safety: str | None = None
    sequence: str | None = None  # the property that counts a session's rollups, from 0


class Event(Frozen, frozen=True, kw_only=True):
    """One event that may be sent. A grain or a ceiling is mandatory: no unbounded streams."""

    kind: Literal["lifecycle", "direct", "rollup", "exception", "historical"]
    description: Line
    properties: tuple[str, ...]
    transport: Literal["worker", "cli"] = "worker"
    base: bool = True  # also carries the base properties
    profile: bool = False  # may build a person profile, and carry $set
    ceiling_per_day: Positive | None = None  # per install
    grain: Literal["session", "window", "day", "install"] | None = None
    fold: Fold | None = None
    error: ErrorText | None = None
    sample: Sample | None = None
    own_properties: dict[str, Property] = {}  # keys allowed on this event alone


class Occurrence(Frozen, frozen=True, kw_only=True):
    """What a program records before it is folded. Its name is never on the wire."""

    key: Literal["session", "none"]
    properties: tuple[str, ...]


class Variables(Frozen, frozen=True, kw_only=True):
    """Environment variables through which a run is pointed at the recorder.

    A program that has its host or its project key as a constant has no variable for it.
    """

    host: str | None = None
    key: str | None = None
    data_dir: str | None = None
    debug: str | None = None
    errors: str | None = None


class Wire(Frozen, frozen=True, kw_only=True):
    """What PostHog's own ``$`` keys may say."""

    geoip_disable: bool
    directives: tuple[str, ...]
    stamps: tuple[str, ...]
    hosts: tuple[str, ...] = ()  # whom the program may speak to; none listed: not judged
    prefix: str = ""  # the path that a proxy of the product's puts before PostHog's: "/ingest"
    services: tuple[Service, ...] = ()  # those of PostHog's, beside capture, that it may ask
    flags: dict[str, bool | str] = {}  # what the recorder says of a feature flag, where it is asked
    sdk: tuple[Sdk, ...] = ()  # packages of PostHog's whose stamps are allowed, beside `stamps`

    @property
    def every_stamp(self) -> frozenset[str]:
        """The listed ones, those of the packages, and those of the flags that it asks for."""
        of_packages = (stamp for sdk in self.sdk for stamp in STAMPS[sdk])
        of_flags = [f"$feature/{name}" for name in self.flags]
        active = ["$active_feature_flags"] if self.flags else []
        return frozenset((*self.stamps, *of_packages, *of_flags, *active))


class Files(Frozen, frozen=True, kw_only=True):
    """Globs, relative to the data directory, of files that are written whatever the consent."""

    log: tuple[str, ...] = ()


class Process(Frozen, frozen=True, kw_only=True):
    """What is promised of the program's processes; what is left out is not judged."""

    fork: Literal["delivers", "loses"] | None = None  # what the child of a fork captures
    sigterm: Literal["delivers", "loses"] | None = None  # what waits when SIGTERM comes


class Limits(Frozen, frozen=True, kw_only=True):
    """Bounds the clauses judge by. Times in milliseconds."""

    string_max_chars: Positive = 200
    shutdown_ms: Positive = 3_000
    cli_capture_ms: Positive = 2_000
    safety_max_age_ms: Positive | None = None
    safety_max_records: Positive | None = None
    safety_sweep_ms: Positive | None = None
    window_ms: Positive | None = None


class Product(Frozen, frozen=True, kw_only=True):
    """Whose contract this is."""

    name: str
    description: Line
    homepage: str | None = None


class Contract(Frozen, frozen=True, kw_only=True):
    """Everything a program may send, and under which consent."""

    format: Literal[1]
    product: Product
    consent: Consent
    variables: Variables = Variables()
    wire: Wire
    properties: dict[str, Property]
    events: dict[str, Event]
    base: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    forbidden_events: tuple[str, ...] = ()
    occurrences: dict[str, Occurrence] = {}
    backfill: Backfill | None = None
    files: Files = Files()
    process: Process = Process()
    limits: Limits = Limits()

    @property
    def rollups(self) -> dict[str, Event]:
        """The events that fold occurrences."""
        return {name: event for name, event in self.events.items() if event.fold is not None}

    @property
    def errors(self) -> dict[str, ErrorText]:
        """The events that carry errors, and where in them the text is."""
        return {name: event.error for name, event in self.events.items() if event.error}

    def pointed_at(self, host: str, token: str) -> dict[str, str]:
        """The variables, as far as there are any, that send its telemetry to a recorder."""
        named = {self.variables.host: host, self.variables.key: token}
        return {name: value for name, value in named.items() if name}

    @property
    def variable_names(self) -> frozenset[str]:
        """Every environment variable that means something to the product."""
        layers = (x.name for x in self.consent.layers if not isinstance(x, KEPT))
        named = msgspec.structs.astuple(self.variables)
        return frozenset({*layers, *(name for name in named if name)})

    @property
    def consent_file(self) -> ConsentFile | None:
        """The file layer of the consent chain, where there is one."""
        return next((x for x in self.consent.layers if isinstance(x, ConsentFile)), None)

    @property
    def consent_command(self) -> ConsentCommand | None:
        """The command layer of the consent chain, where there is one."""
        return next((x for x in self.consent.layers if isinstance(x, ConsentCommand)), None)


def shipped() -> tuple[str, ...]:
    """Names of the contracts that come with payloadproof."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


def load(source: str | Path) -> Contract:
    """The contract of this name (``claude_mem``, or ``claude-mem``), or in this file.

    Raises:
        ContractError: there is no such file, or it is not a sound contract.
    """
    name = str(source).replace("-", "_")
    path = _SHIPPED / f"{name}.toml" if name in shipped() else Path(source)
    raw = read_toml(path, shipped())
    told = type_flaws(raw, Contract)
    try:
        contract: Contract = mended(raw, Contract) if told else msgspec.convert(raw, Contract)
    except (msgspec.ValidationError, ValueError) as error:  # the latter: an endless number
        whole = Flaw("", "a sound contract", str(error), "payloadproof contract claude_mem")
        raise ContractError(str(path), *located(path, told or (whole,))) from None
    told += tuple(not_of(told, _contradictions(contract)))
    if told:
        raise ContractError(str(path), *located(path, told))
    return contract


def _contradictions(contract: Contract) -> Iterator[Flaw]:
    """What every table allows by itself, and the contract as a whole does not."""
    yield from consent_flaws(contract.consent)
    for name, prop in contract.properties.items():
        yield from property_flaws(prop, toml.dotted("properties", name))
    yield from _unknown(contract.base, contract.properties, "base")
    yield from _unknown(contract.person, contract.properties, "person")
    for name, occurrence in contract.occurrences.items():
        key = toml.dotted("occurrences", name)
        yield from _unknown(occurrence.properties, contract.properties, f"{key}.properties")
    for name, event in contract.events.items():
        yield from _event_flaws(contract, event, toml.dotted("events", name))
    for index, name in enumerate(contract.forbidden_events):
        if name in contract.events:
            yield Flaw(
                key=f"forbidden_events[{index}]",
                expected="an event that is not declared under [events]",
                found=quoted([name]),
                example='forbidden_events = ["test_event"]',
            )
    yield from backfill_flaws(contract.backfill, contract.events, contract.properties)
    prefix = contract.wire.prefix
    if prefix and (not prefix.startswith("/") or prefix.endswith("/") or "?" in prefix):
        yield Flaw(
            key="wire.prefix",
            expected="a path that begins with a slash and does not end with one",
            found=quoted([prefix]),
            example='prefix = "/ingest"',
        )
    dollars = {"directives": contract.wire.directives, "stamps": contract.wire.stamps}
    for key, names in dollars.items():
        for index, name in enumerate(names):
            if not name.startswith("$"):
                yield Flaw(
                    key=f"wire.{key}[{index}]",
                    expected="a key of PostHog's own, which starts with $",
                    found=quoted([name]),
                    example=toml.assigned(key, [f"${name}"]),
                )


def _unknown(
    names: Collection[str], known: Collection[str], key: str, where: str = "[properties]"
) -> Iterator[Flaw]:
    for index, name in enumerate(names):
        if name not in known:
            yield Flaw(
                key=f"{key}[{index}]",
                expected=f"a name from {where}",
                found=guessed(name, known),
                example=toml.assigned(key.rpartition(".")[2], list(known)[:1]),
            )


def _event_flaws(contract: Contract, event: Event, key: str) -> Iterator[Flaw]:
    for name, prop in event.own_properties.items():
        yield from property_flaws(prop, toml.dotted(f"{key}.own_properties", name))
    yield from _unknown(event.properties, contract.properties, f"{key}.properties")
    # No unbounded streams: whatever is sent is counted, or has a grain.
    if event.grain is None and event.ceiling_per_day is None:
        expected = "how often it may be sent: a grain or a ceiling_per_day"
        yield Flaw(key, expected, "neither", "ceiling_per_day = 48")
    if event.kind == "rollup" and event.fold is None:
        expected, example = "a fold: what a rollup is made of", 'fold.occurrence = "turn_ended"'
        yield Flaw(f"{key}.fold", expected, "nothing", example)
    yield from error_flaws(event.error, event.own_properties, f"{key}.error")
    yield from sample_flaws(event.sample, event.kind, f"{key}.sample")
    if event.fold is not None:
        if event.kind != "rollup":
            found = f"a fold of a {event.kind} event"
            yield Flaw(f"{key}.fold", "no fold, or the kind rollup", found, 'kind = "rollup"')
        yield from _fold_flaws(contract, event, event.fold, f"{key}.fold")


def _fold_flaws(contract: Contract, event: Event, fold: Fold, key: str) -> Iterator[Flaw]:
    occurrence = contract.occurrences.get(fold.occurrence)
    if occurrence is None:
        expected = "a name from [occurrences]"
        found = guessed(fold.occurrence, contract.occurrences)
        first = next(iter(contract.occurrences), "turn_ended")
        yield Flaw(f"{key}.occurrence", expected, found, toml.assigned("occurrence", first))
        return
    if (event.grain == "session") != (occurrence.key == "session"):
        expected = "grain session where the occurrence has key session, and only there"
        found = f'grain {event.grain or "none"}, and key "{occurrence.key}"'
        example = 'grain = "session"' if occurrence.key == "session" else 'grain = "window"'
        yield Flaw(f"{key.removesuffix('.fold')}.grain", expected, found, example)
    roles = {"attribution": fold.attribution, "reason": fold.reason, "sequence": fold.sequence}
    declared = {f"{key}.{role}": name for role, name in roles.items() if name is not None}
    declared |= {toml.dotted(f"{key}.properties", name): name for name in fold.properties}
    for place, name in declared.items():
        if name not in event.properties:
            expected = "a property that this event declares"
            example = toml.assigned("properties", [name])
            yield Flaw(place, expected, guessed(name, event.properties), example)
    yield from _reason_flaws(contract, fold, key)
    for name, tally in fold.properties.items():
        place = toml.dotted(f"{key}.properties", name)
        yield from _tally_flaws(contract, occurrence, tally, place)


def _reason_flaws(contract: Contract, fold: Fold, key: str) -> Iterator[Flaw]:
    reasons = {
        "reason_session_end": fold.reason_session_end,
        "reason_shutdown": fold.reason_shutdown,
        "reason_safety": fold.reason_safety,
    }
    reason = contract.properties.get(fold.reason or "")
    values = reason.values if reason else ()
    for role, value in reasons.items():
        if value is not None and value not in values:
            expected = f"one of {quoted(values)}" if values else "a reason property that is an enum"
            example = toml.assigned(role, values[0]) if values else 'reason = "rollup_reason"'
            yield Flaw(f"{key}.{role}", expected, guessed(value, values), example)


def _tally_flaws(
    contract: Contract, occurrence: Occurrence, tally: Tally, key: str
) -> Iterator[Flaw]:
    of = toml.assigned("of", next(iter(occurrence.properties), "outcome"))
    if tally.op in {"sum", "mean", "mode"} and tally.of is None:
        expected = f"the property of the occurrence that {tally.op} is taken of"
        yield Flaw(f"{key}.of", expected, "nothing", of)
    if tally.op == "first_time" and tally.of is not None:
        expected, found = "nothing: first_time is of the occurrence itself", quoted([tally.of])
        yield Flaw(f"{key}.of", expected, found, 'window_start_ts = { op = "first_time" }')
    if tally.of is not None and tally.of not in occurrence.properties:
        found = guessed(tally.of, occurrence.properties)
        yield Flaw(f"{key}.of", "a property of the occurrence", found, of)
    if (tally.op == "count" and tally.of is not None) != (tally.equals is not None):
        found = "nothing" if tally.equals is None else quoted([tally.equals])
        example = 'outcomes_ok = { op = "count", of = "outcome", equals = "ok" }'
        yield Flaw(f"{key}.equals", "equals together with of, in a count", found, example)
    prop = contract.properties.get(tally.of or "")
    values = prop.values if prop else ()
    if tally.equals is not None and values and tally.equals not in values:
        expected, found = f"one of {quoted(values)}", guessed(tally.equals, values)
        yield Flaw(f"{key}.equals", expected, found, toml.assigned("equals", values[0]))

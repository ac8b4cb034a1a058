"""The meter: what of that which PostHog keeps it counts, and as what.

Rule 1: it counts rows as :mod:`payloadproof.recorder.ingest` keeps them: a retry is one row.
Rule 2: two counts of events, all and those with a person; both leave out what has a meter of its
own or none (PostHog/posthog ``posthog/tasks/usage_report.py``, read in a stored version, not run).
Rule 3: what was sent as the past is counted apart: imports are free, and a usage report counts the
events of the day before by their timestamp.
Rule 4: what is remembered grows with installs and kinds of events, and by a number for each row,
never with what the rows hold.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Literal

import msgspec

from payloadproof.recorder.ingest import Arrival, Ingestion, Kept, unknown
from payloadproof.recorder.ledger import Event, Request
from payloadproof.recorder.routes import bare

Counted = Literal["events", "exceptions", "flag calls", "surveys", "AI events"]
#: Left out of both counts of events; what begins with $ai_ is, too.
_APART: dict[str, Counted] = {
    "$exception": "exceptions",
    "$feature_flag_called": "flag calls",
    "survey sent": "surveys",
    "survey shown": "surveys",
    "survey dismissed": "surveys",
}
_AI = "$ai_"
#: Of the paths of the flags service, those that fetch definitions: one costs as much as ten.
_DEFINITIONS = ("/api/feature_flag/local_evaluation", "/flags/definitions")
_DEFINITIONS_COST = 10


def counted_as(name: object) -> Counted:
    """Which count an event of a name belongs to."""
    text = str(name)
    return _APART.get(text) or ("AI events" if text.startswith(_AI) else "events")


class Metered(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted.

    Attributes:
        events: of product analytics, all.
        identified: those of them that have a person; ``upgraded``: of these, how many say that they
            want none.
        exceptions: of error tracking.
        flags: requests for feature flags.
        apart: what costs nothing here, by what it is: surveys and AI events have meters of their
            own, which are not modelled.
        past: sent as the past, free.
        repeats: copies, that are no rows of their own.
        installs: persons, or distinct ids without one.
        days: in UTC.
    """

    events: int = 0
    identified: int = 0
    upgraded: int = 0
    exceptions: int = 0
    flags: int = 0
    apart: dict[str, int] = {}
    past: int = 0
    repeats: int = 0
    installs: int = 0
    days: int = 0

    def __add__(self, other: Metered) -> Metered:
        """Both, where neither saw any of what the other did; of days the more."""
        both = {
            name: getattr(self, name) + getattr(other, name)
            for name in self.__struct_fields__
            if name not in ("apart", "days")
        }
        apart = dict(sorted((Counter(self.apart) + Counter(other.apart)).items()))
        return Metered(**both, apart=apart, days=max(self.days, other.days))

    def __bool__(self) -> bool:
        """Whether there was anything to count."""
        return self != Metered()


class Install:
    """What one distinct id has sent; the ids of a person are put together in the end."""

    __slots__ = ("by_day", "cheap", "exceptions", "flags")

    def __init__(self) -> None:
        self.by_day: Counter[int] = Counter()  # events, by the ordinal of the day; 0 for no time
        self.exceptions = 0
        self.flags = 0
        self.cheap: Counter[str] = Counter()  # events billed without a person, by name

    @property
    def events(self) -> int:
        """How many are billed."""
        return self.by_day.total()

    def take(self, other: Install) -> None:
        """The other is the same one."""
        self.by_day += other.by_day
        self.exceptions += other.exceptions
        self.flags += other.flags
        self.cheap += other.cheap


class Tally:
    """Of one name: how many rows, how many with a person, and who made the persons of the rest."""

    __slots__ = ("identified", "makers", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self.identified = 0
        self.makers: Counter[str] = Counter()  # upgraded, by the name of the event that did it

    @property
    def upgraded(self) -> int:
        """How many are billed with a person although they say that they want none."""
        return self.makers.total()


class Meter:
    """Requests in, counts out. ``arrived``: as the ingestion takes it."""

    def __init__(self, arrived: Arrival = unknown) -> None:
        self._ingestion = Ingestion(arrived)
        self._seen: set[int] = set()
        self._installs: defaultdict[str, Install] = defaultdict(Install)
        self._days: set[int] = set()
        self.names: defaultdict[str, Tally] = defaultdict(Tally)
        self.past: Counter[str] = Counter()
        self.flags = 0
        self.repeats = 0
        self.refused = 0  # events that the service did not keep
        self.nameless = 0  # events without a distinct id

    def add(self, requests: Iterable[Request]) -> None:
        """Count what these write, after those before."""
        for request in requests:
            if request.service == "flags":
                self._flags(request)
                continue
            written = 0
            for key, kept in self._ingestion.rows(request):
                written += 1
                mark = None if key is None else hash(key)
                if mark in self._seen:
                    self.repeats += 1
                    continue
                if mark is not None:
                    self._seen.add(mark)
                self._count(kept)
            self.refused += len(request.events) - written

    def _flags(self, request: Request) -> None:
        cost, who = flags_asked(request)
        self.flags += cost
        if who is not None:
            self._installs[who].flags += 1

    def _count(self, kept: Kept) -> None:
        name = str(kept.event.name)
        if kept.lane == "historical":
            self.past[name] += 1
            return
        install = self._installs[kept.who]
        if not _has_id(kept.event):
            self.nameless += 1
        day = kept.at.toordinal() if kept.at else 0
        if day:
            self._days.add(day)
        tally = self.names[name]
        tally.rows += 1
        match counted_as(name):
            case "exceptions":
                install.exceptions += 1
            case "events":
                install.by_day[day] += 1
                if kept.person_mode == "propertyless":
                    install.cheap[name] += 1
                else:
                    tally.identified += 1
                if kept.because is not None:
                    tally.makers[str(kept.because.name)] += 1

    def installs(self) -> dict[str, Install]:
        """By the id that stands for a person, else by the distinct id."""
        found: dict[str, Install] = {}
        for who, install in self._installs.items():
            root = self._ingestion.people.root(who)
            if root not in found:
                found[root] = Install()
            found[root].take(install)
        return found

    def maker(self, who: str) -> str | None:
        """The name of the event that made the person of an id; None where it has none."""
        made = self._ingestion.people.maker(who)
        return None if made is None else str(made.event.name)

    @property
    def days(self) -> list[dt.date]:
        """On which something was, in their order."""
        return [dt.date.fromordinal(one) for one in sorted(self._days)]

    def total(self) -> Metered:
        """What was counted so far."""
        apart: Counter[str] = Counter()
        events = [tally for name, tally in self.names.items() if counted_as(name) == "events"]
        exceptions = 0
        for name, tally in self.names.items():
            match counted_as(name):
                case "exceptions":
                    exceptions += tally.rows
                case "events":
                    pass
                case other:
                    apart[other] += tally.rows
        roots = {self._ingestion.people.root(who) for who in self._installs}
        return Metered(
            events=sum(tally.rows for tally in events),
            identified=sum(tally.identified for tally in events),
            upgraded=sum(tally.upgraded for tally in events),
            exceptions=exceptions,
            flags=self.flags,
            apart=dict(sorted(apart.items())),
            past=self.past.total(),
            repeats=self.repeats,
            installs=len(roots),
            days=len(self._days),
        )


def metered(requests: Iterable[Request], arrived: Arrival = unknown) -> Metered:
    """What was counted of these."""
    meter = Meter(arrived)
    meter.add(requests)
    return meter.total()


def said(counted: Metered, of: str) -> str:
    """In a line, for a report; ``of``: what was counted."""
    upgraded = f", of which {counted.upgraded:,} say that they want no person"
    parts = [
        f"{counted.events:,} event(s)",
        f"{counted.identified:,} of them as identified{upgraded if counted.upgraded else ''}",
    ]
    if counted.exceptions:
        parts.append(f"{counted.exceptions:,} exception(s)")
    if counted.flags:
        parts.append(f"{counted.flags:,} flag request(s)")
    line = f"of {of} PostHog would bill {', '.join(parts)}"
    free = [f"{number:,} {what}" for what, number in counted.apart.items()]
    free += [f"{counted.past:,} of the past"] if counted.past else []
    return line + (f"; not with these: {', '.join(free)}" if free else "")


def _has_id(event: Event) -> bool:
    who = event.distinct_id
    return who is not None and (not isinstance(who, str) or bool(who.strip()))


def flags_asked(request: Request) -> tuple[int, str | None]:
    """What a request for flags costs, and the distinct id that it asks for, where it says one."""
    if request.method in ("OPTIONS", "HEAD"):
        return 0, None
    cost = _DEFINITIONS_COST if bare(request.path).endswith(_DEFINITIONS) else 1
    return cost, _asks_for(request)


def _asks_for(request: Request) -> str | None:
    """The distinct id that flags are asked for; None where the request does not say."""
    try:
        asked = msgspec.json.decode(request.body or b"")
    except (msgspec.DecodeError, RecursionError):
        return None
    who = asked.get("distinct_id") if isinstance(asked, dict) else None
    return who if isinstance(who, str) and who.strip() else None

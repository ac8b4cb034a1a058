"""What PostHog keeps of what it was sent, and how it bills it: deduplication, time and persons.

Rule 1: only a request that the service accepts, and that the script let it store, is ingested;
and of it only what capture did not drop. An ``$exception`` without its list is dropped later.
Rule 2: one row for each UTC date of the timestamp, event, distinct id and uuid; the last one
written stays (PostHog ``posthog/models/event/sql.py``, ReplacingMergeTree). An event without a uuid
is given one on arrival, so that no two of them are one.
Rule 3: only a strict ``false`` keeps a person from being made, and not even that where the distinct
id has one already (PostHog ``nodejs/src/ingestion``: ``decideProcessPerson``, ``force_upgrade``).
Who has one is said by :mod:`payloadproof.recorder.persons`.
Rule 4: a time is corrected by the sender's clock where the time of arrival is known. Where it is
not, as in a scenario whose clock is virtual, the sender's clock is taken to be right.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from payloadproof.recorder.capture_v1 import ILLEGAL_IDS
from payloadproof.recorder.ledger import Event, Request
from payloadproof.recorder.persons import People
from payloadproof.recorder.routes import is_v1
from payloadproof.recorder.unpack import header
from payloadproof.recorder.verdict import PERFORMANCE

PROFILE = "$process_person_profile"
PersonMode = Literal["propertyless", "full", "force_upgrade"]
#: By what an event says itself; "nobody": its id is nobody's, and no person is looked up for it.
Way = Literal["full", "propertyless", "nobody"]
Lane = Literal["main", "historical"]
Arrival = Callable[[Request], dt.datetime | None]

_ACCEPTED_BELOW = 300
_DISTINCT_ID_CHARS = 200
_NUL, _REPLACED = "\0", "\N{REPLACEMENT CHARACTER}"
#: Dropped when they come without a person: they are about nothing else.
ABOUT_PERSONS = ("$identify", "$create_alias", "$merge_dangerously", "$groupidentify")
_PERSON_DIRECTIVES = ("$set", "$set_once", "$unset")
_EXCEPTION_LIST = "$exception_list"
#: What goes the main way whatever the batch says of itself.
_NEVER_HISTORICAL = ("$exception", "$$heatmap", "$$client_ingestion_warning")
#: A timestamp further ahead than this is that of a wrong clock: the time of arrival stands for it.
_AHEAD = dt.timedelta(hours=23)


class Kept(NamedTuple):
    """One row, the request that wrote it, and how it is billed: ``propertyless`` is the cheap rate.

    Attributes:
        event: as it is stored: without what a row that makes no person may not set on one.
        request: that wrote it.
        person_mode: as PostHog's column of that name has it.
        because: the event that made the person, where that is ``force_upgrade``.
        who: the distinct id, as it is stored.
        at: the time that is stored, in UTC; None for a time of arrival that nobody knows.
        lane: ``historical`` for what was sent as the past.
    """

    event: Event
    request: Request
    person_mode: PersonMode
    because: Event | None = None
    who: str = ""
    at: dt.datetime | None = None
    lane: Lane = "main"


def identity(event: Event) -> Hashable | None:
    """What two copies of one event have in common; None when every arrival is an event anew."""
    return _identity(event, time_of(event))


def _identity(event: Event, at: dt.datetime | None) -> Hashable | None:
    if not isinstance(event.uuid, str) or not event.uuid:
        return None
    return at and at.date(), str(event.name), distinct_id(event), stored_uuid(event.uuid)


def stored_uuid(uuid: str) -> str:
    """A uuid as it is stored, whichever way it was written; what is none as it is."""
    try:
        return str(UUID(uuid))
    except ValueError:
        return uuid


def time_of(event: Event) -> dt.datetime | None:
    """The timestamp in UTC; None where the service would take the time of arrival."""
    return moment_of(event.timestamp) if isinstance(event.timestamp, str) else None


@lru_cache(maxsize=16_384)  # several rules ask of each event of what is judged at once
def moment_of(timestamp: str) -> dt.datetime | None:
    """The UTC time that a text says; None where it says none."""
    try:
        moment = dt.datetime.fromisoformat(timestamp)
        return moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def distinct_id(event: Event) -> str:
    """The distinct id as it is stored: what is no text as JSON writes it, cut, and without NUL."""
    return stored_id(event.distinct_id)


def stored_id(who: object) -> str:
    """The same, of the bare value."""
    if not isinstance(who, str):
        who = _as_json(who)
    return who.replace(_NUL, _REPLACED)[:_DISTINCT_ID_CHARS]


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def unknown(_: Request) -> None:
    """When a request arrived, where nobody knows."""


class Ingestion:
    """Requests in their order, and the rows that they write. ``arrived``: when one came, in UTC."""

    def __init__(self, arrived: Arrival = unknown) -> None:
        self.people = People()
        self._arrived = arrived

    def rows(self, request: Request) -> Iterator[tuple[Hashable | None, Kept]]:
        """What a request writes, each with what its copies have in common (:func:`identity`)."""
        if not is_kept(request):
            return
        dropped = dict(request.dropped)
        sent_at, arrived = sent_at_of(request), self._arrived(request)
        for number, event in enumerate(request.events):
            if number in dropped or is_dropped_later(event.name, event.properties):
                continue
            at = stored_at(event, sent_at, arrived)
            kept = self._processed(event, request, at)
            if kept is not None:
                yield _identity(event, at), kept

    def _processed(self, event: Event, request: Request, at: dt.datetime | None) -> Kept | None:
        properties = event.properties if isinstance(event.properties, dict) else {}
        who = distinct_id(event)
        lane = lane_of(event.name, request)
        # capture v1 takes an id that is nobody's, and lets it make no person.
        nobody = is_v1(request.path) and is_nobody(who)
        way = way_of(event.name, wants=wants_a_person(properties.get(PROFILE)), nobody=nobody)
        if way is None:
            return None
        if way == "full":
            self.people.process(who, event, at)
            stored = _stripped(event) if event.name == "$groupidentify" else event
            return Kept(stored, request, "full", None, who, at, lane)
        maker = None if way == "nobody" else self.people.upgrades(who, at)
        mode: PersonMode = "propertyless" if maker is None else "force_upgrade"
        return Kept(_stripped(event), request, mode, maker, who, at, lane)


def ingested(requests: Iterable[Request], arrived: Arrival = unknown) -> tuple[Kept, ...]:
    """The rows that are left, in the order in which their events first arrived.

    Args:
        requests: in the order of arrival.
        arrived: when each came, in UTC; None of it where nobody knows.
    """
    rows: dict[Hashable, Kept] = {}
    ingestion = Ingestion(arrived)
    number = 0
    for request in requests:
        for key, kept in ingestion.rows(request):
            number += 1
            rows[number if key is None else key] = kept
    return tuple(rows.values())


def is_kept(request: Request) -> bool:
    """Whether the service takes a request, and the script lets it store what is in it (Rule 1)."""
    return request.stored and request.status < _ACCEPTED_BELOW


def lane_of(name: object, request: Request) -> Lane:
    """Which way an event of a name goes in a request."""
    past = request.envelope.get("historical_migration") is True
    return "historical" if past and name not in _NEVER_HISTORICAL else "main"


def wants_a_person(flag: object) -> bool:
    """Whether an event asks for a person; ``flag``: what it says of that, if anything."""
    return flag is not False


def way_of(name: object, *, wants: bool, nobody: bool) -> Way | None:
    """How an event is processed, by what it says itself; None where it is not stored.

    Of one without a person it is only said that it wants none: it gets one that is there already.
    """
    if wants and not nobody:
        return "full"
    if name in ABOUT_PERSONS:
        return None
    return "nobody" if nobody else "propertyless"


def is_nobody(who: str) -> bool:
    """Whether capture v1 takes an id for nobody's."""
    return who.strip().lower() in ILLEGAL_IDS


def is_dropped_later(name: object, properties: object) -> bool:
    """Whether an event that was taken is not stored."""
    if name == "$exception":
        return not isinstance(properties, dict) or _EXCEPTION_LIST not in properties
    return name == PERFORMANCE


def _stripped(event: Event) -> Event:
    """The event without what it would set on a person."""
    properties = event.properties
    if isinstance(properties, dict) and any(key in properties for key in _PERSON_DIRECTIVES):
        properties = {k: v for k, v in properties.items() if k not in _PERSON_DIRECTIVES}
    beside = event.top_level
    if any(key in beside for key in _PERSON_DIRECTIVES):
        beside = {k: v for k, v in beside.items() if k not in _PERSON_DIRECTIVES}
    if properties is event.properties and beside is event.top_level:
        return event
    return msgspec.structs.replace(event, properties=properties, top_level=beside)


def sent_at_of(request: Request) -> dt.datetime | None:
    """What the sender's clock said: v0 in the batch, v1 in a header."""
    said: object = request.envelope.get("sent_at")
    if is_v1(request.path):
        said = header(request.headers, "posthog-request-timestamp")
    return moment_of(said) if isinstance(said, str) else None


def stored_at(
    event: Event, sent_at: dt.datetime | None, arrived: dt.datetime | None
) -> dt.datetime | None:
    """capture: ``parse_event_timestamp``."""
    now = arrived or sent_at
    offset = event.top_level.get("offset")
    if now is not None and isinstance(offset, int) and not isinstance(offset, bool):
        return _moved(now, -offset / 1000)
    said = time_of(event)
    if said is None or now is None:
        return said or now
    properties = event.properties if isinstance(event.properties, dict) else {}
    if (
        sent_at is not None
        and arrived is not None
        and properties.get("$ignore_sent_at") is not True
    ):
        said = _moved(said, (arrived - sent_at).total_seconds())
    return now if said - now > _AHEAD else said


def _moved(moment: dt.datetime, seconds: float) -> dt.datetime:
    try:
        return moment + dt.timedelta(seconds=seconds)
    except OverflowError:
        return moment

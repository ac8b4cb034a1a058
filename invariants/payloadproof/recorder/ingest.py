"""What PostHog keeps of what it was sent, and what it bills: deduplication and persons.

Rule 1: only a request that the service accepts, and that the script let it store, is ingested.
Rule 2: one row for each UTC date of the timestamp, event, distinct id and uuid; the last one
written stays (PostHog ``posthog/models/event/sql.py``, ReplacingMergeTree). An event without a uuid
is given one on arrival, so that no two of them are one.
Rule 3: only a strict ``false`` keeps a person from being made, and not even that where the distinct
id has one already (PostHog ``nodejs/src/ingestion``: ``decideProcessPerson``, ``force_upgrade``).

Left out: the correction of the timestamp by ``sent_at``. It needs the time of arrival, which has
nothing to do with the time of a scenario whose clock is virtual.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

from payloadproof.recorder.ledger import Event, Request

PROFILE = "$process_person_profile"
PersonMode = Literal["propertyless", "full", "force_upgrade"]

_ACCEPTED_BELOW = 300
_DISTINCT_ID_CHARS = 200
#: A person younger than this does not upgrade an event: it may just have been made by a race.
_UPGRADE_AFTER = dt.timedelta(minutes=1)
#: Dropped when they come without a person: they are about nothing else.
_ABOUT_PERSONS = {"$identify", "$create_alias", "$merge_dangerously", "$groupidentify"}


class Kept(NamedTuple):
    """One row, the request that wrote it, and how it is billed: ``propertyless`` is the cheap rate.

    ``because``: the event that made the person, where ``person_mode`` is ``force_upgrade``.
    """

    event: Event
    request: Request
    person_mode: PersonMode
    because: Event | None = None


def identity(event: Event) -> Hashable | None:
    """What two copies of one event have in common; None when every arrival is an event anew."""
    if not isinstance(event.uuid, str) or not event.uuid:
        return None
    try:
        uuid = UUID(event.uuid).hex
    except ValueError:
        uuid = event.uuid
    moment = time_of(event)
    return moment and moment.date(), str(event.name), _distinct_id(event), uuid


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


def ingested(requests: Iterable[Request]) -> tuple[Kept, ...]:
    """The rows that are left, in the order in which their events first arrived."""
    rows: dict[Hashable, Kept] = {}
    made: dict[str, Event] = {}  # the event that made the person, by distinct id
    for request in requests:
        if not request.stored or request.status >= _ACCEPTED_BELOW:
            continue
        for event in request.events:
            kept = _processed(event, request, made)
            if kept is not None:
                # An event without an identity is kept under its own object.
                rows[identity(event) or id(event)] = kept
    return tuple(rows.values())


def _processed(event: Event, request: Request, made: dict[str, Event]) -> Kept | None:
    properties = event.properties if isinstance(event.properties, dict) else {}
    who = _distinct_id(event)
    if properties.get(PROFILE) is not False:
        made.setdefault(who, event)
        return Kept(event, request, "full")
    if event.name in _ABOUT_PERSONS:
        return None
    maker = made.get(who)
    if maker is None or not _is_older(maker, event):
        return Kept(event, request, "propertyless")
    return Kept(event, request, "force_upgrade", maker)


def _is_older(maker: Event, event: Event) -> bool:
    born, now = time_of(maker), time_of(event)
    return born is not None and now is not None and now > born + _UPGRADE_AFTER


def _distinct_id(event: Event) -> str:
    return str(event.distinct_id)[:_DISTINCT_ID_CHARS]

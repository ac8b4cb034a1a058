"""Rows: events as a service has stored them, and what the service added to each.

Rule 1: what the sender sent is one thing, and what ingestion made of it another: a program is
judged by the first, and by the second only as far as it shows what came of it.
Rule 2: nothing is dropped in silence: what is set aside is counted, by what it is.

Columns: posthog.com/docs/cdp/batch-exports, events model and persons model.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from payloadproof.recorder.decode import event_of
from payloadproof.recorder.ledger import Request

#: Added by PostHog's ingestion to what was sent: no evidence of the sender (posthog.com/docs/cdp).
INGESTION_ADDS = ("$ip", "$geoip_", "$group_", "$sent_at", "$transformations_")
_SENT_ANYWAY = "$geoip_disable"
_TELLING = ("$ip", "$geoip_")  # of what is added: what it shows of the sender
_SENT = ("event", "distinct_id", "uuid", "timestamp")
_PERSON = ("person_properties", "person")
#: The same as the event's own ``$set``, in columns of their own.
_REPEATED = ("set", "set_once")
#: Columns that only the service writes.
EXPORTED = frozenset(
    {"person_id", "team_id", "created_at", "_inserted_at", "person_properties", "elements_chain"}
)
PERSONS = frozenset({"person_id", "person_version", "person_distinct_id_version", "is_deleted"})
_ACCEPTED = 200


class Row(Request, frozen=True, kw_only=True):
    """A stored event, or a stored person where ``events`` is empty.

    ``looked_up``: what ingestion added of the address and of its place; ``person``: the person's
    properties, as stored beside it.
    """

    looked_up: dict[str, Any]
    person: dict[str, Any]


def around(what: str, number: int, raw: object, size: int) -> Request:
    """A made-up request around an event of a file that tells of none."""
    return Request(**_made_up(what, number, size), events=(event_of(raw),))


def _made_up(what: str, number: int, size: int) -> dict[str, Any]:
    return {
        "number": number,
        "began_at": 0.0,
        "port": 0,
        "connection": 0,
        "method": "",
        "path": what,
        "headers": (),
        "wire": b"",
        "wire_size": size,
        "body": None,
        "envelope": {},
        "tokens": (),
        "status": _ACCEPTED,
        "reason": "",
        "answered": None,
    }


def row(number: int, columns: dict[str, Any], size: int, aside: Counter[str]) -> Request:
    """A row of an export of events.

    Raises:
        ValueError, msgspec.DecodeError: its properties are no JSON object.
    """
    properties = _object(columns.get("properties"), "properties")
    looked_up = {key: value for key, value in properties.items() if key.startswith(_TELLING)}
    looked_up.pop(_SENT_ANYWAY, None)
    kept = {key: value for key, value in properties.items() if not added_by_ingestion(key)}
    aside.update(
        f"property {key}" for key in properties.keys() - kept.keys() if not key.startswith(_TELLING)
    )
    if columns.get("ip"):
        looked_up["$ip"] = columns["ip"]
    person: dict[str, Any] = {}
    for name in _PERSON:
        person |= _object(columns.get(name), name)
    if isinstance(person.get("properties"), dict):
        person = person["properties"]
    theirs, own = _of_a_person(person, aside)
    beside = {**kept}
    for name in _REPEATED:
        column = _object(columns.get(name), name)
        if column and not isinstance(kept.get(f"${name}"), dict):
            beside[f"${name}"] = column
    judged = (*_SENT, *_PERSON, *_REPEATED, "properties", "ip")
    aside.update(_column(name) for name in columns if name not in judged)
    raw = {**{key: columns[key] for key in _SENT if key in columns}, "properties": beside}
    return Row(
        **_made_up("line", number, size),
        events=(event_of(raw),),
        looked_up=looked_up | theirs,
        person=own,
    )


def person_row(number: int, columns: dict[str, Any], size: int, aside: Counter[str]) -> Request:
    """A row of an export of persons.

    Raises:
        ValueError, msgspec.DecodeError: its properties are no JSON object.
    """
    theirs, own = _of_a_person(_object(columns.get("properties"), "properties"), aside)
    aside.update(_column(name) for name in columns if name != "properties")
    return Row(**_made_up("line", number, size), events=(), looked_up=theirs, person=own)


def _column(name: str) -> str:
    return "a column of the service's own" if name in EXPORTED | PERSONS else f"column {name}"


def _of_a_person(
    person: dict[str, Any], aside: Counter[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was looked up, and what is the person's own."""
    looked_up = {
        key.replace("$initial_", "$", 1): value
        for key, value in person.items()
        if key.replace("$initial_", "$", 1).startswith(_TELLING)
    }
    looked_up.pop(_SENT_ANYWAY, None)
    own = {key: value for key, value in person.items() if key[:1] != "$"}
    aside.update(
        f"person property {key}"
        for key in person.keys() - own.keys()
        if not key.replace("$initial_", "$", 1).startswith(_TELLING)
    )
    return looked_up, own


def _object(value: Any, what: str) -> dict[str, Any]:
    if isinstance(value, str):
        value = msgspec.json.decode(value) if value else None
    if value is None and what != "properties":
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"its {what} are no JSON object")  # noqa: TRY004 - of the file, not ours
    return value


def added_by_ingestion(key: str) -> bool:
    """Whether PostHog itself puts this key on an event."""
    return key != _SENT_ANYWAY and key.startswith(INGESTION_ADDS)

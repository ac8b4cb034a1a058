"""What is kept of what was sent: time, persons that are merged, ids, and what is dropped."""

import datetime as dt
import json
import secrets
import uuid

import msgspec
import pytest

from payloadproof.recorder.answers import taken
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.script import OverQuota

FLAG = "$process_person_profile"
CHEAP = {FLAG: False}
NOON = "2026-10-01T12:00:00Z"


def event(name="tick", at=NOON, who="install-1", properties=CHEAP, **more):
    if name == "$exception":
        properties = {**properties, "$exception_list": []}
    base = {"event": name, "distinct_id": who, "timestamp": at, "properties": properties}
    return {"uuid": str(uuid.uuid4())} | base | more


def sent(*events, path="/batch/", headers=(), **envelope):
    body = {"api_key": f"phc_{secrets.token_hex(16)}", "batch": events, **envelope}
    wire = json.dumps(body).encode()
    decoded = decode("POST", path, headers, wire)
    made_up = {"number": 1, "began_at": 0.0, "port": 1, "connection": 1, "answered": None}
    return Request(
        **made_up,
        method="POST",
        path=path,
        headers=headers,
        wire=wire,
        wire_size=len(wire),
        **msgspec.structs.asdict(decoded),
    )


def sent_v1(*events, now=NOON):
    headers = (
        ("Authorization", f"Bearer phc_{secrets.token_hex(16)}"),
        ("Content-Type", "application/json"),
        ("User-Agent", "posthog-python/7.91.1"),
        ("PostHog-Sdk-Info", "posthog-python/7.91.1"),
        ("PostHog-Attempt", "1"),
        ("PostHog-Request-Id", str(uuid.uuid4())),
        ("PostHog-Request-Timestamp", now),
    )
    return sent(*events, path="/i/v1/analytics/events", headers=headers, created_at=now)


def modes(*requests):
    return {row.event.name: row.person_mode for row in ingested(requests)}


# What a row that makes no person may not say of one


@pytest.mark.parametrize("key", ["$set", "$set_once", "$unset"])
def test_a_row_that_makes_no_person_loses_what_it_says_of_one(key):
    beside = {} if key == "$unset" else {key: {"os": "linux"}}
    given = event(properties={**CHEAP, key: {"os": "linux"}, "n": 1}, **beside)
    (row,) = ingested([sent(given)])
    assert row.person_mode == "propertyless"
    assert row.event.properties == {**CHEAP, "n": 1}
    assert row.event.top_level == {}


def test_an_upgraded_row_loses_it_too_and_the_row_of_a_person_keeps_it():
    person = event("start", properties={"$set": {"os": "linux"}})
    later = event(at="2026-10-01T13:00:00Z", properties={**CHEAP, "$set": {"os": "linux"}})
    first, second = ingested([sent(person), sent(later)])
    assert first.event.properties == {"$set": {"os": "linux"}}
    assert (second.person_mode, second.event.properties) == ("force_upgrade", CHEAP)


def test_a_group_is_no_person():
    (row,) = ingested([sent(event("$groupidentify", properties={"$set": {"a": 1}}))])
    assert (row.person_mode, row.event.properties) == ("full", {})


# Time


def at(request, arrived=None):
    when = dt.datetime.fromisoformat(arrived) if arrived else None
    (row,) = ingested([request], lambda _: when)
    return row.at.isoformat() if row.at else None


def test_a_timestamp_far_ahead_becomes_the_time_of_arrival():
    ahead = event(at="2026-10-02T11:00:01Z")
    assert at(sent(ahead), "2026-10-01T12:00:00+00:00") == "2026-10-01T12:00:00+00:00"
    just = event(at="2026-10-02T11:00:00Z")
    assert at(sent(just), "2026-10-01T12:00:00+00:00") == "2026-10-02T11:00:00+00:00"
    # Nobody knows when it came: what the sender's clock said stands for that.
    assert at(sent(ahead, sent_at=NOON)) == "2026-10-01T12:00:00+00:00"
    assert at(sent(ahead)) == "2026-10-02T11:00:01+00:00"


def test_the_past_is_never_moved():
    assert at(sent(event(at="2001-01-01T00:00:00Z"), sent_at=NOON)).startswith("2001-01-01")


@pytest.mark.parametrize("send", [sent, sent_v1])
def test_a_clock_that_is_wrong_is_corrected_by_what_it_says(send):
    # The sender's clock is two hours ahead, and the event a minute old.
    extra = {"sent_at": "2026-10-01T14:00:00Z"} if send is sent else {"now": "2026-10-01T14:00:00Z"}
    request = send(event(at="2026-10-01T13:59:00Z"), **extra)
    assert at(request, "2026-10-01T12:00:00+00:00") == "2026-10-01T11:59:00+00:00"
    assert at(request) == "2026-10-01T13:59:00+00:00"


def test_an_event_can_refuse_to_be_corrected():
    given = event(at="2026-10-01T13:59:00Z", properties={**CHEAP, "$ignore_sent_at": True})
    request = sent(given, sent_at="2026-10-01T14:00:00Z")
    assert at(request, "2026-10-01T12:00:00+00:00") == "2026-10-01T13:59:00+00:00"


def test_a_retry_past_midnight_is_another_row_where_the_clock_is_wrong():
    # The SDK says anew when it sent, and keeps the time of the event.
    given = event(at="2026-10-01T23:59:50Z")
    first = sent(given, sent_at="2026-10-01T23:59:51Z")
    again = sent(given, sent_at="2026-10-01T23:59:55Z")
    came = {
        id(first): dt.datetime(2026, 10, 1, 23, 59, 52, tzinfo=dt.UTC),
        id(again): dt.datetime(2026, 10, 2, 0, 0, 20, tzinfo=dt.UTC),
    }
    rows = ingested([first, again], lambda request: came[id(request)])
    assert [row.at.day for row in rows] == [1, 2]
    assert len(ingested([first, again])) == 1


def test_an_offset_is_counted_back_from_now():
    request = sent(event(offset=90_000), sent_at="2026-10-01T14:00:00Z")
    assert at(request, "2026-10-01T12:00:00+00:00") == "2026-10-01T11:58:30+00:00"


@pytest.mark.parametrize("offset", [10**300, -(10**17)])
def test_an_offset_that_no_calendar_has_breaks_nothing(offset):
    given = sent(event()).events[0]
    far = msgspec.structs.replace(given, top_level={"offset": offset})
    request = msgspec.structs.replace(sent(event(), sent_at=NOON), events=(far,))
    assert at(request) is not None


def test_the_past_goes_its_own_way_and_what_must_be_now_does_not():
    names = ("day", "$exception", "$$heatmap")
    rows = ingested([sent(*(event(name) for name in names), historical_migration=True)])
    assert {row.event.name: row.lane for row in rows} == {
        "day": "historical",
        "$exception": "main",
        "$$heatmap": "main",
    }
    (row,) = ingested([sent(event(), historical_migration=False)])
    assert row.lane == "main"


# Ids


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (True, "true", True),
        (True, "True", False),
        (7, "7", True),
        (1.5, "1.5", True),
        ([1, "a"], '[1,"a"]', True),
        ({"a": "ü"}, '{"a":"ü"}', True),
        ({"a": 1}, "{'a': 1}", False),
        ("a\0b", "a\ufffdb", True),
        ("a" * 200, "a" * 300, True),
        ("ü" * 200, "ü" * 201, True),
        ("a", "a ", False),
    ],
)
def test_ids_are_compared_as_the_service_stores_them(one, other, same):
    given = event(who=one)
    rows = ingested([sent(given), sent({**given, "distinct_id": other})])
    assert len(rows) == (1 if same else 2)


# Persons that are one


def test_an_id_that_is_merged_into_a_person_is_upgraded():
    merged = event("$identify", who="u-1", properties={"$anon_distinct_id": "device"})
    later = event("later", "2026-10-01T12:01:01Z", "device")
    soon = event("soon", "2026-10-01T12:01:00Z", "device")
    stranger = event("stranger", "2026-10-01T13:00:00Z", "other-device")
    assert modes(sent(merged), sent(soon, later, stranger)) == {
        "$identify": "full",
        "soon": "propertyless",
        "later": "force_upgrade",
        "stranger": "propertyless",
    }


@pytest.mark.parametrize("name", ["$create_alias", "$merge_dangerously"])
def test_an_alias_makes_two_ids_one(name):
    alias = event(name, who="u-1", properties={"alias": "device"})
    later = event("later", "2026-10-01T13:00:00Z", "device")
    assert modes(sent(alias), sent(later))["later"] == "force_upgrade"


def test_a_merged_person_is_as_old_as_the_older():
    old = event("old", "2026-10-01T11:00:00Z", "device", properties={})
    merged = event("$identify", who="u-1", properties={"$anon_distinct_id": "device"})
    soon = event("soon", "2026-10-01T12:00:30Z", "u-1")
    rows = ingested([sent(old), sent(merged), sent(soon)])
    assert rows[-1].person_mode == "force_upgrade"
    assert rows[-1].because.name == "old"
    assert modes(sent(merged), sent(soon))["soon"] == "propertyless"


@pytest.mark.parametrize("nobody", ["null", "'0'", "[object Object]", "anonymous", "", None, True])
def test_an_id_that_is_nobodys_is_merged_with_nobody(nobody):
    merged = event("$identify", who="u-1", properties={"$anon_distinct_id": nobody})
    later = event("later", "2026-10-01T13:00:00Z", "null")
    assert modes(sent(merged), sent(later))["later"] == "propertyless"


@pytest.mark.parametrize(
    ("name", "key", "mode"),
    [
        ("$identify", "$anon_distinct_id", "propertyless"),
        ("$create_alias", "alias", "propertyless"),
        ("$merge_dangerously", "alias", "force_upgrade"),
    ],
)
def test_somebody_who_was_identified_is_merged_by_force_alone(name, key, mode):
    first = event("$identify", who="ann", properties={"$anon_distinct_id": "device"})
    again = event(name, "2026-10-01T12:30:00Z", "ben", properties={key: "device"})
    late = event("late", "2026-10-01T12:30:40Z", "ben")
    # Ben is half a minute old, unless he is Ann.
    assert modes(sent(first), sent(again), sent(late))["late"] == mode


def test_without_a_person_nothing_is_merged():
    merged = event("$identify", who="u-1", properties={**CHEAP, "$anon_distinct_id": "device"})
    maker = event("start", who="u-1", properties={})
    later = event("later", "2026-10-01T13:00:00Z", "device")
    assert modes(sent(merged), sent(maker), sent(later)) == {
        "start": "full",
        "later": "propertyless",
    }


# What is not kept


def test_a_performance_event_is_not_kept_and_makes_nobody():
    dropped = event("$performance_event", properties={})
    later = event("later", "2026-10-01T13:00:00Z")
    assert modes(sent(dropped, event("beside")), sent(later)) == {
        "beside": "propertyless",
        "later": "propertyless",
    }


def test_an_exception_without_its_list_is_not_kept():
    bare = event() | {"event": "$exception"}
    assert modes(sent(bare, event("$exception"))) == {"$exception": "propertyless"}
    assert not ingested([sent(bare)])


def test_what_capture_v1_drops_is_not_kept():
    long = event("n" * 201)
    assert modes(sent_v1(long, event("beside"))) == {"beside": "propertyless"}


def test_what_a_quota_takes_away_is_not_kept():
    request = sent(event("$exception"), event("tick"))
    limited = taken(OverQuota(product="exceptions"), request)
    assert modes(request) == {"$exception": "propertyless", "tick": "propertyless"}
    assert modes(limited) == {"tick": "propertyless"}


def test_capture_v1_makes_no_person_of_an_id_that_is_nobodys_and_v0_does():
    given = event("start", who="Anonymous", properties={})
    assert modes(sent_v1(given)) == {"start": "propertyless"}
    assert modes(sent(given)) == {"start": "full"}

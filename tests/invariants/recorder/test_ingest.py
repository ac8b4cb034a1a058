import json
import secrets
import uuid

import msgspec
import pytest

from payloadproof.recorder.decode import decode
from payloadproof.recorder.ingest import identity, ingested
from payloadproof.recorder.ledger import Request


def event(name="search_performed", at="2026-10-01T10:00:00Z", *, who="install-1", **more):
    given = {"uuid": str(uuid.uuid4()), "properties": {"$process_person_profile": False}} | more
    return {"event": name, "distinct_id": who, "timestamp": at, **given}


def sent(*events, stored=True):
    body = json.dumps({"api_key": f"phc_{secrets.token_hex(16)}", "batch": events}).encode()
    decoded = decode("POST", "/batch/", (), body)
    return Request(
        number=1,
        began_at=0.0,
        port=1,
        connection=1,
        method="POST",
        path="/batch/",
        headers=(),
        wire=body,
        wire_size=len(body),
        answered=None,
        stored=stored,
        **msgspec.structs.asdict(decoded),
    )


def modes(*requests):
    return [(row.event.name, row.person_mode) for row in ingested(requests)]


def test_only_what_the_service_took_and_stored_is_kept():
    good, lost = event("a"), event("b")
    refused = sent(event("c"), {"event": None, "distinct_id": "x"})
    rows = ingested([sent(good), sent(lost, stored=False), refused])
    assert [row.event.name for row in rows] == ["a"]


def test_a_repeat_is_one_row_and_the_last_one_written_stays():
    first = event("a", properties={"n": 1})
    again = {**first, "properties": {"n": 2}, "timestamp": "2026-10-01T23:59:59+00:00"}
    rows = ingested([sent(first, event("b")), sent(again)])
    assert [(row.event.name, row.event.properties.get("n")) for row in rows] == [
        ("a", 2),
        ("b", None),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": str(uuid.uuid4())},
        {"uuid": None},
        {"timestamp": "2026-10-02T00:00:01Z"},
        {"event": "other"},
        {"distinct_id": "install-2"},
    ],
)
def test_a_repeat_that_differs_in_its_identity_is_another_row(change):
    first = event()
    assert len(ingested([sent(first), sent({**first, **change})])) == 2


def test_what_has_no_uuid_is_new_on_each_arrival():
    plain = {key: value for key, value in event().items() if key != "uuid"}
    assert len(ingested([sent(plain), sent(plain), sent({**plain, "uuid": ""})])) == 3


def test_the_date_is_that_of_utc():
    same = {"uuid": str(uuid.uuid4())}
    late = sent(event(at="2026-10-01T23:30:00-01:00", **same)).events[0]
    early = sent(event(at="2026-10-02T00:30:00Z", **same)).events[0]
    other = sent(event(at="2026-10-01T23:30:00Z", **same)).events[0]
    assert identity(late) == identity(early) != identity(other)


def test_a_uuid_is_the_same_in_any_spelling():
    made = uuid.uuid4()
    spelled = [str(made), str(made).upper(), f"urn:uuid:{made}"]
    assert len(ingested([sent(event(uuid=one)) for one in spelled])) == 1


def test_a_timestamp_that_is_none_is_no_date():
    same = str(uuid.uuid4())
    assert len(ingested([sent(event(at=when, uuid=same)) for when in (None, "yesterday")])) == 1


@pytest.mark.parametrize("flag", ["false", 0, None, True])
def test_only_a_strict_false_makes_no_person(flag):
    given = event(properties={"$process_person_profile": flag})
    assert modes(sent(given)) == [("search_performed", "full")]


def test_an_event_is_upgraded_once_its_distinct_id_has_a_person_for_a_minute():
    person = event("worker_started", properties={"$set": {"os": "linux"}})
    rows = [
        sent(event("before")),
        sent(person),
        sent(event("soon", "2026-10-01T10:01:00Z")),
        sent(event("later", "2026-10-01T10:01:01Z")),
        sent(event("stranger", "2026-10-01T10:01:01Z", who="install-2")),
    ]
    assert modes(*rows) == [
        ("before", "propertyless"),
        ("worker_started", "full"),
        ("soon", "propertyless"),
        ("later", "force_upgrade"),
        ("stranger", "propertyless"),
    ]
    assert ingested(rows)[3].because.name == "worker_started"


def test_an_event_that_is_only_about_persons_is_dropped_without_one():
    assert modes(sent(event("$identify"))) == []

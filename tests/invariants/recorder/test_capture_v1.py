import gzip
import json
import pickle
import secrets
import uuid
import zlib

import brotli
import pytest

from payloadproof.recorder.capture_v1 import as_v0
from payloadproof.recorder.decode import decode
from payloadproof.recorder.events import Unread, event_of
from payloadproof.recorder.project import Project
from payloadproof.recorder.zstandard import zstd

PATH = "/i/v1/analytics/events"
TOKEN = f"phc_{secrets.token_hex(16)}"
PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def head(**changed):
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
        "User-Agent": "posthog-python/7.91.1",
        "PostHog-Sdk-Info": "posthog-python/7.91.1",
        "PostHog-Attempt": "1",
        "PostHog-Request-Id": str(uuid.uuid4()),
        "PostHog-Request-Timestamp": "2026-11-28T10:00:00+00:00",
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return [(name, value) for name, value in headers.items() if value is not None]


def event(**changed):
    made = {
        "event": "cup_made",
        "uuid": str(uuid.uuid4()),
        "distinct_id": "d",
        "timestamp": "2026-11-28T10:00:00Z",
        "properties": {"size": "small"},
    }
    return {key: value for key, value in (made | changed).items() if value is not ...}


def batch(*events, **envelope):
    return {"created_at": "2026-11-28T10:00:00Z", "batch": list(events), **envelope}


def read(value, *, headers=None, method="POST", path=PATH, **project):
    wire = value if isinstance(value, bytes) else json.dumps(value).encode()
    given = head() if headers is None else headers
    return decode(method, path, given, wire, Project(**project))


def outcomes(decoded):
    assert decoded.status == 200, decoded.reason
    return [
        (one["result"], one.get("details"))
        for one in json.loads(decoded.reason)["results"].values()
    ]


def test_a_batch_is_taken_and_told_of_each_event_by_its_uuid():
    one, two = event(), event(uuid=str(uuid.uuid4()).upper())
    decoded = read(batch(one, two))
    assert decoded.tokens == (TOKEN,)
    assert json.loads(decoded.reason) == {
        "results": {one["uuid"]: {"result": "ok"}, two["uuid"].lower(): {"result": "ok"}}
    }


@pytest.mark.parametrize("encoding", PACKED)
def test_it_unpacks_every_encoding_of_v1(encoding):
    text = json.dumps(batch(event())).encode()
    decoded = read(PACKED[encoding](text), headers=head(Content_Encoding=encoding))
    assert (decoded.status, decoded.body) == (200, text)
    cut = read(PACKED[encoding](text)[:-6], headers=head(Content_Encoding=encoding))
    assert (cut.status, json.loads(cut.reason)["error"]) == (400, "request_decoding_error")


def test_bare_deflate_is_deflate_too():
    packer = zlib.compressobj(wbits=-15)
    wire = packer.compress(json.dumps(batch(event())).encode()) + packer.flush()
    assert read(wire, headers=head(Content_Encoding="deflate")).status == 200


@pytest.mark.parametrize(
    ("status", "tag", "headers"),
    [
        (401, "missing_authorization", head(Authorization=None)),
        (401, "invalid_api_token", head(Authorization="Bearer phx_personal")),
        (400, "invalid_header_value", head(Authorization="Basic eA==")),
        (400, "missing_required_headers", head(PostHog_Sdk_Info=None)),
        (400, "missing_required_headers", head(PostHog_Attempt=None)),
        (400, "missing_required_headers", head(PostHog_Request_Id=None)),
        (400, "missing_required_headers", head(PostHog_Request_Timestamp=None)),
        (400, "missing_required_headers", head(User_Agent=None)),
        (400, "missing_required_headers", head(Content_Type=None)),
        (400, "invalid_header_value", head(PostHog_Attempt="0")),
        (400, "invalid_header_value", head(PostHog_Attempt="first")),
        (400, "invalid_header_value", head(PostHog_Request_Id="1")),
        (400, "invalid_header_value", head(PostHog_Request_Timestamp="yesterday")),
        (400, "invalid_header_value", head(PostHog_Request_Timestamp="2026-11-28T10:00:00")),
        (415, "unsupported_content_type", head(Content_Type="text/plain")),
        (415, "unsupported_encoding", head(Content_Encoding="lz4")),
        (200, None, head(Authorization=f"bearer   {TOKEN} ")),
        (200, None, head(Content_Type="Application/JSON; charset=utf-8")),
    ],
)
def test_its_headers_are_judged_first(status, tag, headers):
    decoded = read(batch(event()), headers=headers)
    assert decoded.status == status
    assert [one.name for one in decoded.events] == ["cup_made"]
    if tag:
        said = json.loads(decoded.reason)
        assert (said["error"], said["error_uri"]) == (tag, "https://posthog.com/docs/api")


SAME = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("empty_body", b""),
        ("request_parsing_error", b"{"),
        ("request_parsing_error", []),
        ("request_parsing_error", {"batch": [event()]}),
        ("request_parsing_error", batch(event(uuid=...))),
        ("request_parsing_error", batch(event(event=None))),
        ("request_parsing_error", batch(event(), event(distinct_id=5))),
        ("request_parsing_error", batch(event(timestamp=...))),
        ("request_parsing_error", batch(event(session_id=1))),
        ("request_parsing_error", batch(event(), historical_migration="yes")),
        ("empty_batch", batch()),
        ("invalid_batch", batch(event(), created_at="now")),
        ("missing_event_uuid", batch(event(uuid=" "))),
        ("invalid_event_uuid", batch(event(uuid="1"))),
        ("duplicate_event_uuid", batch(event(uuid=SAME), event(uuid=SAME.upper()))),
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(tag, body):
    decoded = read(body)
    assert (decoded.status, json.loads(decoded.reason)["error"]) == (400, tag)


@pytest.mark.parametrize(
    ("details", "change"),
    [
        ("missing_event_name", {"event": ""}),
        ("event_name_too_long", {"event": "é" * 101}),
        ("dropped_performance_event", {"event": "$performance_event"}),
        ("missing_distinct_id", {"distinct_id": " \t"}),
        ("distinct_id_too_large", {"distinct_id": "d" * 201}),
        ("invalid_event_timestamp", {"timestamp": "2026-11-28"}),
        ("invalid_event_timestamp", {"timestamp": "2026-11-28T10:00:00"}),
        ("malformed_event_properties", {"properties": [1]}),
        ("invalid_options", {"options": {"process_person_profile": "maybe"}}),
        ("invalid_options", {"options": []}),
        ("event_too_big", {"properties": {"a": "x" * 1_000_001}}),
    ],
)
def test_an_event_that_is_dropped_costs_itself_alone(details, change):
    decoded = read(batch(event(), event(**change)))
    assert outcomes(decoded) == [("ok", None), ("drop", details)]
    assert decoded.dropped == ((1, details),)


@pytest.mark.parametrize("who", ["anonymous", " NULL ", "[object Object]", "0"])
def test_an_id_of_nobodys_is_taken_and_makes_no_person(who):
    assert outcomes(read(batch(event(distinct_id=who)))) == [("ok", "person_processing_disabled")]


def test_options_and_ids_of_sessions_are_the_properties_that_they_stand_for():
    decoded = read(
        batch(
            event(
                session_id="s",
                window_id="w",
                options={"process_person_profile": 0, "cookieless_mode": "1", "mood": "good"},
            )
        )
    )
    (one,) = decoded.events
    assert one.properties == {
        "size": "small",
        "$session_id": "s",
        "$window_id": "w",
        "$process_person_profile": False,
        "$cookieless_mode": True,
        "$lib": "posthog-python",
        "$lib_version": "7.91.1",
    }
    # What v1 does not know was sent all the same.
    assert one.top_level == {"options": {"mood": "good"}}
    assert decoded.envelope == {"created_at": "2026-11-28T10:00:00Z"}


def test_bodies_over_the_limits_are_too_large():
    assert read(b" " * (10 * 1024 * 1024 + 1)).status == 413
    bomb = gzip.compress(b" " * (50 * 1024 * 1024 + 1), compresslevel=1)
    decoded = read(bomb, headers=head(Content_Encoding="gzip"))
    assert (decoded.status, decoded.body) == (413, None)


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405), ("OPTIONS", 200)])
def test_it_takes_post_alone(method, status):
    assert read(batch(event()), method=method).status == status


def test_a_key_of_no_project_is_refused_where_keys_are_checked():
    assert read(batch(event()), tokens=frozenset({TOKEN})).status == 200
    other = read(batch(event()), tokens=frozenset({"phc_other"}))
    assert (other.status, "project API key" in other.advice) == (401, True)


def test_ai_events_have_a_route_of_their_own():
    decoded = read(batch(event(event="$ai_generation")), path="/i/v1/ai/events")
    assert (decoded.status, decoded.service, len(decoded.events)) == (200, "ai", 1)


def test_events_are_the_same_although_they_are_made_when_somebody_asks():
    lifted = {"options": {"process_person_profile": False, "new": 1}, "session_id": "s"}
    many = [event(**lifted), event(), event(properties=[]), event(options=3)] * 10
    decoded = read(batch(*many))
    assert isinstance(decoded.events, Unread)
    at_once = [event_of(as_v0(one, head())) for one in many]
    assert [*read(batch(*many)).events[:3]] == at_once[:3]
    assert [*decoded.events] == at_once
    assert pickle.loads(pickle.dumps(decoded.events)) == tuple(at_once)


@pytest.mark.parametrize("wire", [b"[]", b'[{"event":"e"}, 7]', b'{"event":"e"}', b'{"batch":[7]}'])
def test_what_is_no_batch_of_events_is_read_all_the_same(wire):
    decoded = read(wire)
    assert decoded.status == 400
    raw = json.loads(wire)
    found = raw if isinstance(raw, list) else raw.get("batch", [raw])
    assert [*decoded.events] == [
        event_of(as_v0(one, head()) if isinstance(one, dict) else one) for one in found
    ]


@pytest.mark.parametrize("beside", [0, 3])
def test_an_event_that_is_too_big_is_dropped_however_it_is_written(beside):
    # What is short as it is sent is long as it is handed on.
    small = event()
    big = json.dumps(event(properties={"a": "@"}))
    big = big.replace('"@"', "[" + "1e15," * 70_000 + "1]")
    text = json.dumps(batch(*[small | {"uuid": str(uuid.uuid4())} for _ in range(beside)], "@"))
    decoded = read(text.replace('"@"', big).encode())
    assert dict(decoded.dropped) == {beside: "event_too_big"}


@pytest.mark.parametrize("form", ["{0}", "urn:uuid:{0}", "{{{0}}}", " {0} "])
@pytest.mark.parametrize("change", [str, str.upper])
def test_one_uuid_in_two_forms_is_there_twice(form, change):
    one = uuid.uuid4()
    for other in (form.format(change(str(one))), one.hex):
        decoded = read(batch(event(uuid=str(one)), event(uuid=other)))
        assert json.loads(decoded.reason)["error"] == "duplicate_event_uuid"

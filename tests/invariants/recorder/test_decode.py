import base64
import gzip
import json
import urllib.parse
import uuid
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof.recorder.decode import OK_BODY, SIZE_LIMIT, Decoded, decode
from payloadproof.recorder.project import Project
from payloadproof.recorder.verdict import size_of
from payloadproof.recorder.zstandard import zstd

TOKEN = "phc_of_a_test"
EVENT = {"event": "install", "distinct_id": "d", "properties": {"a": 1}}
FORM = [("Content-Type", "application/x-www-form-urlencoded")]


def batch(*events, **envelope):
    return {"api_key": TOKEN, "batch": list(events), **envelope}


def read(value, path="/batch/", method="POST", headers=()):
    wire = value if isinstance(value, bytes) else json.dumps(value).encode()
    return decode(method, path, headers, wire)


def nested(depth):
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "path",
    [
        route + slash
        for route in ("/batch", "/capture", "/e", "/i/v0/e", "/track", "/engage")
        for slash in ("", "/")
    ],
)
def test_it_accepts_a_good_batch_on_every_v0_route(path):
    decoded = read(batch(EVENT), path)
    assert (decoded.status, decoded.reason) == (200, '{"status":"Ok"}')
    assert [event.name for event in decoded.events] == ["install"]
    assert decoded.tokens == (TOKEN,)


@pytest.mark.parametrize(
    "accepted",
    [
        [{**EVENT, "token": TOKEN}],
        {**EVENT, "$token": TOKEN},
        {**EVENT, "properties": {"token": TOKEN}},
        batch(EVENT, historical_migration=True, sent_at="2026-11-22T10:00:00Z"),
        batch(EVENT, {**EVENT, "token": "another"}),
        batch({**EVENT, "uuid": ""}),
        batch({**EVENT, "uuid": None}),
        batch({**EVENT, "uuid": str(uuid.uuid4())}),
        batch({**EVENT, "uuid": uuid.uuid4().hex}),
        batch({**EVENT, "uuid": uuid.uuid4().urn}),
        batch({**EVENT, "uuid": f"{{{uuid.uuid4()}}}"}),
        batch({**EVENT, "distinct_id": 23}),
        batch({**EVENT, "distinct_id": None, "properties": {"distinct_id": "p"}}),
        batch({"event": "e", "$distinct_id": "d"}),
        batch({**EVENT, "type": "capture", "library": "x", "messageId": 3}),
        batch({**EVENT, "$set": {"a": 1}, "$set_once": None, "timestamp": None, "offset": 5}),
        batch({**EVENT, "properties": {"$cookieless_mode": True}}),
        batch({"event": "$performance_event"}),
    ],
)
def test_it_accepts_what_capture_accepts(accepted):
    decoded = read(accepted)
    assert (decoded.status, decoded.reason) == (200, OK_BODY)


@pytest.mark.parametrize(
    ("status", "reason", "refused"),
    [
        (400, "request missing data payload", b""),
        (400, "failed to parse request: ", b"{"),
        (400, "failed to parse request: ", b"\xef\xbb\xbf{}"),
        (400, "failed to parse request: ", b'{"a": NaN}'),
        (400, "failed to parse request: ", b'{"a": -Infinity}'),
        (400, "failed to parse request: number out of range", b'{"a": 1e400}'),
        (400, "failed to parse request: number out of range", b"[" + b"9" * 5000 + b"]"),
        (400, "failed to parse request: lone leading surrogate", b'{"event": "\\ud800"}'),
        (400, "failed to parse request: recursion limit exceeded", nested(128)),
        (400, "failed to parse request: recursion limit exceeded", nested(100_000)),
        (400, "failed to parse request: ", b"3"),
        (400, "failed to decode request: invalid UTF-8", b'{"a": "\xff"}'),
        (400, "failed to decode request: invalid GZIP data", b"\x1f\x8b\x08 broken"),
        (400, "failed to decode request: invalid GZIP data", gzip.compress(b"{}" * 50)[:-4]),
        (400, "request holds no event", batch()),
        (400, "request holds no event", []),
        (401, "event submitted without an api_key", [EVENT]),
        (401, "event submitted without an api_key", EVENT),
        # Without its api_key a batch has the shape of nothing but an engage request.
        (400, "failed to hydrate events from request", {"distinct_id": "d"}),
        (400, "a batch needs one api_key", {"batch": [EVENT]}),
        (401, "batch submitted with inconsistent api_key values",
         [{**EVENT, "token": "a"}, {**EVENT, "token": "b"}]),
        (401, "API key is not valid: empty", batch(EVENT, api_key=" ")),
        (401, "API key is not valid: too_long", batch(EVENT, api_key="k" * 65)),
        (401, "API key is not valid: not_ascii", batch(EVENT, api_key="clé")),
        (401, "API key is not valid: personal_api_key", batch(EVENT, api_key="phx_1")),
        (401, "API key is not valid: null_byte", batch(EVENT, api_key="a\0b")),
        (400, "a batch needs one api_key", batch(EVENT, api_key=3)),
        (400, "a batch needs one api_key", batch(EVENT, token=TOKEN)),
        (400, "sent_at is not a string", batch(EVENT, sent_at=5)),
        (400, "historical_migration is not", batch(EVENT, historical_migration="yes")),
        (400, "failed to parse request: data did not match any variant", [{**EVENT, "uuid": "x"}]),
        (400, "batch is not", {"api_key": TOKEN, "batch": {}}),
        (400, "batch[1]: event is", batch(EVENT, {"distinct_id": "d"})),
        (400, "batch[0]: event is", batch({**EVENT, "event": None})),
        (400, "batch[0]: event is", batch({**EVENT, "event": 3})),
        (400, "batch[0]: the event", batch("install")),
        (400, "batch[0]: uuid", batch({**EVENT, "uuid": "bad"})),
        (400, "batch[0]: uuid", batch({**EVENT, "uuid": 7})),
        (400, "batch[0]: prop", batch({**EVENT, "properties": None})),
        (400, "batch[0]: prop", batch({**EVENT, "properties": []})),
        (400, "batch[0]: timestamp", batch({**EVENT, "timestamp": 1})),
        (400, "batch[0]: offset", batch({**EVENT, "offset": 1.5})),
        (400, "batch[0]: $set", batch({**EVENT, "$set": []})),
        (400, "batch[0]: duplicate", batch({**EVENT, "$distinct_id": 1})),
        (400, "event submitted with an empty event name", batch(EVENT, {**EVENT, "event": ""})),
        (400, "event submitted without a distinct_id", batch(EVENT, {"event": "e"})),
        (400, "event submitted without a distinct_id", batch({**EVENT, "distinct_id": ""})),
        (400, "event submitted without a distinct_id", batch({**EVENT, "distinct_id": " \t"})),
        (400, "event submitted without a distinct_id", batch({**EVENT, "distinct_id": None})),
        (400, "event submitted with invalid cookieless mode",
         batch({**EVENT, "properties": {"$cookieless_mode": "on"}})),
    ],
)  # fmt: skip
def test_it_refuses_what_capture_refuses(status, reason, refused):
    decoded = read(refused)
    assert decoded.status == status
    assert decoded.reason.startswith(reason) or decoded.advice.startswith(reason)


def test_it_accepts_the_deepest_nesting_that_serde_accepts():
    depth = 127 - 4  # the body, the batch, the event and its properties
    properties = b'{"a":' + nested(depth) + b"}"
    event = b'{"event":"e","distinct_id":"d","properties":' + properties + b"}"
    wire = b'{"api_key":"' + TOKEN.encode() + b'","batch":[' + event + b"]}"
    assert read(wire).status == 200
    assert read(wire.replace(b'"a":', b'"a":[').replace(b"]}}]}", b"]]}}]}")).status == 400


def test_it_decodes_every_event_of_a_batch_that_it_refuses():
    decoded = read(batch(EVENT, {"event": None, "$set": {"a": 1}, "uuid": 3}, "stray"))
    assert decoded.status == 400
    first, second, third = decoded.events
    assert (first.name, first.distinct_id, first.properties) == ("install", "d", {"a": 1})
    assert (second.name, second.uuid, second.top_level) == (None, 3, {"$set": {"a": 1}})
    assert third.properties == "stray"
    assert decoded.envelope == {"api_key": TOKEN}


def test_it_finds_the_token_of_a_request_to_another_service():
    decoded = read({"token": TOKEN, "distinct_id": "d"}, "/flags/?v=4")
    assert (decoded.status, decoded.events, decoded.tokens) == (200, (), (TOKEN,))
    assert (decoded.service, decoded.envelope) == ("flags", {})
    bearer = read(b"{}", "/i/v1/analytics/events", headers=[("authorization", f"Bearer {TOKEN}")])
    assert (bearer.status, bearer.tokens) == (400, (TOKEN,))


def test_a_path_that_posthog_does_not_have_is_named():
    decoded = read(batch(EVENT), "/ingest/batch/")
    assert (decoded.status, decoded.reason, decoded.service) == (404, "", None)
    assert "no such path" in decoded.advice
    assert "wire.prefix" in decoded.advice
    assert [event.name for event in decoded.events] == ["install"]


@pytest.mark.parametrize("path", ["/ingest/batch/", "/batch/", "http://127.0.0.1:8000/batch/"])
def test_the_prefix_of_a_proxy_is_taken_away_where_the_project_has_one(path):
    wire = json.dumps(batch(EVENT)).encode()
    assert decode("POST", path, (), wire, Project(prefix="/ingest")).status == 200
    assert decode("POST", "/ingestion/batch/", (), wire, Project(prefix="/ingest")).status == 404


def test_it_refuses_a_method_that_has_no_route():
    decoded = read(batch(EVENT), method="PUT")
    assert (decoded.status, len(decoded.events)) == (405, 1)


def test_it_answers_a_preflight_and_a_beacon():
    assert read(b"", method="OPTIONS").status == 200
    beacon = read(batch(EVENT), "/e/?beacon=1")
    assert (beacon.status, beacon.reason) == (204, "")


def test_engage_needs_no_event_name():
    assert read({"token": TOKEN, "distinct_id": "d", "$set": {}}, "/engage/").status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/batch/", [("Content-Encoding", "gzip")]),
        ("/batch/?compression=gzip-js", []),
        ("/batch/?compression=GZIP", []),
        ("/batch/", []),
        ("/batch/", [("Content-Encoding", "br")]),
    ],
)
def test_it_unpacks_gzip_by_header_by_query_and_by_magic_bytes(path, headers):
    text = json.dumps(batch(EVENT)).encode()
    decoded = read(gzip.compress(text), path, headers=headers)
    assert (decoded.status, decoded.body) == (200, text)


def test_a_gzip_hint_on_a_plain_body_is_refused_and_its_events_are_known():
    decoded = read(batch(EVENT), headers=[("content-encoding", "gzip")])
    assert (decoded.status, len(decoded.events)) == (400, 1)


@pytest.mark.parametrize("path", ["/e/", "/batch/", "/e/?compression=base64"])
def test_it_reads_base64_and_forms(path):
    text = json.dumps(batch(EVENT)).encode()
    packed = base64.b64encode(text)
    assert read(packed, path).status == 200
    assert read(base64.b64encode(gzip.compress(text)), "/batch/").status == 200
    form = b"data=" + urllib.parse.quote_from_bytes(text).encode()
    assert read(form, "/batch/", headers=FORM).status == 200
    assert read(b"data=" + packed, "/e/", headers=FORM).status == 200
    assert read(batch(EVENT), headers=FORM).status == 400


@pytest.mark.parametrize("path", ["/batch/", "/i/v0/e/"])
def test_base64_in_a_form_is_read_by_the_old_routes_alone(path):
    form = b"compression=base64&data=" + base64.b64encode(json.dumps(batch(EVENT)).encode())
    refused = read(form, path, headers=FORM)
    assert refused.status == 400
    assert [event.name for event in refused.events] == ["install"]
    assert read(form, "/capture/", headers=FORM).status == 200


def test_it_reads_the_events_of_a_get_request():
    data = urllib.parse.quote(json.dumps(batch(EVENT)))
    assert read(b"", f"/e/?data={data}", method="GET").status == 200
    assert read(b"", "/e/", method="GET").status == 400


PACKED = {"deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", PACKED)
def test_what_v0_cannot_unpack_is_refused_and_its_events_are_known(encoding):
    text = json.dumps(batch(EVENT)).encode()
    decoded = read(PACKED[encoding](text), headers=[("Content-Encoding", encoding)])
    assert (decoded.status, decoded.reason) == (400, "failed to decode request: invalid UTF-8")
    assert (decoded.body, [event.name for event in decoded.events]) == (text, ["install"])


# Packed by lz-string 1.5.0's compressToBase64.
LZ64 = (
    b"N4IghgDglg+g1gUwJ4gFwggCwMYwB4gA0IARmAC7aZoDaoCAbggHblojNgD3TABILwbgAD3egWjkiIACZQAzuSjNs5"
    b"GFAntVxCACcA9hASa5CaWlBh2eC5avWbtu/eviStAIyEATIQDMAXQC+fv5AA=="
)


@pytest.mark.parametrize("path", ["/e/", "/batch/", "/i/v0/e/", "/capture/?compression=LZ-String"])
def test_it_reads_what_lz_string_packed_on_every_route(path):
    form = b"compression=lz64&data=" + urllib.parse.quote_from_bytes(LZ64).encode()
    decoded = read(form, path, headers=FORM)
    (event,) = decoded.events
    assert (decoded.status, event.name) == (200, "naïve 😀 中")
    assert event.properties == {"a": "x" * 50, "b": [1, 2, 3]}


@pytest.mark.parametrize("cut", [1, 40, len(LZ64) - 8])
def test_what_lz_string_did_not_pack_is_refused(cut):
    decoded = read(b"compression=lz64&data=" + LZ64[:cut], "/e/", headers=FORM)
    reason = "failed to decode request: decompress_lz64: failed decompress to UTF16"
    assert (decoded.status, decoded.reason) == (400, reason)


def test_a_body_over_the_cap_is_too_large():
    assert read(b" " * (SIZE_LIMIT + 1)).status == 413


def test_a_gzip_bomb_is_too_large_and_not_unpacked():
    decoded = read(gzip.compress(b" " * (SIZE_LIMIT * 5 + 1), compresslevel=1))
    assert (decoded.status, decoded.body) == (413, None)


def test_thirty_megabytes_of_small_events_in_gzip_are_taken():
    wire = gzip.compress(json.dumps(batch(*[{**EVENT, "p": "x" * 400}] * 70_000)).encode(), 1)
    decoded = read(wire)
    assert (decoded.status, len(decoded.events)) == (200, 70_000)


def test_one_event_of_over_a_megabyte_is_too_large_and_many_that_come_to_more_are_not():
    large = {**EVENT, "properties": {"a": "x" * 1_000_001}}
    refused = read(batch(EVENT, large))
    assert refused.status == 413
    assert refused.reason.startswith("maximum event size exceeded: ")
    assert read(batch(*[{**EVENT, "properties": {"a": "x" * 900_000}}] * 3)).status == 200


@pytest.mark.parametrize("filler", [b"{},", b"1,"])
def test_a_crowd_of_values_is_too_large_and_not_decoded(filler):
    crowd = read(b"[" + filler * 1_000_001 + b"1]")
    assert (crowd.status, crowd.events) == (413, ())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["event", "batch", "api_key", "token", "uuid", "properties", "$set", "x"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)
bodies = (
    st.binary()
    | json_values.map(lambda value: json.dumps(value).encode())
    | json_values.map(lambda value: gzip.compress(json.dumps(value).encode()))
    | st.binary().map(lambda tail: b"\x1f\x8b\x08" + tail)
    | st.binary().map(base64.b64encode)
    | st.binary().map(lambda tail: b"data=" + tail)
)
paths = st.text() | st.builds(
    "{}{}".format,
    st.sampled_from(
        ["/batch", "/e/", "/i/v0/e", "/engage/", "/x", "/flags", "/i/v1/analytics/events"]
    ),
    st.sampled_from(["", "?compression=gzip", "?data=%ff", "?compression=base64&data=e30="]),
)
names = st.sampled_from(["content-type", "Content-Encoding", "Authorization"]) | st.text()
hints = st.sampled_from([FORM[0][1], "gzip", "br", "zstd", "lz64", "Bearer x", "Bearer"])
values = hints | st.text()


@settings(max_examples=300)
@given(st.text(), paths, st.lists(st.tuples(names, values), max_size=2), bodies)
def test_it_is_total(method, path, headers, wire):
    for how in ("POST", method):
        decoded = decode(how, path, headers, wire)
        assert isinstance(decoded, Decoded)
        assert 200 <= decoded.status < 500


@given(st.dictionaries(st.text(), json_values.filter(lambda value: "NaN" not in repr(value))))
def test_the_size_of_an_event_is_that_of_its_text_within_json(event):
    try:
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return
    within = json.dumps(text, ensure_ascii=False)[1:-1]
    assert size_of(event) == len(text.encode(errors="replace")) + text.count('"') + text.count("\\")
    assert size_of(event) <= len(within.encode(errors="replace"))


def test_the_size_of_a_long_text_is_counted_in_parts():
    long = 'a"\\é\n\x00😀' * 400_000
    event = {"event": "e", "a": long, "b": [long[:10], long], "c": {"d": 1.5, "e": -7}}
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    assert size_of(event) == len(text.encode()) + text.count('"') + text.count("\\")


def test_of_a_crowd_of_pairs_what_is_read_is_found():
    crowd = "&".join(["a=b"] * 20_000)
    data = urllib.parse.quote(json.dumps(batch(EVENT)))
    for text in (
        f"data={data}&{crowd}",
        f"ip=1&{crowd}&data={data}",
        f"ip=1&{crowd}&data={data}&a",
    ):
        assert read(text.encode(), "/e/", headers=FORM).status == 200

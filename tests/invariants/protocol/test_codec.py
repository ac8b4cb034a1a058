import datetime as dt
import json
import math
import numbers
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.protocol import codec, messages
from payloadproof.protocol.codec import TAG, MalformedLineError
from payloadproof.protocol.hostile import HOSTILE, HOSTILE_MEANING

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SAMPLES = {
    "initialize": messages.Initialize(
        protocol=1, harness=messages.Harness(name="payloadproof", version="1")
    ),
    "scenario/start": messages.StartScenario(
        scenario="s", env={"A": "b"}, home="/h", data_dir="/d", host="h", token="t", now_ms=1
    ),
    "capture": messages.Capture(event={TAG: "nan"}, properties={"k": [1, None]}, person=True),
    "record": messages.Record(event="e", properties={"k": 1}, session=2**53 - 1),
    "instrument": messages.Instrument(
        component="WORKER", level="warn", message="m", event="e", properties={TAG: "nan"}
    ),
    "exception": messages.RaiseError(
        error=messages.Fault(
            type="E",
            message={TAG: "bytes"},
            frames=(messages.Frame(function="f", file="/a.py", locals={"k": "v"}),),
            cause=messages.Fault(hostile="nan"),
        ),
        via="thread",
    ),
    "session/end": messages.EndSession(session=3),
    "session/respawn": messages.Respawn(session=3),
    "consent/explain": messages.Explain(),
    "clock/set": messages.SetClock(now_ms=-1),
    "consent/set": messages.SetConsent(env={"A": None, "B": "1"}),
    "clock/advance": messages.AdvanceClock(ms=5),
    "fork": messages.Fork(event="e", properties={"k": 1}),
    "backfill/run": messages.RunBackfill(),
    "flush": messages.Flush(),
    "shutdown": messages.Shutdown(),
    "scenario/end": messages.EndScenario(),
    "exit": messages.Exit(),
}


def test_there_is_a_sample_of_every_operation():
    assert SAMPLES.keys() == messages.OPS.keys()


@pytest.mark.parametrize("op", messages.OPS)
def test_a_request_comes_back_as_it_was(op):
    line = codec.request_line(7, SAMPLES[op])
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    request = codec.decode_request(line)
    assert (request.id, request.op) == (7, op)
    assert request.deadline_ms == messages.OPS[op].deadline_s * 1000
    assert msgspec.convert(request.params, messages.OPS[op]) == SAMPLES[op]


@pytest.mark.parametrize(
    "kind",
    [
        {"ok": {"a": [1, {}]}},
        {"raised": messages.RaisedDetail(type="ValueError", message="no", stack="x")},
        {"unsupported": "not here"},
        {"error": messages.ErrorDetail(code="c", message="m")},
    ],
)
def test_a_reply_comes_back_as_it_was(kind):
    reply = messages.Reply(id=3, **kind)
    line = codec.encode(reply)
    assert codec.decode_reply(line) == reply
    assert set(json.loads(line)) == {"id", *kind}


@given(JSON)
def test_properties_travel_unchanged(value):
    line = codec.request_line(1, messages.Capture(event="e", properties=value))
    sent = msgspec.convert(codec.decode_request(line).params, messages.Capture)
    assert sent.properties == value


def test_unknown_keys_of_a_newer_peer_are_ignored():
    assert codec.decode_reply(b'{"id":1,"ok":{},"since":"v2"}').ok == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "truncated"),
        (b"hello", "malformed"),
        (b'{"id":1', "truncated"),
        (b"[1,2]", "object"),
        (b"null", "object"),
        (b"{}", "id"),
        (b'{"id":"1","ok":{}}', "int"),
        (b'{"id":1}', "this one holds 0"),
        (b'{"id":1,"ok":{},"unsupported":"no"}', "this one holds 2"),
        (b'{"id":1,"ok":[]}', "object"),
        (b'{"id":1,"raised":{"message":"typeless"}}', "type"),
        (b'{"id":1,"ok":{"k":"\xff"}}', "utf-8"),
        (b'{"id":1,"ok":{"k":' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "recursion"),
        (b'{"id":1,"unsupported":"' + b"x" * messages.LINE_MAX + b'"}', "1,048,576"),
    ],
)
def test_a_line_that_is_no_reply_is_refused_with_the_reason(line, why):
    with pytest.raises(MalformedLineError) as caught:
        codec.decode_reply(line)
    assert why.lower() in str(caught.value).lower()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(line):
    try:
        request = codec.decode_request(line)
    except MalformedLineError:
        return
    assert isinstance(request, messages.Request)


def test_every_hostile_kind_has_a_meaning():
    # Not every language has each of them.
    assert HOSTILE_MEANING.keys() - HOSTILE.keys() == {"null_prototype"}
    assert HOSTILE.keys() <= HOSTILE_MEANING.keys()
    assert all(meaning.strip() for meaning in HOSTILE_MEANING.values())


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_hostile_kind_is_built(kind):
    built = codec.build({"outer": [{TAG: kind}], "tame": 1})
    assert built["tame"] == 1
    (value,) = built["outer"]
    assert not (type(value) is dict and TAG in value)


@pytest.mark.parametrize(
    ("kind", "is_so"),
    [
        ("nan", math.isnan),
        ("infinity", math.isinf),
        ("circular", lambda value: value["self"] is value),
        ("lone_surrogate", lambda value: not value.isascii() and len(value) == 1),
        ("bytes", lambda value: isinstance(value, bytes)),
        ("huge_string", lambda value: len(value) == 1_000_000),
        ("huge_int", lambda value: value > 2**64),
        ("non_string_key", lambda value: not any(isinstance(key, str) for key in value)),
        ("date", lambda value: isinstance(value, dt.datetime)),
        ("proto_key", lambda value: "__proto__" in value),
        ("function", callable),
    ],
)
def test_a_hostile_value_is_what_it_says(kind, is_so):
    assert is_so(codec.build({TAG: kind}))


@pytest.mark.parametrize(
    ("kind", "touch"),
    [
        ("throwing_getter", dict),
        ("throwing_getter", len),
        ("throwing_getter", lambda value: value["k"]),
        ("throwing_str", str),
        ("throwing_str", repr),
        ("circular", json.dumps),
        ("deep", json.dumps),
        ("lone_surrogate", str.encode),
        ("one_throwing_getter", dict),
        ("untyped", lambda value: isinstance(value, str)),
        ("throwing_comparison", lambda value: value >= 0),
    ],
)
def test_a_hostile_value_bites(kind, touch):
    with pytest.raises((RuntimeError, ValueError)):
        touch(codec.build({TAG: kind}))


@pytest.mark.parametrize("kind", ["decimal", "fraction", "number_like"])
def test_a_number_of_another_type_passes_for_one_and_is_refused_by_json(kind):
    value = codec.build({TAG: kind})
    assert isinstance(value, numbers.Number)
    assert math.isfinite(value)
    assert 0 <= value < 2**53
    with pytest.raises(TypeError):
        json.dumps(value)


@pytest.mark.parametrize(
    "kind", ["calendar_date", "uuid", "path", "enum", "set", "read_only_map", "bytes"]
)
def test_an_ordinary_value_is_refused_by_json(kind):
    with pytest.raises(TypeError):
        json.dumps(codec.build({TAG: kind}))


@pytest.mark.parametrize("kind", ["no_such_kind", 7, None, ["nan"], {"nan": 1}])
def test_an_unknown_tag_is_malformed(kind):
    with pytest.raises(MalformedLineError, match=r"unknown hostile value.*nan"):
        codec.build([{TAG: kind}])


def test_a_tag_beside_other_keys_is_a_plain_object():
    plain = {TAG: "nan", "other": 1}
    assert codec.build(plain) == plain
    assert codec.tags(plain) == set()


@given(st.lists(st.sampled_from([*HOSTILE]), max_size=4))
def test_tags_finds_every_kind_wherever_it_stands(kinds):
    value = {
        letter: [{"in": {TAG: kind}}]
        for letter, kind in zip(string.ascii_letters, kinds, strict=False)
    }
    assert codec.tags(value) == set(kinds)


@given(JSON)
def test_tame_values_are_built_as_they_are(value):
    assert codec.tags(value) == set()
    assert codec.build(value) == value

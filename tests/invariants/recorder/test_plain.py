"""The decoder of common requests beside the full one: whatever it takes, the other takes so too."""

import base64
import gzip
import itertools
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof.recorder import decode as decoding
from payloadproof.recorder import events as reading
from payloadproof.recorder.decode import decode, in_full
from payloadproof.recorder.events import Unread
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.text import CONTAINERS, DEPTH
from payloadproof.recorder.verdict import TOKEN_KEYS

TOKEN = "phc_of_a_test"
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"


def event(**changed):
    return {"event": "install", "distinct_id": "d", "properties": {"a": 1}, "uuid": UUID} | changed


def batch(*events, **envelope):
    return {"api_key": TOKEN, "batch": list(events), **envelope}


def is_plain(value, path="/batch/"):
    wire = value if isinstance(value, bytes) else json.dumps(value).encode()
    return isinstance(decode("POST", path, (), wire).events, Unread)


@pytest.fixture(scope="module")
def both():
    """What both make of a request, which is the same."""

    def decoded(wire, path="/batch/", headers=(), project=ANY):
        quick, full = (one("POST", path, headers, wire, project) for one in (decode, in_full))
        assert quick.status == full.status, (quick.reason, full.reason)
        assert (quick.reason, quick.advice, quick.service) == (
            full.reason,
            full.advice,
            full.service,
        )
        assert (quick.body, quick.tokens, quick.dropped) == (full.body, full.tokens, full.dropped)
        # By their text: there -0.0 is no 0, True no 1, and the order of keys is told.
        assert repr(quick.envelope) == repr(full.envelope)
        assert repr(tuple(quick.events)) == repr(tuple(full.events))
        assert len(quick.events) == len(full.events)
        for some in (slice(1), slice(2), slice(1, 3), slice(-1, None), slice(None, None, 2)):
            again = decode("POST", path, headers, wire, project).events
            assert repr(tuple(again[some])) == repr(tuple(full.events[some]))
        return quick

    return decoded


# JSON as text, so that what no writer of JSON would write is written, too.
NUMBERS = [
    *("0", "-0", "-0.0", "1e5", "1E+2", "1e309", "-1E400", "1e-400", "0e999", "0.0E+9999"),
    *("1" * 40, "1" * 309, "1" * 400, "9" * 201 + "e99", "9" * 199 + "e+108", "1" * 310 + ".5"),
    *("1.7976931348623157e308", "1.7976931348623159e308", "4.9e-324", "18446744073709551616"),
    *("-9223372036854775809", "0.1", "100000000000000000000000.5", "2.5E-3"),
    *("NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "1e", "0x1", "1_0"),
]
TEXTS = [
    *('""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00"'),
    *(
        '"\\ud800x"',
        '"\\ud83d\\u0041"',
        '"\\udc00\\ud800"',
        '"\\uD83D\\uDE00"',
        '"\\ud83d\\\\ude00"',
        '"\\\\ud800"',
        '"\\x"',
        '"\x00"',
        '"\x1f"',
        '"\t"',
        '"\x7f"',
        '"😀"',
        '"é"',
    ),
    *(
        '"\udcff"',
        '"\udced\udca0\udc80"',
        '"1e999"',
        '", 1e999, "',
        '"[[[[{{{{"',
        '"\\"',
        '"a',
        '"\\u12"',
        '"\\/"',
        '"\u2028"',
    ),
]
deep = st.integers(DEPTH - 8, DEPTH + 2).flatmap(
    lambda depth: st.sampled_from(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth])
)
scalars = st.one_of(
    st.sampled_from([*NUMBERS, *TEXTS, "null", "true", "false", "tru", "", "[]", "{}"]),
    st.integers().map(str),
    st.floats().map(json.dumps),
    st.text(max_size=5).map(json.dumps),
    st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False)),
)


def objects(keys, values):
    """Objects of such keys, some of them twice."""
    pairs = st.lists(st.tuples(st.sampled_from(keys), values), max_size=4)
    return pairs.map(lambda of: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in of) + "}")


properties = objects(
    ["token", "distinct_id", "$cookieless_mode", "$set", "a", "é", "\u0000"],
    st.one_of(scalars, st.just("true"), st.just('"d"'), deep, objects(["a"], scalars)),
)
#: What an event mostly says, in the order in which it says it; the rest is drawn.
SOUND = {
    "event": ['"install"', '"$performance_event"', '""', '"$ai_generation"'],
    "distinct_id": ['"d"', '"\u2003"', '" "', "7", "null", '""', '"\\n"'],
    "uuid": [f'"{UUID}"', f'"{UUID.replace("-", "")}"', f'"urn:uuid:{UUID}"', '"x"', '""', "null"],
    "timestamp": ['"2026-11-29T14:00:00Z"', "null", "1"],
}
OTHERS = {
    "token": [f'"{TOKEN}"', '"other"', "1", "null"],
    "api_key": [f'"{TOKEN}"', '"phx_personal"', "null"],
    "$token": [f'"{TOKEN}"'],
    "$distinct_id": ['"d"', "null"],
    "offset": [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775807",
        "-9223372036854775808",
        "1",
        "1.0",
        "true",
        "1e2",
        "null",
        "1" * 30,
        "-1",
        '"1"',
    ],
    "$set": ["{}", "null", "[]", '{"a":1}'],
    "$set_once": ["{}", "1"],
    "type": ['"capture"', "null"],
}


@st.composite
def events(draw):
    mostly = st.integers(0, 9).map(bool)
    said = [
        (key, values[0] if draw(mostly) else draw(st.sampled_from(values) | scalars))
        for key, values in SOUND.items()
        if draw(mostly)
    ]
    if draw(mostly):
        said.append(("properties", draw(properties | st.just("{}") | scalars)))
    for key in draw(st.lists(st.sampled_from([*OTHERS, *SOUND]), max_size=2)):
        values = (OTHERS | SOUND)[key]
        said.insert(draw(st.integers(0, len(said))), (key, draw(st.sampled_from(values))))
    gap = draw(st.sampled_from(["", " ", "\n\t"]))
    return "{" + f",{gap}".join(f"{json.dumps(key)}:{gap}{value}" for key, value in said) + "}"


@st.composite
def bodies(draw):
    listed = ",".join(draw(st.lists(events(), max_size=3)))
    shape = draw(st.sampled_from(["batch", "batch", "batch", "list", "single", "scalar"]))
    if shape == "list":
        return f"[{listed}]"
    if shape == "single":
        return draw(events())
    if shape == "scalar":
        return draw(scalars | deep)
    said = [("api_key", f'"{TOKEN}"'), ("batch", f"[{listed}]")]
    for key in draw(st.lists(st.sampled_from(ENVELOPE), max_size=2)):
        value = draw(st.sampled_from(["true", "null", '"2026"', "[]", f'"{TOKEN}"']) | scalars)
        said.insert(draw(st.integers(0, len(said))), (key, value))
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in said) + "}"


ENVELOPE = ["sent_at", "sentAt", "historical_migration", "token", "$token", "api_key", "batch", "x"]
damages = st.sampled_from(["none"] * 8 + ["cut", "tail", "space", "bom", "latin", "nul"])
PATHS = [
    *("/batch/", "/batch", "/e", "/i/v0/e/", "/capture/", "/engage", "/track", "/in/batch/"),
    *("/batch/?beacon=1", "/e/?ip=0&_=1&ver=1.2", "/e/?token=x", "/e?compression=gzip"),
    *("/e?data=e30=", "/i/v0/ai/batch/", "/i/v1/analytics/events", "/flags/?v=2"),
]
HEADERS = [
    *((), (("Content-Encoding", "gzip"),), (("content-encoding", "GZIP"),)),
    *((("Content-Type", "application/x-www-form-urlencoded"),), (("Authorization", "Bearer b"),)),
    *((("Content-Encoding", "lz64"),), (("Content-Type", "application/json"),)),
]
PROJECTS = [ANY, Project(tokens=frozenset({TOKEN})), Project(tokens=frozenset({"another"}))]


def damaged(text, how):
    """The body in bytes, and what became of it on the way."""
    wire = text.encode(errors="surrogateescape")
    return {
        "none": wire,
        "cut": wire[:-1],
        "tail": wire + b"x",
        "space": b" \n" + wire + b"\r\t ",
        "bom": b"\xef\xbb\xbf" + wire,
        "latin": wire.replace(b"install", b"inst\xe4ll"),
        "nul": wire.replace(b"install", b"inst\0all"),
    }[how]


@settings(max_examples=600)
@given(
    text=bodies(),
    how=damages,
    packed=st.booleans(),
    asked=st.tuples(
        st.sampled_from(PATHS[:1] * 6 + PATHS),
        st.sampled_from(HEADERS[:1] * 4 + HEADERS),
        st.sampled_from(PROJECTS),
    ),
)
def test_what_is_read_at_once_and_what_is_read_in_full_are_the_same(both, text, how, packed, asked):
    wire = damaged(text, how)
    both(gzip.compress(wire, 1) if packed else wire, *asked)


@pytest.mark.parametrize("literal", [*NUMBERS, *TEXTS])
@pytest.mark.parametrize("where", ["property", "key of an event", "envelope", "nested"])
def test_every_value_is_the_same_wherever_it_stands(both, literal, where):
    said = {
        "property": ('"properties":{"a":%s}', ""),
        "key of an event": ('"properties":{},"type":%s', ""),
        "envelope": ('"properties":{}', ',"x":%s'),
        "nested": ('"properties":{"a":[{"b":%s}]}', ""),
    }[where]
    inner, beside = (part.replace("%s", literal) for part in said)
    text = f'{{"batch":[{{"event":"e","distinct_id":"d",{inner}}}],"api_key":"{TOKEN}"{beside}}}'
    both(text.encode(errors="surrogateescape"))


SAID = {"event": '"e"', "distinct_id": '"d"', "uuid": f'"{UUID}"', "properties": "{}"}
PROPERTIES = [
    *("null", "[]", '{"$cookieless_mode":true}', '{"$cookieless_mode":null}'),
    *('{"$cookieless_mode":1}', '{"token":"other"}', '{"token":1}', '{"distinct_id":"p"}'),
    *('{"distinct_id":7}', '{"a":{"a":1},"a":1}'),
]
DEPARTURES = [
    *((key, value) for key, values in (SOUND | OTHERS).items() for value in values),
    *(("properties", value) for value in PROPERTIES),
]


@pytest.mark.parametrize(("key", "value"), DEPARTURES)
@pytest.mark.parametrize("without", ["nothing", "distinct_id", "uuid", "event"])
def test_each_departure_from_a_sound_event_is_judged_alike(both, key, value, without):
    said = {k: v for k, v in {**SAID, key: value}.items() if k != without}
    one = "{" + ",".join(f'"{k}":{v}' for k, v in said.items()) + "}"
    sound = "{" + ",".join(f'"{k}":{v}' for k, v in SAID.items()) + "}"
    for listed in (one, f"{sound},{one}"):
        both(f'{{"api_key":"{TOKEN}","batch":[{listed}]}}'.encode())
        both(f"[{listed}]".encode(), "/e/")
    both(one.encode(), "/engage/")


KEYS = [{name: TOKEN} for name in TOKEN_KEYS] + [{"properties": {"token": TOKEN}}]


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(KEYS, 2)])
def test_a_key_under_two_of_its_names_is_judged_alike(both, one, other):
    said = event(**one, **other)
    both(json.dumps(batch(event(), said)).encode())
    both(json.dumps([said, event()]).encode(), "/e/")
    both(json.dumps(said).encode(), "/e/")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("historical_migration", value) for value in ("true", "null", "1")),
        *(("sent_at", value) for value in ('"2026"', "null", "1")),
        *(
            (key, value)
            for key in ("token", "$token", "api_key", "batch", "x")
            for value in ('"phc_another"', '""', "null", "[]", '"a\\u0000"', '"phx_personal"')
        ),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_each_departure_from_a_sound_envelope_is_judged_alike(both, key, value, first):
    event = "{" + ",".join(f'"{k}":{v}' for k, v in SAID.items()) + "}"
    said = [f'"api_key":"{TOKEN}"', f'"batch":[{event}]']
    said.insert(0 if first else len(said), f'"{key}":{value}')
    both(("{" + ",".join(said) + "}").encode())
    both(("{" + ",".join(said[1:]) + "}").encode())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("project", PROJECTS)
def test_each_way_to_ask_is_judged_alike(both, path, headers, project):
    for content in (batch(event()), [event(token=TOKEN)], event(api_key=TOKEN), []):
        wire = json.dumps(content).encode()
        for sent in (wire, gzip.compress(wire), b" " + wire, base64.b64encode(wire), b""):
            both(sent, path, headers, project)


@pytest.mark.parametrize("depth", [*range(DEPTH - 6, DEPTH + 1), 500, 5_000])
@pytest.mark.parametrize("place", ["properties", "envelope", "unknown"])
@pytest.mark.parametrize("crowd", [1, 60, 150])
def test_what_is_too_deep_is_seen_beside_any_number_of_events(both, depth, place, crowd):
    deep = "[" * depth + "]" * depth
    one = event() if place == "envelope" else event(**{place: {"a": "@"}})
    text = json.dumps(batch(*[event()] * (crowd - 1), one, x="@" if place == "envelope" else 1))
    both(text.replace('"@"', deep).encode())


def test_an_event_that_is_too_large_is_seen_however_it_is_written(both):
    # What is short as it is sent is long as it is handed on.
    numbers = b"[" + b"1e15," * 60_000 + b"1]"
    text = json.dumps(batch(event(properties={"a": "@"}))).encode().replace(b'"@"', numbers)
    assert len(text) < 400_000
    assert both(text).status == 413
    assert both(json.dumps(batch(event(properties={"a": '"' * 130_000}))).encode()).status == 200


@pytest.mark.parametrize("path", ["/batch/", "/e/"])
def test_more_values_than_are_read_are_seen_in_events_that_are_sound(both, path):
    small = {key: value for key, value in event(properties={}).items() if key != "uuid"}
    many = [event(properties={"a": [1] * 40_000})] * 26
    for events in ([small] * (CONTAINERS // 2 + 1), many):
        whole = batch(*events) if path == "/batch/" else [*events, event(token=TOKEN)]
        assert both(json.dumps(whole).encode(), path).status == 413


def test_more_bytes_than_are_taken_are_seen_in_events_that_are_sound(both):
    many = [event(properties={"a": "x" * 100_000})] * 220
    assert both(json.dumps(batch(*many)).encode()).status == 413


def test_what_sdks_send_is_read_at_once():
    # Or the rest of this file compares the full decoder with itself.
    python = {**event(properties={"$lib": "posthog-python", "$set": {}}), "timestamp": "2026"}
    node = event(type="capture", library="posthog-node", library_version="5.70.0")
    page = {"event": "$pageview", "properties": {"token": TOKEN, "distinct_id": "d"}, "offset": 1}
    assert is_plain(batch(python, historical_migration=False, sentAt="2026"))
    assert is_plain(batch(node, sent_at="2026"))
    assert is_plain([page, page], "/e/?ip=0&ver=1.449.2")
    assert is_plain(page, "/e/")
    assert is_plain(batch(*[event()] * 1_000))
    assert is_plain(batch(event(properties={"text": "\u00e9 \n \U0001f600 1e5"})))


def test_what_is_not_plain_is_read_in_full(both, monkeypatch):
    monkeypatch.setattr(decoding, "plain", lambda *_: None)
    assert not is_plain(batch(event()))
    assert both(json.dumps(batch(event())).encode()).status == 200


SHAPES = {
    "batch": batch(event(), event(event="other")),
    "list": [event(token=TOKEN), event(token=TOKEN, event="other")],
    "one event": event(token=TOKEN),
    "one event beside a batch that is none": event(batch=1),
    "values that are no events": batch(1, None, [], {"properties": []}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_events_of_a_large_body_are_the_same_although_they_are_read_later(monkeypatch, shape):
    wire = json.dumps(SHAPES[shape]).encode()
    at_once = in_full("POST", "/e/", (), wire).events
    monkeypatch.setattr(decoding, "_LARGE", 0)
    later = in_full("POST", "/e/", (), wire).events
    assert isinstance(later, Unread)
    assert (len(later), tuple(later[:1]), tuple(later)) == (len(at_once), at_once[:1], at_once)


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":"), (" , ", " : ")])
@pytest.mark.parametrize(
    "value", [1, "}, {", '},{"', [{"a": 1}, {"b": 2}], {"a": {}, "b": {}}, "x" * 3_000]
)
def test_the_first_events_are_the_same_although_they_are_read_alone(value, separators):
    wire = json.dumps(
        batch(*[event(properties={"at": n, "a": value, "b": value}) for n in range(40)]),
        separators=separators,
    ).encode()
    for count in (1, 8, 19, 39):
        events = decode("POST", "/batch/", (), wire).events
        assert isinstance(events, Unread)
        assert [one.properties["at"] for one in events[:count]] == [*range(count)]
        assert events[:count] == tuple(events)[:count]
        assert events[count:][:1] == tuple(events)[count : count + 1]


@pytest.mark.parametrize("long", [2_000, 5_000, 9_000])
def test_the_first_events_are_the_same_where_they_are_the_longest(long):
    few = [event(properties={"at": n, "text": "x" * long}) for n in range(8)]
    wire = json.dumps(batch(*few, *[event()] * 32)).encode()
    for count in range(1, 12):
        events = decode("POST", "/batch/", (), wire).events
        assert events[:count] == tuple(events)[:count]


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_whoever_asks_for_the_first_events_does_not_have_all_of_them_read(monkeypatch, separators):
    wire = json.dumps(batch(*[event()] * 1_000), separators=separators).encode()
    waiting = decode("POST", "/batch/", (), wire).events
    read = []
    apart = reading._apart
    monkeypatch.setattr(reading, "_apart", lambda text: read.append(len(text)) or apart(text))
    assert len(waiting[:8]) == 8
    assert sum(read) < len(wire) / 10


def test_events_that_wait_are_events():
    events = decode("POST", "/batch/", (), json.dumps(batch(event(), event())).encode()).events
    assert isinstance(events, Unread)
    first = events[:1]
    assert [one.name for one in first] == ["install"]
    assert (first[0], len(events)) == (events[0], 2)
    assert events[1] is events[1]
    assert events == tuple(events)
    assert events != ()
    assert pickle.loads(pickle.dumps(events)) == tuple(events)
    assert repr(events) == repr(tuple(events))

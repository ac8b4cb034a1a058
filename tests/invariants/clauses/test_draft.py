"""A draft loads, and what it came from passes it, but for what it marks."""

import json
import re
import secrets
import tomllib
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.clauses.registry import judge
from payloadproof.contract import load
from payloadproof.contract.draft import EVENTS_MAX, KEYS_MAX, Draft
from payloadproof.contract.seen import Room, Seen
from payloadproof.evidence.history import History

JUDGED = ("A1", "A2", "A3", "A4", "A5", "A6")
# What a draft says of what it does not let through.
MARKED = re.compile(r"left out|not allowed|until it is declared|look like|values, but|too deep")


def drafted(*events):
    draft = Draft()
    for name, properties in events:
        draft.add(name, properties, {}, of="somebody", at="2026-11-28T10:00:00Z")
    return draft.toml("kettle")


@pytest.fixture
def loaded(tmp_path):
    def make(text):
        path = tmp_path / "draft.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return make


@pytest.fixture
def unmarked(loaded, post):
    """What a recording breaks of its own draft, without a mark of it: clause and place."""

    def found(*events):
        text = drafted(*events)
        batch = [
            {
                "event": name,
                "distinct_id": str(uuid.UUID(int=7, version=4)),
                "uuid": str(uuid.UUID(int=n, version=4)),
                "timestamp": "2026-11-28T10:00:00Z",
                "properties": properties,
            }
            for n, (name, properties) in enumerate(events)
        ]
        history = History(contract=loaded(text), requests=(post(*batch),))
        whole = bool(re.search(r"^# TODO .*(left out|not allowed)", text, re.MULTILINE))
        tables = tomllib.loads(text)["properties"]
        lines = dict(zip(tables, re.findall(r"^type = .*$", text, re.MULTILINE), strict=True))
        shown = {json.dumps(key, ensure_ascii=False): key for key in tables}
        left = []
        for one in judge(history, JUDGED).findings:
            key = next((k for s, k in shown.items() if s in one.expected + one.observed), None)
            marked = MARKED.search(lines[key]) if key is not None else whole
            if not marked:
                left.append((one.clause, one.observed, key))
        return left

    return found


PLAIN = [
    ("boiled", {"cups": 2, "kind": "green", "hot": True, "version": "1.2.3", "at": 0.5}),
    ("boiled", {"cups": 0, "kind": "black", "hot": False, "version": "1.2.3", "offset": -60}),
    ("boiled", {"cups": 9, "kind": "green", "size": None, "tags": ["a", "b"], "model": "gpt/5"}),
    ("boiled", {"kind": "green", "size": 3, "inner": {"a": 1, "b": {"c": "x"}}}),
    ("boiled", {"kind": "black", "id": str(uuid.UUID(int=9, version=4)), "day": "2026-01-02"}),
    ("boiled", {"kind": "green", "when": 1_790_000_000_000, "tags": [], "inner": {}}),
    ("started", {"version": "1.2.3", "$lib": "posthog-python", "$set": {"plan": "free"}}),
    ("started", {"$process_person_profile": False, "$feature/steam": True}),
    ("$identify", {"$anon_distinct_id": str(uuid.UUID(int=8, version=4))}),
]


def test_plain_values_pass_their_draft_whole(unmarked):
    assert unmarked(*PLAIN) == []


def test_each_type_is_guessed_with_its_reason(loaded):
    text = drafted(*PLAIN)
    properties = loaded(text).properties
    types = {name: prop.type for name, prop in properties.items()}
    assert types == {
        "at": "number",
        "cups": "count",
        "day": "date",
        "hot": "bool",
        "id": "uuid",
        "inner": "object",
        "kind": "enum",
        "model": "model",
        "offset": "integer",
        "plan": "slug",
        "size": "count",
        "tags": "list",
        "version": "version",
        "when": "epoch_ms",
    }
    assert properties["kind"].values == ("black", "green")
    assert properties["size"].null
    for line in text.splitlines():
        if line.startswith(("type", "base", "person", "ceiling", "geoip", "profile")):
            assert "# TODO" in line


@pytest.fixture
def recorded_boiling(loaded, post, make_event):
    """What a draft says of an event with these properties."""

    def judged(text, properties):
        event = make_event("boiled", properties)
        history = History(contract=loaded(text), requests=(post(event),))
        return [one for one in judge(history, JUDGED).findings if "distinct_id" not in one.expected]

    return judged


SECRET = "sk-" + secrets.token_hex(12)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("please boil some water", "until it is declared"),
        ("/home/ada/plan.md", "an absolute path"),
        ("ada@example.org", "an e-mail address"),
        (SECRET, "a key"),
        ("x" * 5_000, "until it is declared"),
    ],
)
def test_free_text_is_never_let_through(recorded_boiling, value, reason):
    text = drafted(*[("boiled", {"command": value, "argv": ["boil", value]})] * 9)
    assert len(re.findall(f"# TODO .*{reason}", text)) == 2
    assert value not in text
    assert recorded_boiling(text, {"command": value})


def test_one_word_that_is_always_there_is_no_closed_set(loaded):
    # What one machine is called looks like a constant in its own recording.
    text = drafted(*[("boiled", {"machine": "adas-laptop"})] * 9)
    assert loaded(text).properties["machine"].type == "slug"
    assert "adas-laptop" not in text
    assert "what this machine or person is called" in text


def test_what_is_dangerous_by_its_name_is_not_allowed(loaded):
    text = drafted(("$ai_generation", {"$ai_model": "m", "$ai_input": "hello"}), ("a", {"$ip": 1}))
    assert '# TODO "$ai_input" was on 1 events, which holds what people said to a model' in text
    assert "$ai_model" not in text
    assert loaded(text).wire.stamps == ()


HOSTILE = [
    "",
    "a b",
    'a"\\b',
    "a.b",
    "\N{MELTING FACE}",
    "\ud800",
    "\x1b[2J",
    "a\nb = 1",
    "x" * 10_000,
    "/home/ada/plan",
    "ada@example.org",
    "# TODO",
    "[properties]",
    "__proto__",
    "$",
    "$feature/",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    SECRET,
]


def test_hostile_names_are_quoted_or_counted(loaded, unmarked):
    events = [(name, {name: 1, "inner": {name: 1}, "$set": {name: 1}}) for name in HOSTILE]
    text = drafted(*events, (None, {}), (7, []), ([], "x"))
    assert loaded(text)
    assert SECRET not in text
    assert "ada" not in text
    assert all(line.isprintable() for line in text.split("\n"))
    assert not unmarked(*events)


def test_a_million_keys_make_a_small_draft(loaded):
    draft = Draft()
    for begin in range(0, 1_000_000, 50_000):
        keys = {f"k{number}": number for number in range(begin, begin + 50_000)}
        draft.add("boiled", keys, {}, of=1, at=None)
        draft.add("nested", {"inner": keys}, {}, of=1, at=None)
    text = draft.toml()
    assert len(text) < 100_000
    assert len(loaded(text).properties) == KEYS_MAX + 1
    assert f"# TODO {1_000_000 - KEYS_MAX:,} keys are left out: the name is beyond" in text
    assert loaded(text).properties["inner"].others.type == "count"


def tree(width, depth):
    return {f"k{n}": tree(width, depth - 1) if depth else n for n in range(width)}


def test_keys_inside_of_keys_are_bounded_together_and_not_each(loaded):
    """A hundred in each of four levels would be a hundred million places."""
    draft = Draft()
    for number in range(8):
        draft.add(f"e{number}", {"inner": tree(20, 3)}, {}, of=1, at=None)
    text = draft.toml()
    assert len(text) < 4_000_000
    assert "keys are left out for their names or their number" in text
    room = Room(100)
    seen = Seen(room=room)
    seen.add(tree(20, 3))
    assert room.left <= 0
    assert kept(seen) == 100
    assert loaded(drafted(*[(f"e{n}", {f"k{m}": 1 for m in range(90)}) for n in range(250)]))


def kept(seen):
    return sum(1 + kept(inner) for inner in seen.keys.values())


def test_more_keys_than_there_is_room_for_are_counted(loaded):
    text = drafted(*[(f"e{n}", {f"k{m}": 1 for m in range(300)}) for n in range(100)])
    assert "keys are left out: the name is beyond the first 20,000 of all" in text
    assert loaded(text)


def test_thousands_of_names_of_events_are_counted(loaded):
    text = drafted(*[(f"e{number}", {}) for number in range(2_000)])
    assert len(loaded(text).events) == EVENTS_MAX
    assert "1,700 events are left out" in text


def test_what_is_nested_deep_is_not_followed(loaded):
    inner = 1
    for _ in range(200):
        inner = {"a": [inner]}
    assert loaded(drafted(("boiled", {"deep": inner})))


NAMES = st.sampled_from(["a", "b", "size", "version", "$lib", "$x", "$set", "a b", "id"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**13)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "b", "1.2", "10.0.0.1", "two words", "2026-01-02", "a/b", "A" * 30])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two", "$identify", "a b"]),
            st.dictionaries(NAMES, VALUES, max_size=5),
        ),
        max_size=6,
    )
)
def test_any_recording_passes_its_draft_but_for_what_is_marked(unmarked, events):
    assert unmarked(*events) == []

from __future__ import annotations

import copy
import enum
import json
import math
import secrets
import sys
import uuid
from collections import ChainMap, UserDict, defaultdict
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference.machine import base
from payloadproof_reference.whitelist import (
    BASE,
    EVENTS,
    OCCURRENCES,
    PERSON,
    SHAPES,
    WHITELIST,
    slug,
)

FORBIDDEN = [
    "session_compressed",
    "context_injected",
    "session_compressed_rollup",
    "test_event",
    "test_event_2",
]


def kept(key, value):
    """Whether ``value`` gets through under ``key``, asked of an event that declares it."""
    event = next(name for name, entry in EVENTS.items() if key in entry.properties)
    return WHITELIST.scrub(event, {key: value}) == {key: value}


class Text(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError

    __len__ = __hash__ = __eq__ = __str__


class Word(enum.StrEnum):
    OK = "ok"


class Level(enum.IntEnum):
    THREE = 3


class Trap(Mapping):
    """Every way in raises, but one key."""

    def __getitem__(self, key):
        if key == "result_count":
            return 3
        raise RuntimeError

    def __iter__(self):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


class Liar:
    """Claims to be a string."""

    @property
    def __class__(self):
        return str


class Colliding:
    """A key that pretends to be every key."""

    def __hash__(self):
        return hash("result_count")

    def __eq__(self, other):
        raise RuntimeError


def test_there_are_107_keys_and_17_events():
    assert len(SHAPES) == 107
    assert len(EVENTS) == 17


def test_every_declared_key_has_a_shape():
    declared = {key for entry in EVENTS.values() for key in entry.properties}
    folded = {key for keys in OCCURRENCES.values() for key in keys}
    assert declared | folded | set(PERSON) | set(BASE) == set(SHAPES)


def test_no_occurrence_and_no_forbidden_name_is_an_event():
    assert not set(EVENTS) & ({*OCCURRENCES} | {*FORBIDDEN})


def test_history_carries_no_base_property():
    assert not set(EVENTS["historical_activity"].properties) & set(BASE)


@pytest.mark.parametrize("name", [None, 1, [], {}, *FORBIDDEN, "$set", ""])
def test_what_is_not_in_the_catalogue_is_no_event(name):
    assert WHITELIST.event(name) is None
    assert WHITELIST.event(Text("worker_started")) is None


def test_an_event_gets_only_the_properties_it_declares():
    given_ = {"uptime_seconds": 3, "result_count": 4, "session_id": 5, "path": "x"}
    assert WHITELIST.scrub("worker_stopped", given_) == {"uptime_seconds": 3}


@pytest.mark.parametrize("value", [0, 1, 2**53])
def test_counts(value):
    assert kept("result_count", value)


@pytest.mark.parametrize(
    "value", [True, -1, 1.0, 2**53 + 1, 10**400, "1", None, math.nan, [1], {"a": 1}, b"1"]
)
def test_what_is_no_count(value):
    assert not kept("result_count", value)


@pytest.mark.parametrize("value", [0, 0.0, 1.5, 1e308])
def test_numbers(value):
    assert kept("duration_ms", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, -1, True, "1.5", 10**400, 1j])
def test_what_is_no_number(value):
    assert not kept("duration_ms", value)


@pytest.mark.parametrize(("value", "fits"), [(True, True), (False, True), (1, False), ("", False)])
def test_flags(value, fits):
    assert kept("chroma_available", value) is fits


@pytest.mark.parametrize(("value", "fits"), [("ok", True), ("OK", False), ("ok\n", False)])
def test_closed_sets(value, fits):
    assert kept("outcome", value) is fits


@pytest.mark.parametrize(
    "value",
    [
        "search",
        "a",
        "by-file_2.5",
        "x" * 64,
        "github-copilot",
        "npm_install_failed",
        "sk-SK",
        "v1.2",
    ],
)
def test_slugs(value):
    assert kept("endpoint", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x" * 65,
        "x" * 201,
        "two words",
        "/home/alice",
        "a/b",
        "alice@example.org",
        "-x",
        "caf\u00e9",
        "\u0665",
        "half\ud800",
        "line\n",
        "nul\0",
        "10.0.0.1",
        "host-10.0.0.1",
        "fe80::1",
        "00:1a:2b:3c:4d:5e",
        "build.acme.example",
        "secret-plan.docx",
        "localhost:8080",
    ],
)
def test_what_is_no_slug(value):
    assert not kept("endpoint", value)


@pytest.mark.parametrize(
    "made",
    [
        lambda: "sk-" + secrets.token_hex(6),
        lambda: "phc_" + secrets.token_hex(8),
        lambda: "ghp_" + secrets.token_hex(8),
        lambda: "whsec_" + secrets.token_hex(4),
        lambda: "github_pat_" + secrets.token_hex(4),
        lambda: "sk_live_" + secrets.token_hex(4),
        lambda: "AKIA" + secrets.token_hex(8).upper(),
        lambda: "eyJ" + secrets.token_hex(8),
        lambda: secrets.token_hex(16),
        lambda: str(uuid.uuid4()),
        lambda: "Zq7" + secrets.token_hex(12),
        lambda: "-".join("a1B2" for _ in range(6)),
    ],
)
@pytest.mark.parametrize("key", ["ide", "endpoint", "version"])
def test_a_secret_is_refused_though_its_characters_fit(made, key):
    assert not kept(key, made())
    assert not kept("top_model", made())


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("claude-3-5-sonnet-20241022", True),
        ("meta-llama/Llama-3.3-70B-Instruct", True),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", True),
        ("model-1000000000042", True),
        ("AuthenticationTimeoutErrorWhileSending", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("a/b/c", False),
        ("/a", False),
        ("a/", False),
    ],
)
def test_model_ids(value, fits):
    assert kept("top_model", value) is fits


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("1.2.3", True),
        ("6.8.0-45-generic", True),
        ("5.15.153.1-microsoft-standard-WSL2", True),
        ("00-1a-2b-3c-4d-5e", False),
        ("10.0.19045", True),
        ("3.13.0rc1+", True),
        ("v1", False),
        ("1.2 beta", False),
        ("1/2", False),
        ("192.168.0.7", False),
        ("1" * 65, False),
    ],
)
def test_versions(value, fits):
    assert kept("os_version", value) is fits


@pytest.mark.parametrize(
    ("value", "fits"),
    [("2026-02-28", True), ("2026-02-30", False), ("2026-2-3", False), (20260228, False)],
)
def test_dates(value, fits):
    assert kept("first_active_date", value) is fits


@pytest.mark.parametrize("subclass", [Word, Text])
def test_subclasses_of_text_become_text(subclass):
    found = WHITELIST.scrub("search_performed", {"outcome": subclass("ok")})["outcome"]
    assert type(found) is str
    assert found == "ok"


def test_subclasses_of_numbers_become_numbers():
    found = WHITELIST.scrub("search_performed", {"result_count": Level.THREE})["result_count"]
    assert type(found) is int
    assert found == 3


@pytest.mark.parametrize(
    "properties",
    [
        {"result_count": 3, "endpoint": Text("a/b")},
        {"result_count": 3, "endpoint": Liar(), "outcome": object()},
        {"result_count": 3, ("a", 1): 2, None: 4, 5: 6, "half\ud800": 1},
        {"result_count": 3, "nested": {"result_count": 9}, "list": [1] * 1000},
        Trap(),
        UserDict(result_count=3),
        MappingProxyType({"result_count": 3}),
        ChainMap({}, {"result_count": 3}),
        defaultdict(Trap, result_count=3),
    ],
)
def test_a_hostile_property_loses_only_itself(properties):
    assert WHITELIST.scrub("search_performed", properties) == {"result_count": 3}


def test_a_key_that_raises_when_compared_loses_only_its_own_slot():
    properties = {Colliding(): 1, "duration_ms": 2}
    assert WHITELIST.scrub("search_performed", properties) == {"duration_ms": 2}


@pytest.mark.parametrize("properties", [None, 1, "text", b"", [("result_count", 3)], object(), int])
def test_what_is_no_mapping_has_no_properties(properties):
    assert WHITELIST.scrub("search_performed", properties) == {}


def test_a_cycle_and_a_depth_are_not_walked():
    cyclic = {"result_count": 3}
    cyclic["outcome"] = cyclic
    deep = []
    for _ in range(sys.getrecursionlimit() * 2):
        deep = [deep]
    cyclic["endpoint"] = deep
    assert WHITELIST.scrub("search_performed", cyclic) == {"result_count": 3}


def test_the_callers_object_is_neither_kept_nor_changed():
    properties = defaultdict(list, result_count=3, outcome="ok")
    before = copy.copy(properties)
    scrubbed = WHITELIST.scrub("search_performed", properties)
    assert properties == before
    properties["result_count"] = 99
    assert scrubbed["result_count"] == 3


keys = st.one_of(st.sampled_from(sorted(SHAPES)), st.text(max_size=8), st.integers(), st.none())
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(alphabet=st.characters(), max_size=300),
        st.binary(max_size=20),
        st.sampled_from(["ok", "worker", "1.2.3", "2026-01-01", "gpt-4.1", 2**53, 2**53 + 1]),
        st.builds(object),
        st.builds(Trap),
        st.builds(Liar),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
anything = st.one_of(st.dictionaries(keys, values, max_size=12), values)


@given(event=st.sampled_from(sorted(EVENTS)), properties=anything)
def test_scrubbing_is_total_bounded_and_idempotent(event, properties):
    scrubbed = WHITELIST.scrub(event, properties)
    assert set(scrubbed) <= set(EVENTS[event].properties)
    assert all(type(value) in (bool, int, float, str) for value in scrubbed.values())
    assert all(len(value) <= 200 for value in scrubbed.values() if type(value) is str)
    assert json.loads(json.dumps(scrubbed, allow_nan=False)) == scrubbed
    assert WHITELIST.scrub(event, scrubbed) == scrubbed


@given(properties=anything)
def test_a_person_gets_only_person_keys(properties):
    assert set(WHITELIST.person(properties)) <= set(PERSON)


@given(text=st.text(max_size=120))
def test_a_slug_never_holds_what_free_text_needs(text):
    assert not slug(text) or not set(text) & set(" /\\@\n\t'\"")


def test_the_base_properties_of_this_machine_fit_their_shapes():
    described = base({"LANG": "en_US.UTF-8", "CI": "true"})
    scrubbed = WHITELIST.scrub("worker_started", described)
    assert set(scrubbed) >= {"version", "os", "is_wsl", "arch", "runtime", "runtime_version"}
    assert (scrubbed["is_ci"], scrubbed["locale"]) == (True, "en-US")
    assert "node_version" not in scrubbed


@pytest.mark.parametrize(
    ("env", "locale"),
    [
        ({"LANG": "C"}, "C"),
        ({"LC_ALL": "de_DE@euro", "LANG": "fr_FR"}, "de-DE"),
        ({"LANG": "/home/alice"}, None),
        ({"LANG": "quaddlewibble"}, None),
        ({"LANG": "de-quaddlewibble"}, None),
        ({"LANG": "zh_Hant_TW.UTF-8"}, "zh-Hant-TW"),
        ({}, None),
    ],
)
def test_the_locale_is_a_language_tag_or_absent(env, locale):
    assert WHITELIST.scrub("worker_started", base(env)).get("locale") == locale


@pytest.mark.parametrize(("value", "is_ci"), [("1", True), ("false", False), ("", False)])
def test_ci_is_read_from_the_environment(value, is_ci):
    assert base({"CI": value})["is_ci"] is is_ci

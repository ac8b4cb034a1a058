"""Lists, objects, null, ids, bounds, and texts that say what they may not hold."""

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.contract import Property
from payloadproof.contract.property import property_flaws
from payloadproof.contract.values import misfit
from payloadproof.generate.payloads import fitting

# Fixed: the names of cases are made of them.
UUID = "3c9b3d0e-66f2-4f0a-9d50-0a4f21c3d0aa"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TABLES = {
    "a list": 'type = "list"\nmax_items = 2\nitems = { type = "slug" }',
    "a list of lists": 'type = "list"\nitems = { type = "list", items = { type = "count" } }',
    "an object": 'type = "object"\nkeys = { size = { type = "count" }, at = { type = "uuid" } }',
    "an open object": 'type = "object"\nmax_keys = 2\nothers = { type = "count", max = 9 }',
    "both": 'type = "object"\nkeys = { a = { type = "bool" } }\nothers = { type = "slug" }',
    "an offset": 'type = "integer"\nmin = -840\nmax = 840',
    "a temperature": 'type = "number"\nmin = -273.15\nmax = 60',
    "a narrow number": 'type = "number"\nmin = 0.01\nmax = 0.02',
    "below zero": 'type = "integer"\nmax = -2_000_000',
    "null or a count": 'type = "count"\nnull = true',
    "null or a list": 'type = "list"\nnull = true\nitems = { type = "enum", values = ["a", "b"] }',
    "an id": 'type = "id"',
    "a uuid": 'type = "uuid"',
    "a text without paths": 'type = "text"\nnever = ["path", "email"]',
}


def prop(text):
    made = msgspec.convert(tomllib.loads(text + '\ndescription = "It."'), Property)
    assert not list(property_flaws(made, "properties.it"))
    return made


def why(text, value):
    return misfit(prop(text), value, string_max_chars=200)


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
@given(data=st.data())
def test_what_scenarios_are_made_of_fits(text, data):
    made = prop(text)
    assert misfit(made, data.draw(fitting(made)), string_max_chars=200) is None


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
@given(value=JSON)
def test_every_judgement_is_total_and_quotes_nothing(text, value):
    wrong = why(text, value)
    assert wrong is None or (wrong.isprintable() and len(wrong) < 120)


@pytest.mark.parametrize(
    ("table", "value", "said"),
    [
        ("a list", "a", "is not a list"),
        ("a list", ["a", "b", "c"], "longer than 2 items"),
        ("a list", ["a", "/home/ada/plan"], "holds an item that has not the shape of a slug"),
        ("a list", [["a"]], "holds an item that is not a slug"),
        ("a list of lists", [[1], [-1]], "holds an item that holds an item that is negative"),
        ("an object", {"size": -1}, "holds a value that is negative"),
        ("an object", {"colour": 1}, "a key that is not declared"),
        ("an object", [], "is not an object"),
        ("an open object", {"a": 1, "b": 2, "c": 3}, "longer than 2 keys"),
        ("an open object", {"a": 10}, "holds a value that is above 9"),
        ("an open object", {"ada@example.org": 1}, "a key that has not the shape"),
        ("an open object", {UUID: 1}, "a key that looks like a hash or an id"),
        ("both", {"a": "x"}, "holds a value that is not true or false"),
        ("an offset", -841, "is below -840"),
        ("an offset", 841, "is above 840"),
        ("an offset", 1.5, "is not a whole number"),
        ("a temperature", float("nan"), "is not finite"),
        ("null or a count", "x", "is not a whole number"),
        ("null or a list", ["c"], "holds an item that is not one of a, b"),
        ("an id", "ada@example.org", "has not the shape of an id"),
        ("an id", "10.0.0.1", "network address"),
        ("an id", "/home/ada", "has not the shape of an id"),
        ("an id", "x" * 101, "longer than an id"),
        ("a uuid", "7", "is not a UUID"),
        ("a text without paths", "no such file: '/home/ada/plan'", "an absolute path"),
        ("a text without paths", "ada@example.org", "an e-mail address"),
    ],
)
def test_a_misfit_says_why(table, value, said):
    assert said in why(TABLES[table], value)


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ("a list", []),
        ("null or a count", None),
        ("null or a list", None),
        ("an offset", -300),
        ("a temperature", -273.15),
        ("an id", UUID),
        ("an id", "0f" * 32),
        ("an id", 140_233_112_000),
        ("a uuid", UUID.upper()),
        ("an open object", {"anything": 3}),
        # What is not named is not searched for: it was said that it may be there.
        ("a text without paths", "https://example.org/?q=1"),
    ],
)
def test_what_is_declared_fits(table, value):
    assert why(TABLES[table], value) is None


@pytest.mark.parametrize(
    ("never", "text"),
    [
        ("path", "cat C:\\Users\\ada\\plan.md"),
        ("email", "mail to ada@example.org"),
        ("url_query", "get https://git.example/acme?token=1"),
        ("secret", "with s" + "k-" + "1f" * 12),
        ("network_address", "host 10.20.30.40 is down"),
        ("phone", "call +49 30 1234567"),
        ("card", "paid with 4111 1111 1111 1111"),
        ("id", f"user {UUID}"),
    ],
)
def test_a_text_is_searched_for_what_it_may_not_hold(never, text):
    assert why(f'type = "text"\nnever = ["{never}"]', text).startswith("looks like")
    others = [one for one in ("path", "email", "phone") if one != never]
    assert why(f'type = "text"\nnever = {others}', text) is None


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('type = "list"', "items", "what the list holds"),
        ('type = "object"', "keys", "or others"),
        ('type = "count"\nitems = { type = "bool" }', "items", "the type list"),
        ('type = "slug"\nmin = 1', "min", "the type count or integer or number"),
        ('type = "count"\nmin = 3\nmax = 2', "max", "at least the min, 3"),
        ('type = "count"\nnever = ["path"]', "never", "the type text"),
        ('type = "list"\nitems = { type = "enum" }', "items.values", "the closed set"),
        ('type = "object"\nkeys = { "a b" = { type = "list" } }', 'keys."a b".items', "holds"),
        ('type = "bool"\nmax_items = 3', "max_items", "the type list"),
    ],
)
def test_what_a_type_does_not_allow_is_told_by_its_key(text, key, expected):
    made = msgspec.convert(tomllib.loads(text + '\ndescription = "It."'), Property)
    (flaw,) = property_flaws(made, "properties.it")
    assert flaw.key == f"properties.it.{key}"
    assert expected in flaw.expected
    assert tomllib.loads(flaw.example)

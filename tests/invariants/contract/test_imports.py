"""A contract made of somebody else's description loads, marks what was guessed, and stays small."""

import json
import re
import secrets
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.contract import DEFAULT, definitions, from_schema, load
from payloadproof.contract.export import schema_of
from payloadproof.contract.sketch import Sketch


def of_schema(schema, name="boiled"):
    sketch = Sketch()
    from_schema.sketched(schema, name, sketch)
    return sketch.toml("kettle")


def of_page(page, *, of_persons=False):
    sketch = Sketch()
    definitions.sketched(page, sketch, of_persons=of_persons)
    return sketch.toml("kettle")


@pytest.fixture
def loaded(tmp_path):
    def make(text):
        path = tmp_path / "draft.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return make


def event(name, **properties):
    inside = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"properties": {"event": {"const": name}, "properties": inside}}


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"type": "boolean"}, {"type": "bool"}),
        ({"type": "integer", "minimum": 0}, {"type": "count", "min": 0}),
        ({"type": "integer"}, {"type": "integer"}),
        (
            {"type": "integer", "minimum": -3, "maximum": 4},
            {"type": "integer", "min": -3, "max": 4},
        ),
        ({"type": "number", "maximum": 1.5}, {"type": "number", "max": 1.5}),
        ({"type": "integer", "maximum": -3}, {"type": "integer", "max": -3}),
        ({"type": "number", "minimum": 2, "maximum": 1}, {"type": "number"}),
        ({"type": "number", "minimum": 1e308 * 10}, {"type": "number"}),
        ({"type": "string"}, {"type": "slug"}),
        ({"type": "string", "maxLength": 3}, {"type": "slug"}),
        ({"type": "string", "pattern": "^a$"}, {"type": "slug"}),
        ({"type": "string", "format": "email"}, {"type": "slug"}),
        ({"type": "string", "format": "uuid"}, {"type": "uuid"}),
        ({"type": "string", "format": "date"}, {"type": "date"}),
        ({"type": ["string", "null"], "format": "date"}, {"type": "date", "null": True}),
        ({"type": ["string", "integer"]}, {"type": "slug"}),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, {"type": "bool", "null": True}),
        ({"anyOf": [{"type": "boolean"}, {"type": "string"}]}, {"type": "slug"}),
        ({"enum": ["green", "black"]}, {"type": "enum", "values": ["green", "black"]}),
        ({"const": "green"}, {"type": "enum", "values": ["green"]}),
        ({"enum": [True, False]}, {"type": "bool"}),
        ({"enum": [1, 3]}, {"type": "count", "min": 1, "max": 3}),
        ({"enum": ["green", 3]}, {"type": "slug"}),
        ({"enum": ["a@example.com"]}, {"type": "slug"}),
        ({"enum": []}, {"type": "slug"}),
        (
            {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
            {"type": "list", "items": {"type": "bool"}, "max_items": 3},
        ),
        ({"type": "array"}, {"type": "list", "items": {"type": "slug"}, "max_items": 20}),
        (
            {"type": "object", "properties": {"size": {"type": "boolean"}}},
            {"type": "object", "keys": {"size": {"type": "bool"}}},
        ),
        ({"type": "object"}, {"type": "object", "others": {"type": "slug"}}),
        ({"$ref": "#/nowhere"}, {"type": "slug"}),
        ({"$ref": "https://example.com/schema.json"}, {"type": "slug"}),
        (True, {"type": "slug"}),
        ({}, {"type": "slug"}),
    ],
)
def test_each_shape_is_as_tight_as_its_schema_or_undecided(loaded, schema, shape):
    text = of_schema(event("boiled", cup=schema))
    loaded(text)
    table = tomllib.loads(text)["properties"]["cup"]
    del table["description"]
    assert table == shape
    (line,) = [one for one in text.splitlines() if one.startswith("type = ")]
    assert "# TODO" in line


def test_the_export_of_a_contract_comes_back_with_its_events_and_types(loaded, contract):
    again = loaded(of_schema(json.loads(json.dumps(schema_of(contract)))))
    assert again.events.keys() == contract.events.keys()
    assert again.wire.every_stamp == {
        key for key in again.wire.every_stamp if key in contract.wire.every_stamp
    }
    kept = {"bool": "bool", "count": "count", "number": "number", "enum": "enum"}
    for name, prop in again.properties.items():
        was = contract.properties.get(name)
        if was is not None:
            assert prop.type == kept.get(was.type, prop.type), name
            assert prop.values == (was.values if was.type == "enum" else ())


def test_references_and_several_events_of_one_file(loaded):
    schema = {
        "oneOf": [{"$ref": "#/$defs/boiled"}, event("filled", litres={"$ref": "#/$defs/litres"})],
        "$defs": {"boiled": event("boiled"), "litres": {"type": "number", "minimum": 0}},
    }
    contract = loaded(of_schema(schema))
    assert [*contract.events] == ["boiled", "filled"]
    assert contract.properties["litres"].min == 0


def test_a_schema_of_properties_alone_is_an_event_by_its_title_or_its_file(loaded):
    alone = {"type": "object", "properties": {"cups": {"type": "integer", "minimum": 0}}}
    assert [*loaded(of_schema(alone)).events] == ["boiled"]
    assert [*loaded(of_schema(alone | {"title": "filled"})).events] == ["filled"]
    assert "called as its schema's title" in of_schema(alone)


def test_what_two_events_say_differently_is_marked(loaded):
    one, other = event("a", n={"type": "boolean"}), event("b", n={"type": "string"})
    text = of_schema({"anyOf": [one, other]})
    assert loaded(text).properties["n"].type == "bool"
    assert "elsewhere it is said to be of another type" in text


EVENTS = {
    "count": 2,
    "next": "http://127.0.0.1/?offset=2",
    "previous": None,
    "results": [
        {"id": "7", "name": "boiled", "description": "It\nboiled.", "last_seen_at": None},
        {"id": "8", "name": "$identify", "tags": [], "created_at": "2026-01-01T00:00:00Z"},
        {"id": "9", "name": "gone", "hidden": True},
    ],
}
PROPERTIES = {
    "count": 6,
    "next": None,
    "results": [
        {"name": "hot", "property_type": "Boolean", "is_numerical": False},
        {"name": "cups", "property_type": "Numeric", "is_numerical": True, "description": "How."},
        {"name": "said", "property_type": "String", "is_numerical": False},
        {"name": "when", "property_type": "DateTime", "is_numerical": False},
        {"name": "odd", "property_type": None, "is_numerical": False},
        {"name": "$lib", "property_type": "String", "is_numerical": False},
        {"name": "$ip", "property_type": "String", "is_numerical": False},
    ],
}


def test_what_posthog_knows_is_a_draft_of_which_each_line_is_a_guess(loaded):
    sketch = Sketch()
    for page in (EVENTS, PROPERTIES):
        definitions.sketched(page, sketch, of_persons=False)
    text = sketch.toml("kettle")
    contract = loaded(text)
    assert [*contract.events] == ["$identify", "boiled"]
    assert contract.events["boiled"].description == "It boiled."
    types = {name: prop.type for name, prop in contract.properties.items()}
    assert types == {
        "cups": "number",
        "hot": "bool",
        "odd": "slug",
        "said": "slug",
        "when": "slug",
    }
    assert contract.wire.stamps == ("$lib",)
    assert '# TODO "$ip" was described, which holds the address of a machine' in text
    assert "there is a next page" in text
    assert text.count("it was not said which of those below are its") == 2


def test_what_is_said_of_persons_is_declared_as_theirs(loaded):
    contract = loaded(of_page(PROPERTIES, of_persons=True))
    assert contract.person == ("cups", "hot", "odd", "said", "when")
    assert "$set" in contract.wire.directives


def hostile():
    yield from ("", "a" * 5_000, "a\nb", "\x1b[31m", "\ud800", "a@example.com", 7, None, [], {})
    yield f"sk-{secrets.token_hex(24)}"


@pytest.mark.parametrize("name", list(hostile()))
def test_a_hostile_name_stands_in_no_draft(loaded, name):
    page = {"results": [{"name": name, "property_type": "String", "description": name}]}
    for text in (of_page(page), of_page({"results": [{"name": name, "created_at": name}]})):
        loaded(text)
        assert "left out" in text
    if isinstance(name, str):
        text = of_schema(event(name, **{name: {"enum": [name]}}))
        loaded(text)
        assert text.isascii()


@pytest.mark.parametrize("name", ["__proto__", '"]\n[events]', "a.b", "'", "# TODO", "=", "ünter"])
def test_an_odd_name_that_can_be_printed_is_quoted(loaded, name):
    printable = name.replace("\n", " ")
    contract = loaded(of_schema(event(printable, **{printable: {"type": "boolean"}})))
    assert [*contract.events] == [printable]
    assert [*contract.properties] == [printable]


def test_a_schema_that_is_endless_by_its_references_is_cut(loaded):
    names = [f"p{number}" for number in range(60)]
    node = {"type": "object", "properties": {name: {"$ref": "#/$defs/node"} for name in names}}
    schema = event("boiled", **{name: {"$ref": "#/$defs/node"} for name in names})
    text = of_schema(schema | {"$defs": {"node": node}})
    assert "too deep, or too large" in text
    assert len(text) < 2_000_000
    loaded(text)
    everything = {"oneOf": [{"$ref": "#"}] * 50, **event("boiled")}
    loaded(of_schema(everything))


def test_twenty_thousand_names_are_counted_and_not_listed(loaded):
    page = {"results": [{"name": f"p{n}", "property_type": "Boolean"} for n in range(20_000)]}
    text = of_page(page)
    assert "18,000 properties are left out" in text
    assert len(loaded(text).properties) == 2_000
    many = {f"p{n}": {"type": "boolean"} for n in range(20_000)}
    text = of_schema(event("boiled", **many))
    assert "19,700 properties are left out for their number" in text
    assert len(loaded(text).properties) == 300


WORDS = st.sampled_from(
    [
        *(
            "type",
            "properties",
            "enum",
            "const",
            "items",
            "anyOf",
            "oneOf",
            "$ref",
            "event",
            "name",
        ),
        *("object", "string", "integer", "array", "null", "#", "#/properties", "results"),
        *("boiled", "name"),
        *("minimum", "maximum", "maxItems", "format", "uuid", "additionalProperties", "if", "then"),
        *("property_type", "Boolean", "is_numerical", "description", "\x1b", "\ud800", "title"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(document=VALUES)
def test_whatever_the_file_holds_the_draft_loads(loaded, document):
    if definitions.definitions_in(document) is not None:
        loaded(of_page(document))
    if isinstance(document, dict):
        loaded(of_schema(document))


def test_every_guess_is_marked():
    text = of_schema(schema_of(load(DEFAULT)))
    guessed = re.compile(r"(type|kind|ceiling_per_day|geoip_disable|default) = ")
    for line in text.splitlines():
        assert not guessed.match(line) or "# TODO" in line, line

"""A contract as JSON Schema: what is refused there is a finding here, and the other way round."""

import tomllib
import uuid
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof.contract import Property, load
from payloadproof.contract.export import _property, schema_of
from payloadproof.contract.values import misfit
from payloadproof.generate.payloads import fitting, good_captures

DOOR = load(Path(__file__).parents[2] / "contracts" / "door_counter.toml")
CLAUDE_MEM = load("claude_mem")
SHAPES = [
    *('type = "bool"', 'type = "count"', 'type = "integer"', 'type = "number"', 'type = "date"'),
    *('type = "slug"', 'type = "model"', 'type = "version"', 'type = "uuid"', 'type = "id"'),
    *('type = "epoch_ms"', 'type = "text"', 'type = "text"\nmax_chars = 3'),
    'type = "number"\nmin = -1.5\nmax = 2',
    'type = "count"\nmin = 2\nnull = true',
    'type = "enum"\nvalues = ["a", "b"]',
    'type = "list"\nmax_items = 2\nitems = { type = "count", null = true }',
    'type = "object"\nmax_keys = 2\nkeys."a b".type = "bool"\nothers = { type = "slug" }',
    'type = "object"\nkeys = { a = { type = "count" } }',
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 10**13)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.sampled_from(
        ["a", "1.2.3", "2026-02-28", "a/b", "a\n", "2026-13-01", str(uuid.UUID(int=7))]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "a b", "c", "/x"]), inner, max_size=3)
    ),
    max_leaves=4,
)
# What JSON Schema cannot say.
UNSAID = ("looks like", "day of the calendar")


@pytest.mark.parametrize("text", SHAPES)
@given(value=JSON)
def test_a_schema_and_a_misfit_are_of_one_mind(text, value):
    prop = msgspec.convert(tomllib.loads(text + '\ndescription = "It."'), Property)
    valid = jsonschema.Draft202012Validator(_property(prop, 200)).is_valid(value)
    wrong = misfit(prop, value, string_max_chars=200)
    if wrong is None:
        assert valid
    elif not any(said in wrong for said in UNSAID):
        assert not valid


@pytest.mark.parametrize("text", SHAPES)
@given(data=st.data())
def test_what_fits_is_valid(text, data):
    prop = msgspec.convert(tomllib.loads(text + '\ndescription = "It."'), Property)
    value = data.draw(fitting(prop))
    assert jsonschema.Draft202012Validator(_property(prop, 200)).is_valid(value)


VALIDATORS = {
    one.product.name: jsonschema.Draft202012Validator(schema_of(one)) for one in (CLAUDE_MEM, DOOR)
}


@pytest.mark.parametrize("contract", [CLAUDE_MEM, DOOR], ids=["claude-mem", "door"])
def test_the_schema_of_a_contract_is_sound(contract):
    jsonschema.Draft202012Validator.check_schema(schema_of(contract))


@pytest.mark.parametrize("contract", [CLAUDE_MEM, DOOR], ids=["claude-mem", "door"])
@settings(max_examples=30)
@given(data=st.data())
def test_what_a_contract_allows_is_valid(contract, data):
    validator = VALIDATORS[contract.product.name]
    capture = data.draw(good_captures(contract))
    event = {"event": capture.event, "distinct_id": "7", "properties": capture.properties}
    assert validator.is_valid(event)
    for key in ("project", "$browser", "a~b/c"):
        assert not validator.is_valid(event | {"properties": {**capture.properties, key: "x"}})
    assert not validator.is_valid(event | {"event": "undeclared"})


def test_a_person_holds_what_the_contract_says_of_persons():
    validator = jsonschema.Draft202012Validator(schema_of(DOOR))

    def valid(person):
        properties = {"channel": "store", "$set": person, "$geoip_disable": True}
        return validator.is_valid(
            {"event": "app_installed", "distinct_id": "7", "properties": properties}
        )

    assert valid({"channel": "store"})
    assert not valid({"door": "front"})
    assert not valid({"channel": "elsewhere"})


def test_names_that_no_pointer_holds_as_they_are_are_found_again(tmp_path):
    name = 'a/b~c d%"\N{MELTING FACE}'
    properties = {name: Property(type="count", description="It.")}
    events = {
        "door_opened": msgspec.structs.replace(DOOR.events["door_opened"], properties=(name,))
    }
    odd = msgspec.structs.replace(DOOR, properties=properties, events=events, base=(), person=())
    validator = jsonschema.Draft202012Validator(schema_of(odd))
    event = {"event": "door_opened", "distinct_id": "7", "properties": {name: 3}}
    assert validator.is_valid(event)
    assert not validator.is_valid(event | {"properties": {name: -3}})

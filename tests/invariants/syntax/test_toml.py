"""What is written as TOML is read back as the same value."""

import datetime as dt
import json
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof.syntax import toml

MELTING = "\N{MELTING FACE}"
VALUES = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.datetimes(timezones=st.just(dt.UTC) | st.none())
    | st.dates()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(line):
    return tomllib.loads(line)


@given(VALUES)
@example(MELTING)
@example({MELTING: [MELTING]})
@example(float("-inf"))
@example(1e16)
@example(2**70_000)
def test_a_value_is_read_back_as_it_was(value):
    assert read(f"x = {toml.value(value)}") == {"x": value}


@given(st.text(), VALUES)
@example(MELTING, 1)
@example("", 1)
@example("a.b", 1)
@example('"\\', 1)
@example("a = 1 # ", 1)
def test_a_line_to_copy_is_read_back_as_it_was(name, value):
    line = toml.assigned(name, value)
    assert read(line) == {name: value}
    assert line.isprintable()


@given(st.lists(st.text(), min_size=1, max_size=4))
@example([MELTING, "", "a.b", "plain"])
def test_a_dotted_path_leads_to_the_key(names):
    path = ""
    for name in names:
        path = toml.dotted(path, name)
    found = read(f"{path} = 1")
    for name in names:
        assert list(found) == [name]
        found = found[name]
    assert found == 1


def test_not_a_number_is_written_as_toml_spells_it():
    assert str(read(f"x = {toml.value(float('nan'))}")["x"]) == "nan"


@given(st.characters(categories=["Cs"]))
def test_half_a_character_leaves_a_line_that_is_toml(half):
    assert "\N{REPLACEMENT CHARACTER}" in read(f"x = {toml.text(half)}")["x"]


def test_what_people_can_read_is_not_escaped():
    assert toml.text("café 旅 😀") == '"café 旅 😀"'
    assert toml.text("\x1b[2J\u202e") == r'"\u001b[2J\u202e"'


def test_what_toml_has_no_word_for_is_refused():
    with pytest.raises(TypeError, match="TOML has no NoneType"):
        toml.value(None)


def test_json_does_not_do():
    # Whoever puts json.dumps here again sees why not.
    with pytest.raises(tomllib.TOMLDecodeError):
        read(f"{json.dumps(MELTING)} = 1")

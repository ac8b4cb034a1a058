"""The walk that finds the key agrees with the conversion that found the flaw."""

import copy
import math
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from payloadproof import contract
from payloadproof.contract import Contract, ContractError
from payloadproof.contract.model import _contradictions
from payloadproof.contract.problem import mended, type_flaws

CLAUDE_MEM = Path(contract.__file__).with_name("shipped") / "claude_mem.toml"
RAW = tomllib.loads(CLAUDE_MEM.read_text())


def places(raw, path=()):
    yield path
    if isinstance(raw, dict):
        for key, inner in raw.items():
            yield from places(inner, (*path, key))
    elif isinstance(raw, list):
        for index, inner in enumerate(raw):
            yield from places(inner, (*path, index))


PLACES = [path for path in places(RAW) if path]


def at(raw, place):
    for key in place:
        raw = raw[key]
    return raw


JUNK = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=3,
)


EVENT = ("events", "search_performed")


@given(st.sampled_from(PLACES), st.none() | JUNK)
@example((*EVENT, "own_properties"), {"\N{MELTING FACE}": True})
@example((*EVENT, "own_properties"), {"": 0})
@example((*EVENT, "own_properties"), {'"\\\n': []})
@example((*EVENT, "kind"), math.nan)
def test_every_conversion_that_fails_has_a_flaw_with_a_key(path, junk):
    raw = copy.deepcopy(RAW)
    table = at(raw, path[:-1])
    if junk is None:
        del table[path[-1]]
    else:
        table[path[-1]] = junk
    flaws = type_flaws(raw, Contract)
    try:
        msgspec.convert(raw, Contract)
    except msgspec.ValidationError:
        assert flaws
        for flaw in flaws:
            assert flaw.key
            assert tomllib.loads(flaw.example)
    else:
        assert not flaws
    assert mended(raw, Contract)


def test_a_file_that_is_no_toml_is_shown_the_line_that_is_wrong(tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text("format = 1\n[product]\nname = teapot\n")
    with pytest.raises(ContractError, match=r"line 3, column \d+\): name = teapot"):
        contract.load(path)


def test_a_directory_is_no_contract_and_the_file_in_it_is_asked_for(tmp_path):
    with pytest.raises(ContractError, match=r"a directory[\s\S]*contract\.toml"):
        contract.load(tmp_path)


AWKWARD = st.text(min_size=1, max_size=6) | st.sampled_from(
    ["\N{MELTING FACE}", "a.b", '"', "\x7f"]
)


# Where a name stands that is free, as a key or as a value.
NAMES = [place for place in PLACES if isinstance(place[-1], str) or isinstance(at(RAW, place), str)]


@settings(max_examples=400)  # most of the places are held to by nothing else
@given(st.sampled_from(NAMES), AWKWARD, st.booleans())
def test_what_a_contract_contradicts_itself_in_has_an_example_that_is_toml(place, name, is_key):
    raw = copy.deepcopy(RAW)
    *above, last = place
    table = at(raw, above)
    if is_key and isinstance(table, dict):
        table[name] = table.pop(last)
    else:
        table[last] = name
    try:
        contract_ = msgspec.convert(raw, Contract)
    except msgspec.ValidationError:
        return
    for flaw in _contradictions(contract_):
        assert tomllib.loads(flaw.example)
        assert flaw.found.isprintable()


def test_a_name_with_a_dot_in_it_is_one_key_of_the_path():
    raw = copy.deepcopy(RAW)
    figures = raw["backfill"]["figures"]
    figures["a.b"] = figures.pop(next(iter(figures)))
    flaw = next(_contradictions(msgspec.convert(raw, Contract)))
    assert flaw.key == 'backfill.figures."a.b"'
    (told,) = tomllib.loads(flaw.example).values()
    assert told["op"] == "count"


def test_what_is_nested_too_deep_to_be_shown_is_told_all_the_same(tmp_path):
    path = tmp_path / "contract.toml"
    for depth in range(50, 1000, 25):
        path.write_text(f"format = {'[' * depth}{']' * depth}\n")
        with pytest.raises(ContractError):
            contract.load(path)


def test_a_number_too_long_to_be_written_in_decimal_is_told(tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text(f"format = 0x{'f' * 5000}\n")
    with pytest.raises(ContractError, match="a whole number: 0xf"):
        contract.load(path)

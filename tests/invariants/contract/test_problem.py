"""The walk that finds the key agrees with the conversion that found the flaw."""

import copy
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof import contract
from payloadproof.contract import Contract, ContractError
from payloadproof.contract.problem import first_flaw

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
JUNK = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=3,
)


@settings(deadline=None)
@given(st.sampled_from(PLACES), st.none() | JUNK)
def test_every_conversion_that_fails_has_a_flaw_with_a_key(path, junk):
    raw = copy.deepcopy(RAW)
    table = raw
    for key in path[:-1]:
        table = table[key]
    if junk is None:
        del table[path[-1]]
    else:
        table[path[-1]] = junk
    flaw = first_flaw(raw, Contract)
    try:
        msgspec.convert(raw, Contract)
    except msgspec.ValidationError:
        assert flaw is not None
        assert flaw.key
        assert tomllib.loads(flaw.example)
    else:
        assert flaw is None


def test_a_file_that_is_no_toml_is_shown_the_line_that_is_wrong(tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text("format = 1\n[product]\nname = teapot\n")
    with pytest.raises(ContractError, match=r"line 3, column \d+\): name = teapot"):
        contract.load(path)


def test_a_directory_is_no_contract_and_the_file_in_it_is_asked_for(tmp_path):
    with pytest.raises(ContractError, match=r"a directory[\s\S]*contract\.toml"):
        contract.load(tmp_path)

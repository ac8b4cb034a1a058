"""Captures that can be told apart by a number, where a contract leaves room for one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.contract import load
from payloadproof.generate import networks, payloads
from payloadproof.scenario.steps import FIRST_MARK

KETTLE = load("docs/examples/ruby/contract.toml")


def bounded(**bounds):
    """The kettle's contract, whose one number has these bounds."""
    litres = msgspec.structs.replace(KETTLE.properties["litres"], **bounds)
    return msgspec.structs.replace(KETTLE, properties={**KETTLE.properties, "litres": litres})


@given(st.data())
def test_a_capture_is_marked_with_its_step(data):
    capture = data.draw(payloads.good_captures(KETTLE, step=3))
    assert capture.properties["litres"] == FIRST_MARK + 3
    assert networks.markable(KETTLE)[2] == "litres"


@pytest.mark.parametrize("bounds", [{"max": 10.0}, {"min": 5_000.0}, {"type": "bool", "min": None}])
@given(st.data())
def test_no_mark_stands_where_the_contract_does_not_allow_one(bounds, data):
    """A program that keeps to a bound would lose the mark, and be told that it lost the event."""
    narrow = bounded(**bounds)
    assert networks.markable(narrow) is None
    capture = data.draw(payloads.good_captures(narrow, step=3))
    assert FIRST_MARK + 3 not in capture.properties.values()

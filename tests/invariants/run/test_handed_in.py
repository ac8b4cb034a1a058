"""A run says which texts of a program were only ever handed in: nothing is proved of them."""

import msgspec
import pytest

from payloadproof.contract.property import Property
from payloadproof.generate.ground import Ground
from payloadproof.protocol.messages import Capabilities
from payloadproof.run.handed_in import handed_in

TEXT = Property(type="text", description="Why it failed.")


@pytest.fixture
def noted(door_contract):
    """What is noted of an adapter with these operations, and these properties of an event."""

    def of(*ops, **own):
        event = msgspec.structs.replace(door_contract.events["door_opened"], own_properties=own)
        events = {"door_opened": event}
        contract = msgspec.structs.replace(door_contract, events=events)
        known = Capabilities(ops=("capture", "flush", *ops), clock="real", hostile=())
        return [*handed_in(Ground(contract, known, 0))]

    return of


def test_a_text_that_only_capture_hands_in_is_said_not_to_be_proved(noted):
    (line,) = noted(error=TEXT)
    assert "not proved: what the program itself writes into door_opened.error" in line
    assert "payloadproof probe" in line


def test_many_of_them_are_counted(noted):
    (line,) = noted(**{f"error_{n}": TEXT for n in range(9)})
    assert " and 5 more," in line


def test_nothing_is_said_where_there_is_no_text_or_the_adapter_makes_some(noted):
    assert not noted()
    assert not noted("exception", error=TEXT)
    assert not noted("instrument", error=TEXT)

"""How deep JSON may go, beside any number of events that are not."""

import itertools
import json

import pytest

from payloadproof.recorder.refusal import Refused
from payloadproof.recorder.text import DEPTH, value_of

EVENT = {"event": "e", "properties": {"a": 1}, "options": {"b": True}}
#: Where something deep stands, and how many containers it stands in.
PLACES = {
    "properties": (lambda deep: {"batch": [EVENT | {"properties": {"a": deep}}]}, 4),
    "options": (lambda deep: {"batch": [EVENT | {"options": {"a": deep}}]}, 4),
    "both": (lambda deep: {"batch": [{"properties": {"a": deep}, "options": {"a": deep}}]}, 4),
    "instead of properties": (lambda deep: {"batch": [EVENT | {"properties": deep}]}, 3),
    "instead of an event": (lambda deep: {"batch": [deep]}, 2),
    "beside the batch": (lambda deep: {"batch": [EVENT], "x": deep}, 1),
    "no batch": (lambda deep: {"batch": {"properties": deep}}, 2),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("crowd", [0, 1, 60, 130])
@pytest.mark.parametrize("kind", ["[]", "{}"])
def test_what_is_too_deep_is_refused_and_what_is_not_is_not(place, crowd, kind):
    make, around = PLACES[place]
    for depth, listed in itertools.product(range(DEPTH - 7, DEPTH + 3), (False, True)):
        whole = make("@")
        if isinstance(whole["batch"], list):
            whole["batch"] += [EVENT] * crowd
        inner = depth - around
        if listed and place != "beside the batch" and isinstance(whole["batch"], list):
            whole, inner = whole["batch"], inner + 1
        opened = "[" * inner if kind == "[]" else '{"a":' * inner
        closed = "1" + kind[1] * inner
        text = json.dumps(whole).replace('"@"', opened + closed).encode()
        if depth <= DEPTH:
            value_of(text)
        else:
            with pytest.raises(Refused, match="recursion limit exceeded"):
                value_of(text)

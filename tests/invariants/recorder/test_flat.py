"""Events with plain values, decoded in one pass: what is let through is what the full one takes.

``test_plain`` holds the two decoders equal; here is what its bodies do not come to by themselves.
"""

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof.recorder import flat, plain
from payloadproof.recorder.decode import decode
from payloadproof.recorder.text import fits_doubles, has_long_number
from payloadproof.recorder.verdict import UUID

ONE = "01890a5d-ac96-774b-bcce-b302099a8057"
SOUND = {"event": "e", "distinct_id": "d", "properties": {"a": 1}, "uuid": ONE}


def listed(*events):
    return json.dumps(events).encode()


NODE = {"type": "capture", "library": "posthog-node", "library_version": "5.70.0"}


@pytest.mark.parametrize(
    "event",
    [
        SOUND,
        SOUND | NODE | {"timestamp": "2026", "$set": {"plan": "free"}},
        SOUND | {"properties": {"$active_feature_flags": ["a", 1], "$set": {"b": None}}},
        SOUND | {"uuid": f"urn:uuid:{ONE}"},
        SOUND | {"uuid": ""},
    ],
)
def test_what_sdks_send_is_decoded_here(event):
    # Or the rest of this file, and that of the other decoders, would be about nothing.
    assert flat.sound_in(listed(event, SOUND)) == 2


@pytest.mark.parametrize(
    "event",
    [
        SOUND | {"event": ""},
        SOUND | {"event": "$performance_event"},
        SOUND | {"distinct_id": " \n"},
        SOUND | {"uuid": "x"},
        SOUND | {"properties": {"token": None}},
        SOUND | {"properties": {"$cookieless_mode": 1}},
    ],
)
def test_what_may_not_be_sound_is_left_to_others(event):
    assert flat.sound_in(listed(SOUND, event, SOUND)) == 0


@pytest.mark.parametrize(
    "event",
    [
        {key: value for key, value in SOUND.items() if key != "distinct_id"},
        SOUND | {"api_key": "k"},
        SOUND | {"offset": 1},
        SOUND | {"properties": {"a": [[1]]}},
        SOUND | {"properties": {"a": {"b": {"c": 1}}}},
    ],
)
def test_what_is_not_flat_is_left_to_others(event):
    with pytest.raises(msgspec.ValidationError):
        flat.sound_in(listed(SOUND, event))


uuids = st.uuids().map(str)
nearly = st.one_of(
    uuids,
    uuids.map(str.upper),
    uuids.map(lambda text: text.replace("-", "")),
    st.builds(lambda text, at: text[:at] + " " + text[at + 1 :], uuids, st.integers(0, 35)),
    st.builds(lambda text, at: text[:at] + "-" + text[at:-1], uuids, st.integers(0, 35)),
    st.text("0123456789abcdef-", min_size=36, max_size=36),
    st.text(max_size=3),
)


@given(st.lists(nearly, max_size=4))
@example([ONE[:19] + "  " + ONE[21:]])
@example([ONE.replace("-", "")[:18].join(["", "-" * 18])])
@example([ONE + "0", ONE[:-1]])
@example([ONE + ONE[0], ONE[1:]])
@example([ONE[:-1] + "\u0665"])
def test_many_uuids_are_what_each_of_them_is(texts):
    assert flat.are_uuids(texts) == all(map(UUID.fullmatch, texts))


@pytest.mark.parametrize("digits", range(200, 230))
def test_a_row_of_two_hundred_digits_is_seen_wherever_it_begins(digits):
    for before in range(30):
        assert has_long_number(b"x" * before + b"9" * digits)
        assert not has_long_number(b"x" * before + b"9" * 199 + b"x" * before)


@given(st.lists(st.integers(0, 400), max_size=5), st.booleans())
def test_no_integer_that_fits_no_double_is_missed(lengths, spread):
    text = json.dumps([int("7" * length) if length else "x" for length in lengths]).encode()
    text = text.replace(b", ", b" ,\n") if spread else text
    assert has_long_number(text) == (not fits_doubles(text))


def test_what_is_long_is_read_without_holding_it_decoded(monkeypatch):
    asked = []
    monkeypatch.setattr(plain.flat, "sound_in", lambda listed: asked.append(listed) or 0)
    long = SOUND | {"properties": {"text": "x" * 125_000}}
    for event in (SOUND, long):
        wire = json.dumps({"api_key": "phc_x", "batch": [event]}).encode()
        assert decode("POST", "/batch/", (), wire).status == 200
    assert len(asked) == 1

"""Events whose properties hold plain values, as most do: one pass decodes and checks them.

Rule 1: what is found here is sound as far as JSON and the types go. Whatever may not be, or is not
flat, is declined, and read by ``plain`` as anything is.
Rule 2: nothing of what was decoded is kept: it is several times the size of its JSON.

Where msgspec decodes a value, it checks UTF-8 and that a number with a point or a power fits a
double, which it does not where it skips one; integers alone it takes of any length. What has lists
and objects one in another, as deep as these types go, is never too deep.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from payloadproof.recorder.verdict import PERFORMANCE, UUID

_Value = str | int | float | bool | None
_Inner = _Value | list[_Value] | dict[str, _Value]
_Flat = dict[str, _Inner]
_Text = str | msgspec.UnsetType
_UNSET = msgspec.UNSET
_HYPHENS = (8, 13, 18, 23)  # where they stand in a uuid
_WRITTEN = 36  # characters of a uuid
_DIGITS = 32  # of them that are hexadecimal
_BYTES = 16


class Event(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """capture v0's RawEvent without a key of its own; the rest is what the SDKs add to it."""

    event: str
    distinct_id: str
    properties: _Flat
    uuid: str | None = None
    timestamp: str | None = None
    set: _Flat | None = msgspec.field(name="$set", default=None)
    set_once: _Flat | None = msgspec.field(name="$set_once", default=None)
    kind: _Text = msgspec.field(name="type", default=_UNSET)
    library: _Text = _UNSET
    library_version: _Text = _UNSET


_events = msgspec.json.Decoder(list[Event]).decode
#: What stands beside the events of a batch.
value = msgspec.json.Decoder(_Value).decode


def sound_in(listed: bytes | msgspec.Raw) -> int:
    """How many events are in an array; 0 where one of them may not be sound.

    Raises:
        msgspec.MsgspecError, RecursionError, ValueError: it is not flat, or no JSON.
    """
    events = _events(listed)
    names = [one.event for one in events]
    if "" in names or PERFORMANCE in names:
        return 0
    if not all(map(str.strip, [one.distinct_id for one in events])):
        return 0
    for one in events:
        properties = one.properties
        if "token" in properties or "$cookieless_mode" in properties:
            return 0
    return len(events) if are_uuids([one.uuid for one in events if one.uuid]) else 0


def are_uuids(texts: Sequence[str]) -> bool:
    """Whether each text is a uuid in one of its forms; the common form is seen for all at once."""
    return _are_hyphenated(texts) or all(map(UUID.fullmatch, texts))


def _are_hyphenated(texts: Sequence[str]) -> bool:
    if set(map(len, texts)) != {_WRITTEN}:
        return not texts
    whole = "".join(texts)
    hyphens = "-" * len(texts)
    if any(whole[place::_WRITTEN] != hyphens for place in _HYPHENS):
        return False
    digits = whole.replace("-", "")
    # Blanks between two bytes are skipped: then there are fewer.
    try:
        return len(digits) == _DIGITS * len(texts) == 2 * len(bytes.fromhex(digits))
    except ValueError:
        return False

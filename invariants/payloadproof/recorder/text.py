"""JSON as serde_json reads it, where Python's reader is more lenient.

Ours, for the sake of memory: a body of over 250,000 arrays and objects, or a million commas, is
too large (413). Not modelled: JSON objects that repeat a key (the last one wins here, serde refuses
some), events written as JSON arrays.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import NoReturn

import msgspec

from payloadproof.recorder.refusal import refuse, undecodable, unparsable

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
DEPTH = 127  # serde_json refuses the 128th level
# Ours: 20 MiB of more than so many arrays and objects, or of commas, take gigabytes once decoded.
CONTAINERS = 250_000
COMMAS = 1_000_000
_ON_ONE_WAY = 2
_PIECE = 1024 * 1024  # bytes
_OVERLAP = 1024
# For numbers, every digit is a 0, and what may follow one a comma; a plus says nothing.
_NUMBERS = bytes.maketrans(b"123456789E \t\r\n}]", b"000000000e,,,,,,")
_LONG = b"0" * 200
_STEP = 13  # every so many bytes are looked at first; a prime, as few things are repeated by it
_SAMPLED = b"0" * (len(_LONG) // _STEP)
_POWER = re.compile(rb"0e0000*,")
_FLOAT_DIGITS = 308  # an integer of no more digits fits a double


def require_text(payload: bytes) -> None:
    """Nothing, where the payload is UTF-8.

    Raises:
        Refused: it is none.
    """
    if payload.isascii():
        return
    try:
        # As text it would take up to four times its size.
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(payload), _PIECE):
            decoder.decode(payload[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            undecodable("invalid UTF-8", f"byte {error.start} is no UTF-8")


def value_of(payload: bytes) -> object:
    """The value of what is UTF-8.

    Raises:
        Refused: it is no JSON, or too large.
    """
    containers = payload.count(b"[") + payload.count(b"{")
    if containers > CONTAINERS or payload.count(b",") > COMMAS:
        refuse(413, "maximum event size exceeded: more values than this recorder decodes")
    try:
        if not fits_doubles(payload):
            raise ValueError  # noqa: TRY301 - what is wrong is said below
        value: object = msgspec.json.decode(payload)
    except (ValueError, RecursionError):
        value = _with_words(payload.decode())
    apart = containers > DEPTH and containers - _beside_each_other(value) > DEPTH - _ON_ONE_WAY
    if apart and _deeper_than(value, DEPTH):
        unparsable("recursion limit exceeded")
    return value


def fits_doubles(payload: bytes) -> bool:
    """Whether every number in it surely fits a double, which msgspec checks of some alone.

    A power of ten of three digits, or two hundred digits in a row, may not.
    """
    # A piece begins before the last one ends, so that neither is cut in two.
    for start in range(0, len(payload), _PIECE):
        numbers = payload[start : start + _PIECE + _OVERLAP].translate(_NUMBERS, b"+")
        if _LONG in numbers or _POWER.search(numbers):
            return False
    return True


def has_long_number(payload: bytes) -> bool:
    """Whether two hundred digits may stand in a row in it.

    For a reader that takes integers of any length, and of numbers of another kind only those that
    fit a double.
    """
    return _SAMPLED in payload[::_STEP].translate(_NUMBERS) and _LONG in payload.translate(_NUMBERS)


def _with_words(text: str) -> object:
    """The value, by a reader that is slow and can be told what serde_json refuses, and says why."""
    try:
        value: object = json.loads(
            text, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except RecursionError:
        unparsable("recursion limit exceeded")
    except ValueError as error:
        unparsable(str(error))
    # serde_json: an escaped surrogate must have its partner.
    if _SURROGATE.search(text) and not _deeper_than(value, DEPTH):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            unparsable("lone leading surrogate in hex escape")
    return value


def _constant(name: str) -> NoReturn:
    # serde_json: NaN and the infinities are no JSON.
    raise ValueError(f"expected value, found {name}")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("number out of range")
    return number


def _int(text: str) -> int:
    if len(text) > _FLOAT_DIGITS:
        _float(text)
    return int(text)


def _beside_each_other(value: object) -> int:
    """How many objects in it are events, or properties or options of events, at least.

    No way into it leads through more than two of them (``_ON_ONE_WAY``).
    """
    events = value.get("batch") if isinstance(value, dict) else value
    if not isinstance(events, list):
        return 0
    objects = [one for one in events if type(one) is dict]
    inner = [one for one in objects if type(one.get("properties")) is dict]
    lifted = [one for one in objects if type(one.get("options")) is dict]
    return len(objects) + len(inner) + len(lifted)


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True

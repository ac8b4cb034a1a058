"""JSON as serde_json reads it, where Python's reader is more lenient.

Ours, for the sake of memory: a body of over 250,000 arrays and objects, or a million commas, is
too large (413). Not modelled: JSON objects that repeat a key (the last one wins here, serde refuses
some), events written as JSON arrays.
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from payloadproof.recorder.refusal import refuse, undecodable, unparsable

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
DEPTH = 127  # serde_json refuses the 128th level
# Ours: 20 MiB of more than so many arrays and objects, or of commas, take gigabytes once decoded.
CONTAINERS = 250_000
COMMAS = 1_000_000
_FLOAT_DIGITS = 308  # an integer of no more digits fits a double


def text_of(payload: bytes) -> str:
    """The payload as UTF-8.

    Raises:
        Refused: it is none.
    """
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        undecodable("invalid UTF-8", f"byte {error.start} is no UTF-8")


def value_of(text: str) -> object:
    """The value.

    Raises:
        Refused: it is no JSON, or too large.
    """
    containers = text.count("[") + text.count("{")
    if containers > CONTAINERS or text.count(",") > COMMAS:
        refuse(413, "maximum event size exceeded: more values than this recorder decodes")
    try:
        value: object = json.loads(
            text, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except RecursionError:
        unparsable("recursion limit exceeded")
    except ValueError as error:
        unparsable(str(error))
    if containers > DEPTH and _deeper_than(value, DEPTH):
        unparsable("recursion limit exceeded")
    # serde_json: an escaped surrogate must have its partner.
    if _SURROGATE.search(text):
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

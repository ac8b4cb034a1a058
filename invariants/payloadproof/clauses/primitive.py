"""What a property may be, whatever its name: a finite number, a boolean, or short sound text.

Null, a list and an object may be where the contract says so.
"""

from __future__ import annotations

import math
import re

from payloadproof.contract import Shape

_HALF = re.compile("[\ud800-\udfff]")


def not_primitive(value: object, longest: int) -> str | None:
    """Why a decoded JSON value is no finite primitive; None when it is one.

    Characters are Unicode code points: an implementation that counts UTF-16 units cuts earlier,
    which is fine too.
    """
    if type(value) is bool or type(value) is int:  # most of a million values
        return None
    match value:
        case int() | float():
            return None if math.isfinite(value) else "a number that is not finite"
        case str():
            if len(value) > longest:
                return f"text of {len(value)} characters"
            if _HALF.search(value):
                return "text with half of a surrogate pair"
            return None
        case None:
            return "null"
        case dict():
            return "an object"
        case _:
            return "a list"


def not_plain(value: object, longest: int, shape: Shape | None) -> str | None:
    """The same, where the contract may have declared null, a list or an object.

    What is inside of them is held to the same, as far as the contract declares it.
    """
    if shape is None or type(value) is bool or type(value) is int or isinstance(value, str | float):
        return not_primitive(value, longest)
    if value is None:
        return None if shape.null else not_primitive(value, longest)
    inside: list[tuple[object, Shape | None]] = []
    if isinstance(value, list) and shape.type == "list":
        inside = [(one, shape.items) for one in value]
    elif isinstance(value, dict) and shape.type == "object":
        inside = [(one, shape.keys.get(key, shape.others)) for key, one in value.items()]
    else:
        return not_primitive(value, longest)
    wrong = (wrong for one, of in inside if (wrong := not_plain(one, longest, of)))
    return next((f"{one} in {not_primitive(value, longest)}" for one in wrong), None)

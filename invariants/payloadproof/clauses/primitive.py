"""What a property may be, whatever its name: a finite number, a boolean, or short sound text."""

from __future__ import annotations

import math
import re

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

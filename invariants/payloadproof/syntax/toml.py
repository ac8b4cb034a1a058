r"""Values as TOML writes them, to be shown as a line to copy, or put into a file.

Rule 1: what is written here, ``tomllib`` reads back as the same value. JSON is no stand-in: TOML
forbids its ``\ud83e\udee5`` for a character beyond the basic plane, and has no ``NaN``.
Rule 2: what is written is one line, and nothing in it moves a terminal's cursor or hides: what is
not printable is escaped.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_FOUR_DIGITS = 0xFFFF
_LARGEST = 2**63 - 1  # that TOML asks of every reader
# Half of a pair in UTF-16 is no character, and no TOML file can hold it, not even escaped.
_BROKEN = re.compile("[\ud800-\udfff]")


def text(value: str) -> str:
    """A basic string, in its quotes. Half of a surrogate pair becomes U+FFFD."""
    whole = _BROKEN.sub("\N{REPLACEMENT CHARACTER}", value)
    return f'"{"".join(map(_escaped, whole))}"'


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\U{code:08x}" if code > _FOUR_DIGITS else f"\\u{code:04x}"


def key(name: str) -> str:
    """A key: bare where it can be, else in quotes."""
    return name if _BARE.fullmatch(name) else text(name)


def dotted(above: str, name: str) -> str:
    """The dotted path of the key ``name`` in the table whose path is ``above``."""
    return f"{above}.{key(name)}" if above else key(name)


def value(raw: object) -> str:
    """Any value that ``tomllib`` returns, in one line.

    Raises:
        TypeError: TOML has no such value.
    """
    match raw:
        case bool():
            return "true" if raw else "false"
        case str():
            return text(raw)
        case int():
            # In decimal, Python refuses to write what it read in hexadecimal, if it is huge.
            return hex(raw) if raw > _LARGEST else str(raw)
        case float():
            # repr has a dot, an exponent, or is one of these, which TOML spells alike.
            return repr(raw) if math.isfinite(raw) else str(raw)
        case dt.datetime() | dt.date() | dt.time():
            return raw.isoformat()
        case list() | tuple():
            return array(raw)
        case dict():
            pairs = ", ".join(assigned(str(name), inner) for name, inner in raw.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            raise TypeError(f"TOML has no {type(raw).__name__}")


def array(items: Iterable[object]) -> str:
    """A list."""
    return f"[{', '.join(map(value, items))}]"


def assigned(name: str, raw: object) -> str:
    """``name = value``: a line to copy."""
    return f"{key(name)} = {value(raw)}"

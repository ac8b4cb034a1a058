"""What the value of a key may be: one function for each shape.

Rule 1: values are constrained like keys. What does not fit its key's shape is dropped, not mended.
Rule 2: no shape is as loose as text, so nothing has to be cut at 200 characters: the longest ends
at 100.
Rule 3: a secret or an address can be spelled with the characters of a slug, and is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date

Primitive = bool | int | float | str
Shape = Callable[[Primitive], bool]

#: Beyond it a JavaScript reader loses digits.
_MAX_INTEGER = 2**53

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*(?:/[A-Za-z0-9][A-Za-z0-9._:+-]*)?")
_VERSION = re.compile(r"(?=.{1,64}\Z)[0-9][0-9.]*[A-Za-z0-9.+-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 100

# A secret or an address can be spelled with the characters of a slug.
_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:[prs]k[-_]|xox[a-z]-|glpat-)[A-Za-z0-9_-]{6}"
    r"|(?<![A-Za-z0-9])(?:ph[crsx]|gh[oprsu]|github_pat|hf|whsec)_[A-Za-z0-9_-]{6}"
    r"|(?:AKIA|ASIA|AIza|eyJ)[A-Za-z0-9_-]{8}"
    r"|[0-9A-Fa-f]{20}"
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20}"
)
_ADDRESS = re.compile(
    r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])"  # IPv4
    r"|::|(?:[0-9A-Fa-f]{1,4}[:-]){5}"  # IPv6, MAC
)
#: Some kernel releases begin with four numbers, so only the bare address is refused.
_BARE_ADDRESS = re.compile(r"\A(?:[0-9]{1,3}\.){3}[0-9]{1,3}\Z|(?:[0-9A-Fa-f]{2}-){5}")
#: Where one kind of character gives way to another: names do it seldom, random tokens all the time.
_TURN = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_NOT_ALNUM = re.compile(r"[^A-Za-z0-9]")
_TOKEN_LENGTH = 20
_TIMES = range(946_684_800_000, 4_102_444_800_000)
#: What fitted its shape, and no other text: each value is looked at twice, here and at the door.
_PASSED: set[tuple[re.Pattern[str], str]] = set()
_MOST_PASSED = 1024
_HOST = re.compile(r"\.[A-Za-z]{2,}(?::[0-9]+)?\Z|:[0-9]{2,5}\Z")  # a domain or file name, a port


def _text(value: Primitive, pattern: re.Pattern[str], *refused: re.Pattern[str]) -> bool:
    if type(value) is not str or len(value) > _LONGEST:
        return False
    if (pattern, value) in _PASSED:
        return True
    fits = (
        pattern.fullmatch(value) is not None
        and not any(bad.search(value) for bad in refused)
        and not _restless(value)
    )
    if fits:
        if len(_PASSED) >= _MOST_PASSED:
            _PASSED.clear()
        _PASSED.add((pattern, value))
    return fits


def _restless(value: str) -> bool:
    run = _NOT_ALNUM.sub("", value)
    return len(run) >= _TOKEN_LENGTH and len(_TURN.findall(run)) * 3 > len(run)


def flag(value: Primitive) -> bool:
    """True or false."""
    return type(value) is bool


def count(value: Primitive) -> bool:
    """A whole number from 0 to 2**53; a boolean is none."""
    return type(value) is int and 0 <= value <= _MAX_INTEGER


def number(value: Primitive) -> bool:
    """A finite number from 0 up."""
    if type(value) is int:
        return 0 <= value <= _MAX_INTEGER
    return type(value) is float and 0 <= value < math.inf  # which is false of NaN


def epoch_ms(value: Primitive) -> bool:
    """A time between 2000 and 2100, in milliseconds."""
    return type(value) is int and value in _TIMES


def slug(value: Primitive) -> bool:
    """One short name of letters, digits and ``. _ : + -``."""
    return _text(value, _SLUG, _SECRET, _ADDRESS, _HOST)


def model(value: Primitive) -> bool:
    """A model id: a slug that may have one inner slash."""
    return _text(value, _MODEL, _SECRET, _ADDRESS)


def version(value: Primitive) -> bool:
    """Digits and dots, then letters, digits and ``. + -``."""
    return _text(value, _VERSION, _SECRET, _BARE_ADDRESS)


def day(value: Primitive) -> bool:
    """A date as YYYY-MM-DD."""
    if type(value) is not str or not _text(value, _DATE):
        return False
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def one_of(*values: str) -> Shape:
    """One of a closed set of words."""
    allowed = frozenset(values)
    return lambda value: type(value) is str and value in allowed

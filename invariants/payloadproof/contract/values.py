"""What a value must be to fit its property.

Rule 1: every function here is pure and total, for any value that JSON can hold.
Rule 2: no reason quotes the value: what does not fit may be a secret.
Rule 3: what looks like a secret or an address does not fit, though each of its characters may.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from itertools import pairwise

from payloadproof.contract import Property
from payloadproof.contract.secrets import (
    HEX,
    IPV4,
    KEY,
    MAC,
    UUID,
    has_card,
    has_iban,
    network_address,
)

_EPOCH_MS = range(946_684_800_000, 4_102_444_800_000)  # 2000-01-01 to 2100-01-01
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*(/[A-Za-z0-9._:+-]+)?")
_VERSION = re.compile(r"[0-9][0-9.]*[A-Za-z0-9.+-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLUG_MAX_CHARS = 64
_MODEL_MAX_CHARS = 100

_TOKEN_MIN_CHARS = 24


def misfit(prop: Property, value: object, *, string_max_chars: int) -> str | None:
    """Why a decoded JSON value does not fit its property; None when it fits.

    ``string_max_chars`` bounds a text whose property sets no bound of its own, in code points.
    Source: DESIGN section 9, Values; the plan says which keys, never which values.
    """
    return misfits(prop, string_max_chars=string_max_chars)(value)


def misfits(prop: Property, *, string_max_chars: int) -> Callable[[object], str | None]:
    """``misfit`` of one property, for who asks it of many values."""
    match prop.type:
        case "enum":
            return partial(_enum_misfit, among=prop.values)
        case "text":
            return partial(_text_misfit, max_chars=prop.max_chars or string_max_chars)
        case plain:
            return _MISFITS[plain]


def _enum_misfit(value: object, among: Collection[str]) -> str | None:
    fits = isinstance(value, str) and value in among
    return None if fits else f"is not one of {', '.join(among)}"


def _secret(text: str) -> str | None:
    if KEY.search(text):
        return "looks like a key"
    if HEX.search(text) or UUID.search(text):
        return "looks like a hash or an id"
    if has_card(text) or has_iban(text):
        return "looks like a card or a bank account"
    return "looks like a token" if _looks_random(text) else None


def _address(text: str) -> str | None:
    numbers = (match[0] for match in IPV4.finditer(text))
    inside = MAC.search(text) or any(map(_whole_address, numbers))
    return "looks like a network address" if inside else _whole_address(text)


def _whole_address(text: str) -> str | None:
    return "looks like a network address" if network_address(text) else None


def _bool_misfit(value: object) -> str | None:
    return None if isinstance(value, bool) else "is not true or false"


def _whole(value: object) -> int | None:
    """The integer that a JSON number stands for: JavaScript may write 3 as 3.0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def _count_misfit(value: object) -> str | None:
    whole = _whole(value)
    if whole is None:
        return "is not a whole number"
    return None if whole >= 0 else "is negative"


def _number_misfit(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not a number"
    # Every integer is finite, and a huge one does not convert to a float.
    if isinstance(value, float) and not math.isfinite(value):
        return "is not finite"
    return None


def _epoch_ms_misfit(value: object) -> str | None:
    whole = _whole(value)
    if whole is None:
        return "is not a whole number of milliseconds"
    return None if whole in _EPOCH_MS else "is not a time between 2000 and 2100 in milliseconds"


def _date_misfit(value: object) -> str | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return "is not a date of the form YYYY-MM-DD"
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return "is not a day of the calendar"
    return None


def _text_misfit(value: object, max_chars: int) -> str | None:
    if not isinstance(value, str):
        return "is not text"
    return None if len(value) <= max_chars else f"is longer than {max_chars} characters"


def _slug_misfit(value: object) -> str | None:
    return _shaped_misfit(value, _SLUG, "a slug", _SLUG_MAX_CHARS, _address)


def _model_misfit(value: object) -> str | None:
    return _shaped_misfit(value, _MODEL, "a model id", _MODEL_MAX_CHARS, _address)


def _version_misfit(value: object) -> str | None:
    # A kernel of WSL starts with four numbers and goes on; only four numbers alone are an address.
    return _shaped_misfit(value, _VERSION, "a version", _SLUG_MAX_CHARS, _whole_address)


def _shaped_misfit(
    value: object,
    shape: re.Pattern[str],
    noun: str,
    most: int,
    address: Callable[[str], str | None],
) -> str | None:
    if not isinstance(value, str):
        return f"is not {noun}, which is text"
    if len(value) > most:
        return f"is longer than {noun} may be ({most} characters)"
    if not shape.fullmatch(value):
        return f"has not the shape of {noun}"
    return _unsafe(value, address)


@lru_cache(maxsize=4096)  # an audit meets the same few versions and slugs a million times
def _unsafe(text: str, address: Callable[[str], str | None]) -> str | None:
    return _secret(text) or address(text)


def _looks_random(text: str) -> bool:
    """Words, dates and sizes keep to one kind of character for a while; a random token does not."""
    runs = re.findall(r"[A-Za-z0-9]+", text)
    changes = sum(map(_changes, runs))
    if sum(map(len, runs)) >= _TOKEN_MIN_CHARS and changes * 5 >= sum(map(len, runs)) * 2:
        return True
    return any(
        len(run) >= _TOKEN_MIN_CHARS and not run.isalpha() and _changes(run) * 6 >= len(run)
        for run in runs
    )


def _changes(run: str) -> int:
    kinds = ["0" if char.isdigit() else "a" if char.islower() else "A" for char in run]
    return sum(before != after for before, after in pairwise(kinds))


_MISFITS: dict[str, Callable[[object], str | None]] = {
    "bool": _bool_misfit,
    "count": _count_misfit,
    "number": _number_misfit,
    "slug": _slug_misfit,
    "model": _model_misfit,
    "version": _version_misfit,
    "date": _date_misfit,
    "epoch_ms": _epoch_ms_misfit,
}

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

from payloadproof.contract.property import Never, Shape
from payloadproof.contract.secrets import (
    HEX,
    IPV4,
    KEY,
    MAC,
    UUID,
    has_card,
    has_iban,
    leaks_in,
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


Misfit = Callable[[object], str | None]


def misfit(prop: Shape, value: object, *, string_max_chars: int) -> str | None:
    """Why a decoded JSON value does not fit its property; None when it fits.

    ``string_max_chars`` bounds a text whose property sets no bound of its own, in code points.
    Source: DESIGN section 9, Values; the plan says which keys, never which values.
    """
    return misfits(prop, string_max_chars=string_max_chars)(value)


def misfits(prop: Shape, *, string_max_chars: int) -> Callable[[object], str | None]:
    """``misfit`` of one property, for who asks it of many values."""
    plain = _of_type(prop, string_max_chars)
    if prop.min is not None or prop.max is not None:
        plain = partial(_out_of_range, plain=plain, least=prop.min, most=prop.max)
    return partial(_unless_null, plain=plain) if prop.null else plain


def _of_type(prop: Shape, longest: int) -> Misfit:
    match prop.type:
        case "enum":
            return partial(_enum_misfit, among=prop.values)
        case "text":
            bounded = partial(_text_misfit, max_chars=prop.max_chars or longest)
            never = _phrases(prop.never or ())
            return partial(_holding, plain=bounded, never=never) if never else bounded
        case "list":
            inner = misfits(prop.items, string_max_chars=longest) if prop.items else _nothing
            return partial(_list_misfit, inner=inner, most=prop.max_items)
        case "object":
            keys = {name: misfits(one, string_max_chars=longest) for name, one in prop.keys.items()}
            others = misfits(prop.others, string_max_chars=longest) if prop.others else None
            return partial(_object_misfit, keys=keys, others=others, most=prop.max_keys)
        case other:
            return _MISFITS[other]


def _nothing(_: object) -> str:
    return "is not declared"


def _unless_null(value: object, plain: Misfit) -> str | None:
    return None if value is None else plain(value)


def _out_of_range(
    value: object, plain: Misfit, least: float | None, most: float | None
) -> str | None:
    wrong = plain(value)
    if wrong is not None or not isinstance(value, int | float):
        return wrong
    if least is not None and value < least:
        return f"is below {least:g}"
    return f"is above {most:g}" if most is not None and value > most else None


#: What each name of ``never`` stands for, in the words of contract.secrets.
_NEVER: dict[Never, frozenset[str]] = {
    "path": frozenset({"an absolute path"}),
    "email": frozenset({"an e-mail address"}),
    "url_query": frozenset({"a URL with a query"}),
    "secret": frozenset({"a key", "a JWT", "long hexadecimal"}),
    "network_address": frozenset({"a network address"}),
    "phone": frozenset({"a phone number"}),
    "card": frozenset({"a card number", "a bank account"}),
    "id": frozenset({"an id"}),
}


def _phrases(never: Collection[Never]) -> frozenset[str]:
    return frozenset(phrase for name in never for phrase in _NEVER[name])


def _holding(value: object, plain: Misfit, never: frozenset[str]) -> str | None:
    wrong = plain(value)
    if wrong is not None or not isinstance(value, str):
        return wrong
    held = sorted(leaks_in(value) & never)
    return f"looks like {held[0]}, or holds it" if held else None


def _list_misfit(value: object, inner: Misfit, most: int) -> str | None:
    if not isinstance(value, list):
        return "is not a list"
    if len(value) > most:
        return f"is longer than {most} items"
    wrong = next((wrong for one in value if (wrong := inner(one))), None)
    return f"holds an item that {wrong}" if wrong else None


def _object_misfit(
    value: object, keys: dict[str, Misfit], others: Misfit | None, most: int
) -> str | None:
    if not isinstance(value, dict):
        return "is not an object"
    if len(value) > most:
        return f"is longer than {most} keys"
    for name, inner in value.items():
        if name in keys:
            wrong = keys[name](inner)
        elif others is None:
            return "holds a key that is not declared"
        elif _slug_misfit(name):
            return f"holds a key that {_slug_misfit(name)}"
        else:
            wrong = others(inner)
        if wrong:
            return f"holds a value that {wrong}"
    return None


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


def _integer_misfit(value: object) -> str | None:
    return "is not a whole number" if _whole(value) is None else None


def _uuid_misfit(value: object) -> str | None:
    return None if isinstance(value, str) and UUID.fullmatch(value) else "is not a UUID"


def _id_misfit(value: object) -> str | None:
    """An id or a digest says nothing of a person by itself; a key or an address in its place does.

    A whole number is one, too.
    """
    if _whole(value) is not None:
        return None
    if not isinstance(value, str):
        return "is not an id"
    if len(value) > _MODEL_MAX_CHARS:
        return f"is longer than an id may be ({_MODEL_MAX_CHARS} characters)"
    if not _SLUG.fullmatch(value):
        return "has not the shape of an id"
    return "looks like a key" if KEY.search(value) else _address(value)


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
    "integer": _integer_misfit,
    "number": _number_misfit,
    "uuid": _uuid_misfit,
    "id": _id_misfit,
    "slug": _slug_misfit,
    "model": _model_misfit,
    "version": _version_misfit,
    "date": _date_misfit,
    "epoch_ms": _epoch_ms_misfit,
}

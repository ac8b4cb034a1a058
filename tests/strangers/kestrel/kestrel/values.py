"""Turning what a caller hands over into plain values that fit the schema.

Only exact types are taken: a subclass of ``int`` or ``str`` may run code of its own when it is read
or compared, and what runs code can raise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Iterable

from . import schema

_SAFE_INT = 2**53 - 1  # beyond it a reader of JSON may see another number

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*(?:/[A-Za-z0-9][A-Za-z0-9._:+-]*)?")
_VERSION = re.compile(r"[0-9][0-9.]*(?:[A-Za-z.+-][A-Za-z0-9.+-]*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# What a secret or an address looks like, though its characters fit a slug.
_PREFIX = re.compile(
    r"(?:sk|pk|rk|phc|phx|phs|pha|phr|gh[pousr]|github_pat|glpat|xox[a-z]|xapp|hf|npm|pypi|dop_v1|"
    r"shpat|sq0[a-z]{3}|whsec|key|token|secret|bearer|ya29|sg|eyj[a-z0-9]*|aiza[a-z0-9]*|"
    r"akia[a-z0-9]*|asia[a-z0-9]*)[-_.:]",
    re.IGNORECASE,
)
_GLUED_PREFIX = re.compile(r"(?:AKIA|ASIA|AIza|eyJ|ya29)[A-Za-z0-9_-]{8,}")
_HEX = re.compile(r"[0-9A-Fa-f]{16,}")
_DIGITS = re.compile(r"[0-9]{9,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_IPV4 = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
_COLONS = re.compile(r"(?:[0-9A-Fa-f]{1,4}:){3,}|::")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}")
_DOMAIN = re.compile(
    r"\.(?:com|net|org|io|dev|local|internal|lan|corp|example|test|invalid|home|app|ai|de|uk|eu|co)"
    r"(?:[:.]|$)",
    re.IGNORECASE,
)
_MIXED = re.compile(r"[A-Za-z0-9]{20,}")


def suspicious(text: str, version: bool = False) -> bool:
    """Whether a text looks like a secret or an address, whatever it is said to be."""
    if _PREFIX.match(text) or _GLUED_PREFIX.search(text):
        return True
    if _HEX.search(text) or _DIGITS.search(text) or _UUID.search(text) or _MAC.search(text):
        return True
    if _COLONS.search(text) or _DOMAIN.search(text):
        return True
    # A kernel of WSL begins with four numbers; alone they may be an address.
    if version and not _IPV4.fullmatch(text):
        text = _IPV4.sub("", text)
    if _IPV4.search(text):
        return True
    for run in _MIXED.findall(text):
        classes = (any(c.isdigit() for c in run), any(c.islower() for c in run))
        if all(classes) and (any(c.isupper() for c in run) or len(run) >= 24):
            return True
    return text.lower() in ("localhost",)


def fits(name: str, value: Any) -> bool:
    """Whether a plain value is one that the schema allows under this name."""
    kind = schema.PROPERTIES[name]
    if kind.type == "bool":
        return type(value) is bool
    if kind.type in ("count", "epoch_ms"):
        return type(value) is int and 0 <= value <= _SAFE_INT
    if kind.type == "number":
        if type(value) is int:
            return 0 <= value <= _SAFE_INT
        return type(value) is float and math.isfinite(value) and value >= 0
    if type(value) is not str or len(value) > schema.STRING_MAX:
        return False
    if kind.type == "enum":
        return value in kind.values
    if kind.type == "slug":
        return _SLUG.fullmatch(value) is not None and not suspicious(value)
    if kind.type == "model":
        return (
            len(value) <= 100 and _MODEL.fullmatch(value) is not None and not suspicious(value)
        )
    if kind.type == "version":
        return (
            len(value) <= 64
            and _VERSION.fullmatch(value) is not None
            and not suspicious(value, version=True)
        )
    if kind.type == "date":
        return _DATE.fullmatch(value) is not None
    return False


def pick(given: Any, names: Iterable[str]) -> dict[str, Any]:
    """A new dictionary of what fits, out of anything at all. Never raises, never writes.

    Asked key by key: a container of which one value raises loses that value alone. ``in`` comes
    first because reading a key that is missing changes a defaultdict.
    """
    picked: dict[str, Any] = {}
    try:
        if not isinstance(given, Mapping):
            return picked
    except Exception:
        return picked
    for name in names:
        try:
            if name not in given:
                continue
            value = given[name]
            if type(value) is float and value.is_integer() and abs(value) <= _SAFE_INT:
                value = int(value)  # 3.0 is a whole number, and JSON may well write it so
            if fits(name, value):
                picked[name] = value
        except Exception:
            continue
    return picked

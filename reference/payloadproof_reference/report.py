"""The last look at a report of an error, before it leaves.

Rule 1: deny by default, as for every other event: what is not spelled out here does not pass.
Rule 2: it fails closed. One wrong value, and there is no event.
Rule 3: it trusts no builder, ours included: a text passes that redaction would leave as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payloadproof_reference.redaction.redact import STACK_FRAMES, Kind, redact

MOST_ERRORS = 10
_MAX_INTEGER = 2**53

Check = Callable[[Any], bool]


def _text(kind: Kind) -> Check:
    # E2: type at most 100, message 500, stack 2048: redaction cuts last, so a fixed point fits.
    return lambda value: type(value) is str and redact(value, kind=kind) == value


def _function(value: Any) -> bool:
    if type(value) is not str:
        return False
    bare = value.strip("<>")
    return bare.isidentifier() and redact(bare, kind="type") == bare


def _integer(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_INTEGER


def _one_of(*allowed: object) -> Check:
    return lambda value: any(type(value) is type(each) and value == each for each in allowed)


def _table(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    every = {**required, **(optional or {})}

    def fits(value: Any) -> bool:
        return (
            type(value) is dict
            and required.keys() <= value.keys() <= every.keys()
            and all(every[key](each) for key, each in value.items())
        )

    return fits


def _list(most: int, each: Check) -> Check:
    return lambda value: type(value) is list and len(value) <= most and all(map(each, value))


# E3: no source line, no variable, no directory: no key for them.
_FRAME = _table(
    {
        "platform": _one_of("python"),
        "function": _function,
        "filename": _text("type"),
        "lineno": _integer,
        "in_app": _one_of(False, True),
    }
)
_ERROR = _table(
    {
        "type": _text("type"),
        "value": _text("message"),
        "mechanism": _table(
            {
                "type": _one_of("generic", "chained"),
                "handled": _one_of(False, True),
                "synthetic": _one_of(False, True),
            }
        ),
    },
    {
        "stacktrace": _table({"type": _one_of("raw"), "frames": _list(STACK_FRAMES, _FRAME)}),
    },
)

#: The own properties of ``$exception``.
FIELDS: Mapping[str, Check] = {
    "error_type": _text("type"),
    "error_message": _text("message"),
    "error_stack": _text("stack"),
    "occurrence_count": _integer,
    "$exception_list": _list(MOST_ERRORS, _ERROR),
    "$exception_level": _one_of("error"),
}


def checked(properties: object) -> dict[str, Any] | None:
    """The own properties of ``$exception`` out of ``properties``; ``None`` where one is amiss."""
    if type(properties) is not dict:
        return None
    if not all(key in properties and fits(properties[key]) for key, fits in FIELDS.items()):
        return None
    return {key: properties[key] for key in FIELDS}

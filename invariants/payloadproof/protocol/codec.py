"""Lines to and from messages, and hostile values that JSON cannot hold.

A hostile value travels as ``{"$hostile": KIND}``. An adapter builds it natively, in its own
language, so that "never throws" is tested on more than tame input.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from payloadproof.protocol.messages import LINE_MAX, Message, Params, Reply, Request

TAG = "$hostile"
# What an adapter puts into the caller's object once an operation has returned (S7).
CHANGED_LATER = "payloadproof-changed-later"

M = TypeVar("M", bound=Message)


class MalformedLineError(ValueError):
    """A line that is no message; the text says why."""


class _ThrowingGetter(Mapping[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("hostile: a getter that throws")

    def __iter__(self) -> Any:
        raise RuntimeError("hostile: an iterator that throws")

    def __len__(self) -> int:
        raise RuntimeError("hostile: a length that throws")

    __hash__ = None  # type: ignore[assignment]  # a mapping that can be compared is not hashable


class _ThrowingStr:
    """An object that cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("hostile: a repr that throws")

    __str__ = __repr__


def _circular() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    return loop


def _deep() -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(5_000):
        nested = {"deeper": nested}
    return nested


HOSTILE: dict[str, Callable[[], Any]] = {
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "circular": _circular,
    "deep": _deep,
    "throwing_getter": _ThrowingGetter,
    "throwing_str": _ThrowingStr,
    "lone_surrogate": lambda: "\ud800",
    "bytes": lambda: b"\x00\xff\xfe",
    "huge_string": lambda: "x" * 1_000_000,
    "huge_int": lambda: 10**400,
    "non_string_key": lambda: {(1, 2): 3, None: 4},
    "date": lambda: dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    "proto_key": lambda: {"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}},
    "object": object,
    "function": lambda: _circular,
}

HOSTILE_MEANING: dict[str, str] = {
    "nan": "not a number",
    "infinity": "positive infinity",
    "circular": "a container that holds itself",
    "deep": "5,000 levels of nesting",
    "throwing_getter": "a container whose reading throws",
    "throwing_str": "an object whose conversion to text throws",
    "lone_surrogate": "text with half of a surrogate pair",
    "bytes": "raw bytes that are not UTF-8",
    "huge_string": "text of 1,000,000 characters",
    "huge_int": "a number beyond 64 bits, or a big integer where the language has them",
    "non_string_key": "a mapping with keys that are not text",
    "date": "a date at the edge of what the language can represent",
    "proto_key": "keys that pollute prototypes in JavaScript",
    "object": "an opaque object",
    "function": "a function",
}


def build(value: Any) -> Any:
    """Replace every hostile tag in a decoded JSON value by the value it names.

    Raises:
        MalformedLineError: a tag of an unknown kind.
    """
    if isinstance(value, dict):
        if set(value) == {TAG}:
            kind = value[TAG]
            if not isinstance(kind, str) or kind not in HOSTILE:
                raise MalformedLineError(f"unknown hostile value {kind!r}; known: {list(HOSTILE)}")
            return HOSTILE[kind]()
        return {key: build(item) for key, item in value.items()}
    if isinstance(value, list):
        return [build(item) for item in value]
    return value


def tags(value: Any) -> set[str]:
    """The kinds of hostile values in a decoded JSON value."""
    if isinstance(value, dict):
        if set(value) == {TAG}:
            return {str(value[TAG])}
        return set().union(*(tags(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(tags(item) for item in value))
    return set()


def encode(message: Message) -> bytes:
    """One line, newline included."""
    return msgspec.json.encode(message) + b"\n"


def request_line(number: int, params: Params) -> bytes:
    """The line that asks for ``params``."""
    body = msgspec.to_builtins(params)
    deadline = int(params.deadline_s * 1000)
    return encode(Request(id=number, op=params.op, params=body, deadline_ms=deadline))


def decode_reply(line: bytes) -> Reply:
    """The reply a line holds.

    Raises:
        MalformedLineError: the line is too long, no JSON, or not exactly one kind of reply.
    """
    return _checked(_decode(line, Reply))


def decode_request(line: bytes) -> Request:
    """The request a line holds.

    Raises:
        MalformedLineError: the line is too long, no JSON, or no request.
    """
    return _decode(line, Request)


def _checked(reply: Reply) -> Reply:
    if reply.answers != 1:
        raise MalformedLineError(
            "a reply holds exactly one of ok, raised, unsupported, error; "
            f"this one holds {reply.answers}"
        )
    return reply


def _decode(line: bytes, kind: type[M]) -> M:
    if len(line) > LINE_MAX:
        raise MalformedLineError(f"a line of {len(line):,} bytes; at most {LINE_MAX:,} are allowed")
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedLineError(str(error)) from error

"""Lines to and from messages, and hostile values that JSON cannot hold.

A hostile value travels as ``{"$hostile": KIND}``. An adapter builds it natively, in its own
language, so that "never throws" is tested on more than tame input.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from payloadproof.protocol.hostile import HOSTILE
from payloadproof.protocol.messages import LINE_MAX, Message, Params, Reply, Request

TAG = "$hostile"
# What an adapter puts into the caller's object once an operation has returned (S7).
CHANGED_LATER = "payloadproof-changed-later"

M = TypeVar("M", bound=Message)


class MalformedLineError(ValueError):
    """A line that is no message; the text says why."""


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

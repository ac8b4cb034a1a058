"""What a body says, whatever it is written in: JSON, lines of JSON, a form; else its words.

Rule 1: total. Any bytes in, a value out; no exception, and no more memory than ``SIZE_LIMIT`` and
what JSON makes of it.
"""

from __future__ import annotations

import json
import re
from urllib.parse import unquote_to_bytes

from payloadproof.recorder.decode import SIZE_LIMIT
from payloadproof.recorder.ledger import LOST, Request
from payloadproof.recorder.unpack import readings

_WORD = re.compile(rb"[\x21-\x7e]{4,}")
_FORM = re.compile(rb"[\w.$\[\]%+-]+=[^&\s]*(?:&[\w.$\[\]%+-]+=[^&\s]*)*")
_TOO_LARGE = 413


def content_of(request: Request) -> object:
    """The JSON value of a body, lines of JSON as a list, a form as an object.

    What stands beside the events where it has some. A ``frozenset`` of its words where it is none
    of these; None where there is nothing.
    """
    if request.events:
        return request.envelope
    plain = plain_of(request)
    if not plain.strip():
        return None
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return frozenset(words(plain))
    try:
        return _json(text)
    except ValueError:
        pass
    try:
        return [_json(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        pass
    if _FORM.fullmatch(plain.strip()):
        return fields_of(plain.strip())
    return frozenset(words(plain))


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    return value


def plain_of(request: Request) -> bytes:
    """The body without its compression; as it was sent where it cannot be undone."""
    if request.body is not None:
        return request.body
    return next(readings({}, request.headers, request.wire, SIZE_LIMIT), request.wire)


def is_unread(request: Request) -> bool:
    """Whether events were sent, or may have been, that nobody here can read.

    Not so where the body never came whole, or is over the service's own limits, which W1 says.
    """
    told = request.service in {None, "capture", "ai"} and request.method not in {"", "?"}
    whole = request.reason != LOST and request.status != _TOO_LARGE and bool(request.wire)
    return told and whole and request.body is None


def words(plain: bytes) -> set[str]:
    """The runs of printable characters in anything, such as the texts in a protobuf message."""
    return {word.decode() for word in _WORD.findall(plain)}


def fields_of(text: bytes) -> dict[str, object]:
    """A query or a form: each key with its values, in their order."""
    fields: dict[str, object] = {}
    for pair in filter(None, text.split(b"&")):
        key, _, value = pair.replace(b"+", b" ").partition(b"=")
        name = unquote_to_bytes(key).decode(errors="replace")
        said = unquote_to_bytes(value).decode(errors="replace")
        fields[name] = f"{fields[name]}\n{said}" if name in fields else said
    return fields

"""A recording: requests as JSON Lines, from the recorder to a file and back.

The first line says what it is, the last one how many requests there were: a file without it was
cut short. Bodies are kept as they were on the wire, in base64, and decoded again when read.
"""

from __future__ import annotations

import base64
import binascii
from typing import IO, Literal

import msgspec

from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.project import Project
from payloadproof.recorder.routes import route
from payloadproof.version import VERSION

_PIECE = 3 * 256 * 1024  # bytes; of three, so that the pieces' base64 is that of the whole
_NO_WIRE = b'"wire":""'


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line; ``prefix``: the path that a proxy of the product's puts before PostHog's."""

    recording: Literal[1] = 1
    payloadproof: str = VERSION
    prefix: str | msgspec.UnsetType = msgspec.UNSET


class Line(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One request.

    Attributes:
        at: seconds since the recording began.
        answered: the status, if any.
        host: whom it was for; empty when it came to the recorder's own address.
        other: whether the host is not PostHog, so that PostHog's rules say nothing about it.
    """

    number: int
    at: float
    connection: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    wire: str  # base64
    answered: int | None = None
    host: str = ""
    other: bool = False


class Other(msgspec.Struct, frozen=True):
    """A request that was not for PostHog: kept, and judged by none of its rules."""

    line: Line


class Tail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line."""

    requests: int


class Writer:
    """Writes a recording as it grows: what was added is in the file once it is flushed.

    A large body is written in pieces: its base64 would be held twice, once in the line.
    """

    def __init__(self, file: IO[bytes], began_at: float, prefix: str = "") -> None:
        self._file = file
        self._began_at = began_at
        self.written = 0
        self._line(Head(prefix=prefix or msgspec.UNSET))
        self.flush()

    def add(self, request: Request, host: str = "", *, other: bool = False) -> None:
        """One more request, with whom it was for."""
        self.written += 1
        wire = memoryview(request.wire)
        line = Line(
            number=request.number,
            at=round(request.began_at - self._began_at, 6),
            connection=request.connection,
            method=request.method,
            path=request.path,
            headers=request.headers,
            wire="",
            answered=request.answered,
            host=host,
            other=other,
        )
        # Within a text of JSON no quote stands without a backslash: only the field looks so.
        before, field, after = msgspec.json.encode(line).partition(_NO_WIRE)
        opened, closed = before + field[:-1], field[-1:] + after + b"\n"
        if len(wire) <= _PIECE:
            self._file.write(b"".join((opened, base64.b64encode(wire), closed)))
            return
        self._file.write(opened)
        for start in range(0, len(wire), _PIECE):
            self._file.write(base64.b64encode(wire[start : start + _PIECE]))
        self._file.write(closed)

    def end(self) -> None:
        """The recording is whole."""
        self._line(Tail(requests=self.written))
        self.flush()

    def flush(self) -> None:
        """Hand to the system what was added."""
        self._file.flush()

    def _line(self, value: msgspec.Struct) -> None:
        self._file.write(msgspec.json.encode(value) + b"\n")


def line_of(line: bytes, prefix: str = "") -> Request | Other | Tail:
    """What a line after the first holds.

    ``prefix``: as the head has it.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: nothing of the kind.
    """
    raw = msgspec.json.decode(line)
    if isinstance(raw, dict) and "wire" not in raw:
        return msgspec.convert(raw, Tail)
    kept = msgspec.convert(raw, Line)
    if kept.other:
        return Other(kept)
    try:
        wire = base64.b64decode(kept.wire, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the body is no base64: {error}") from error
    return request(kept, wire, prefix)


def request(kept: Line, wire: bytes, prefix: str = "") -> Request:
    """A kept request, decoded by the rules of the capture service as they are known today."""
    path = route(kept.path) if kept.host else kept.path
    decoded = decode(kept.method, path, kept.headers, wire, Project(prefix=prefix))
    return Request(
        number=kept.number,
        began_at=kept.at,
        port=0,
        connection=kept.connection,
        method=kept.method,
        path=kept.path,
        headers=kept.headers,
        wire=wire,
        wire_size=len(wire),
        answered=kept.answered,
        **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
    )

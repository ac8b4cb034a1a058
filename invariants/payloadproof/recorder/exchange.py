"""One HTTP request read, and what is sent back for it.

Rule 1: a body is read whole up to the service's own cap, and never much further.
Rule 2: the head and body of a response leave in one write. Two writes meet the client's delayed
acknowledgement and cost some 40 ms each; asyncio sets TCP_NODELAY on every connection. ``Slow``
alone is meant to be slow.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Protocol, Self

import msgspec
from aiohttp import web

from payloadproof.recorder.answers import written
from payloadproof.recorder.decode import OK_BODY, SIZE_LIMIT, decode
from payloadproof.recorder.machine import is_meant_here
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.script import (
    Answer,
    Cut,
    Hang,
    HangBeforeReading,
    Healthy,
    LoseAnswer,
    NotPersisted,
    OverQuota,
    Refuse,
    Reset,
    Slow,
)
from payloadproof.recorder.unpack import header

if TYPE_CHECKING:
    from collections.abc import Callable

    from payloadproof.recorder.ledger import Request

_KEPT_OF_TOO_LARGE = 1024 * 1024  # bytes of a body over SIZE_LIMIT
_RST_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, for no seconds
_CUT_RESPONSE = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(OK_BODY)}\r\n\r\n{OK_BODY[: len(OK_BODY) // 2]}"
).encode()


class Holder(Protocol):
    """Whoever closes the connections that hang, in the end."""

    def hang(self, transport: asyncio.Transport) -> None:
        """Close this one, then."""


class Growing(Protocol):
    """A body as it comes."""

    def __len__(self) -> int: ...
    def __iadd__(self, chunk: bytes) -> Self: ...


def path(request: web.BaseRequest) -> str:
    """The raw target; bytes that are no UTF-8 are escaped."""
    return request.raw_path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def headers(request: web.BaseRequest) -> tuple[tuple[str, str], ...]:
    """Names and values in the order sent; bytes that are no UTF-8 are escaped."""
    return tuple(
        (name.decode(errors="backslashreplace"), value.decode(errors="backslashreplace"))
        for name, value in request.raw_headers
    )


async def read(request: web.BaseRequest, body: Growing) -> str:
    """Read up to one chunk over SIZE_LIMIT; why the body could not be read, if it could not."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        while len(body) <= SIZE_LIMIT and (chunk := await request.content.readany()):
            body += chunk
            del chunk  # or it would be held beside the body until the next one comes
    except Exception as error:  # aiohttp's several, all of them the sender's doing
        return f"the body could not be read: {error}"
    return ""


def unfinished(head: Request, body: bytes, problem: str) -> Request:
    """The record of a request that did not arrive whole."""
    return msgspec.structs.replace(head, wire=body, wire_size=len(body), reason=problem)


def judged(head: Request, body: bytes, announced: int, project: Project = ANY) -> Request:
    """The record of a request that did; ``announced`` is its Content-Length."""
    decoded = decode(head.method, head.path, head.headers, body, project)
    too_large = len(body) > SIZE_LIMIT
    return msgspec.structs.replace(
        head,
        wire=body[:_KEPT_OF_TOO_LARGE] if too_large else body,
        wire_size=max(len(body), announced) if too_large else len(body),
        **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
    )


async def fail(
    transport: asyncio.Transport | None,
    behaviour: Hang | HangBeforeReading | Reset | LoseAnswer | Cut | Refuse,
    holder: Holder,
) -> NoReturn:
    """Leave the request without a whole answer, until its connection is lost."""
    if transport is not None:
        match behaviour:
            case Hang() | HangBeforeReading():
                holder.hang(transport)
            case Reset() | LoseAnswer():
                connected: socket.socket = transport.get_extra_info("socket")
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
                transport.abort()
            case Cut():
                transport.write(_CUT_RESPONSE)
                transport.close()
            case Refuse():
                transport.abort()
    # aiohttp cancels the handler of a lost connection.
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nothing completes this future")


def response(done: Answer | OverQuota | NotPersisted, request: Request) -> web.Response:
    """What this answer is for this request."""
    said = written(done, request)
    answered = web.Response(status=said.status, text=said.text, content_type=said.content_type)
    answered.headers.update(said.headers)
    return answered


def is_ours(request: Request) -> bool:
    """Whether it was meant for this machine."""
    host = header(request.headers, "host")
    return host is None or is_meant_here(host)


def misdirected(request: Request) -> Request:
    """The record of a request that was meant for another host."""
    return msgspec.structs.replace(
        request,
        status=421,
        reason="Misdirected Request",
        advice="its Host header names another machine; the recorder answers to 127.0.0.1 only",
    )


async def pause(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


async def trickle(
    slow: Slow, request: Request, sender: web.BaseRequest, answered: Callable[[int, str], None]
) -> web.StreamResponse:
    """Send the strict verdict, its head and its body each after a while.

    ``answered`` is told before the head is written, and not when the sender has gone by then.
    """
    whole = response(Healthy, request)
    slowly = web.StreamResponse(status=whole.status, headers=whole.headers)
    body = (whole.text or "").encode()
    slowly.content_length = len(body)
    await pause(slow.head_s)
    if sender.transport is not None and not sender.transport.is_closing():
        answered(whole.status, whole.text or "")
    # Whoever goes meanwhile, as a process that is killed, is no failure of ours.
    with suppress(ConnectionError):
        await slowly.prepare(sender)
        await pause(slow.body_s)
        await slowly.write(body)
        await slowly.write_eof()
    return slowly

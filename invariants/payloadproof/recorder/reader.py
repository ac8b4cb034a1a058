"""HTTP as it is read on one connection, of the recorder's ports and of a small internet's hosts.

Rule 1: the bytes as sent are the evidence: nothing is unpacked here, and what is no HTTP is kept.
Rule 2: nothing is printed: what there is to say is in the record.
Rule 3: what one turn of the loop reads from all connections together is bounded: it reads from each
before anybody looks at what came.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError

from payloadproof.recorder.ledger import Request

if TYPE_CHECKING:
    from payloadproof.recorder.ledger import Ledger

_LINE_LIMIT = 1024 * 1024  # bytes of a request line or header: `GET /e?data=` carries events
_MALFORMED_KEPT = 64 * 1024  # bytes
TURN: Final = 32 * 1024 * 1024  # bytes that one turn of the loop reads, Rule 3
_MOST = 256 * 1024  # bytes that it reads from one connection
_LEAST = 4 * 1024  # of each of thousands
_SILENT = logging.getLogger("payloadproof.recorder.http")
_SILENT.setLevel(logging.CRITICAL + 1)  # Rule 2


def begun(
    number: int,
    *,
    port: int,
    connection: int,
    method: str,
    path: str,
    headers: tuple[tuple[str, str], ...],
) -> Request:
    """A request of which no body has been read."""
    return Request(
        number=number,
        began_at=time.monotonic(),
        port=port,
        connection=connection,
        method=method,
        path=path,
        headers=headers,
        wire=b"",
        wire_size=0,
        body=None,
        events=(),
        envelope={},
        tokens=(),
        status=400,
        reason="",
        answered=None,
    )


class Inlet:
    """What the connections of one loop are read into, one after the other (Rule 3)."""

    def __init__(self) -> None:
        self.connections = 0  # that are open
        self.buffer = memoryview(bytearray(_MOST))

    def share(self) -> memoryview:
        """As much room as one of so many connections has."""
        return self.buffer[: max(_LEAST, min(_MOST, TURN // max(self.connections, 1)))]


class Reader(web.RequestHandler, asyncio.BufferedProtocol):
    """One accepted connection; aiohttp reads its requests and hands them to ``served``."""

    def __init__(self, served: web.Server, ledger: Ledger, inlet: Inlet) -> None:
        super().__init__(
            served,
            loop=asyncio.get_running_loop(),
            logger=_SILENT,
            access_log=_SILENT,
            auto_decompress=False,  # Rule 1
            max_line_size=_LINE_LIMIT,
            max_field_size=_LINE_LIMIT,
        )
        self._ledger = ledger
        self._inlet = inlet
        self._malformed = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more that is read from."""
        self._inlet.connections += 1
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """One less."""
        self._inlet.connections -= 1
        super().connection_lost(exc)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Where the next bytes go, and how many at most."""
        return self._inlet.share()

    def buffer_updated(self, nbytes: int) -> None:
        """So many came."""
        self.data_received(bytes(self._inlet.buffer[:nbytes]))

    def malformed(self, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request; ``message`` is aiohttp's."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """Keep the bytes that aiohttp can make no sense of, for the record; no others.

        What came last on each of a thousand connections would be as much as all that is bounded.
        """
        super().data_received(data)
        if self._messages and not isinstance(self._messages[-1][0], RawRequestMessage):
            self._malformed = data[:_MALFORMED_KEPT]

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature; here a placeholder
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Record what aiohttp could not parse; any other error is a bug of ours."""
        if isinstance(exc, HttpProcessingError):
            self.malformed(self._malformed, message or "")
        elif isinstance(exc, Exception):
            self._ledger.failed(exc)
        response = web.Response(status=status, text=message)
        response.force_close()
        return response

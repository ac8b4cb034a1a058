"""HTTP as it is read on one connection, of the recorder's ports and of a small internet's hosts.

Rule 1: the bytes as sent are the evidence: nothing is unpacked here, and what is no HTTP is kept.
Rule 2: nothing is printed: what there is to say is in the record.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from payloadproof.recorder.ledger import Request

if TYPE_CHECKING:
    from payloadproof.recorder.ledger import Ledger

_LINE_LIMIT = 1024 * 1024  # bytes of a request line or header: `GET /e?data=` carries events
_MALFORMED_KEPT = 64 * 1024  # bytes
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


class Reader(web.RequestHandler):
    """One accepted connection; aiohttp reads its requests and hands them to ``served``."""

    def __init__(self, served: web.Server, ledger: Ledger) -> None:
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
        self._last_chunk = b""

    def malformed(self, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request; ``message`` is aiohttp's."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """Keep the bytes until aiohttp has made sense of them."""
        self._last_chunk = data
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature; here a placeholder
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Record what aiohttp could not parse; any other error is a bug of ours."""
        if isinstance(exc, HttpProcessingError):
            self.malformed(self._last_chunk[:_MALFORMED_KEPT], message or "")
        elif isinstance(exc, Exception):
            self._ledger.failed(exc)
        response = web.Response(status=status, text=message)
        response.force_close()
        return response

"""Serves the live page, on loopback, to who knows its address.

Rule 1: only this machine, by name and by address: what a browser was tricked into asking another
host for is refused, and without the token in the address there is nothing here.
Rule 2: it has a thread of its own and reads the board at its own pace. Nobody waits for a browser:
one that is slow or stuck holds up its own stream, and is told what it missed.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, Self

import msgspec
from aiohttp import web

from payloadproof.live.board import KEPT, Board, Came
from payloadproof.live.shown import Masking, standing
from payloadproof.recorder.lease import LOOPBACK
from payloadproof.recorder.listener import bind
from payloadproof.recorder.machine import is_meant_here
from payloadproof.report.page.writing import live

PACE_S: Final = 0.25  # between two looks at the board
AT_ONCE: Final = 100  # requests of one look, and
BUSY_S: Final = 0.02  # of a processor for them: what comes faster is missed, and counted
AT_LAST: Final = 20  # the last requests of a run, before its end is told
STREAMS: Final = 8
QUIET_S: Final = 15.0  # after which a stream says that it is still there
LAST_S: Final = 1.0  # that browsers have to take the end
IDLE_S: Final = 2.0  # between two judgements, and
SHARE: Final = 20  # times the processor time that the last one took


class Page:
    """The page of one run, from ``with`` to its end.

    Args:
        board: what there is to show.
        masking: how it is shown.
        judge: makes the board's verdicts anew; called now and then, where somebody looks.

    Attributes:
        address: what a browser has to be given.

    Raises:
        OSError: no port can be opened.
    """

    def __init__(
        self, board: Board, masking: Masking, judge: Callable[[], None] | None = None
    ) -> None:
        self._board = board
        self._masking = masking
        self._judge = judge
        self._token = secrets.token_urlsafe(24)
        self._socket = bind(LOOPBACK, 0)
        self._made: dict[int, bytes] = {}
        self._streams: set[asyncio.Task[object]] = set()
        port = self._socket.getsockname()[1]
        self.address = f"http://{LOOPBACK}:{port}/{self._token}/"
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name="payloadproof-page", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop = self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say that it is over, and serve nothing more."""
        if self._thread.is_alive():
            self._board.ended()
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as failure:
            if not self._ready.done():
                self._ready.set_exception(failure)

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._served = web.Server(self._answer, handler_cancellation=True, access_log=None)
        server = await asyncio.get_running_loop().create_server(self._served, sock=self._socket)
        judging = asyncio.create_task(self._judging())
        self._ready.set_result(asyncio.get_running_loop())
        await self._stop.wait()
        server.close()
        judging.cancel()
        if self._streams:
            await asyncio.wait(self._streams, timeout=LAST_S)
        # Closed and not aborted, a connection waits until its browser has read what it was sent.
        for connection in self._served.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def _judging(self) -> None:
        """Judge what came so far, a small share of the time, where somebody looks."""
        while self._judge is not None:
            took_s = 0.0
            if self._streams:
                with suppress(Exception):  # the report at the end says what is wrong
                    took_s = await asyncio.to_thread(_timed, self._judge)
            await asyncio.sleep(max(IDLE_S, SHARE * took_s))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if not is_meant_here(request.headers.get("Host", "")):
            return _said(421, "this page answers to this machine only")
        token, *rest = request.path.removeprefix("/").split("/")
        if not secrets.compare_digest(token.encode(errors="replace"), self._token.encode()):
            return _said(404, "there is nothing here: the whole address is in the terminal")
        if request.method != "GET":
            return _said(405, "it can only be looked at")
        match rest:
            case [""]:
                page, policy = live()
                headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
                return _said(200, page, "text/html", headers)
            case ["events"]:
                return await self._streamed(request)
            case ["values", number] if number.isascii() and number.isdecimal():
                return self._values(int(number[:12]))
            case _:
                return _said(404, "there is nothing here")

    def _values(self, number: int) -> web.Response:
        """The values of one request, as they were sent."""
        came = self._board.one(number)
        if came is None:
            return _said(410, "it is no longer here; the recording has it")
        line = self._masking.line(came, unmasked=True)
        return _said(200, msgspec.json.encode(line).decode(), "application/json")

    async def _streamed(self, request: web.BaseRequest) -> web.StreamResponse:
        """What comes, as it comes, until it is over."""
        if len(self._streams) >= STREAMS:
            return _said(503, "too many pages look at this already")
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            response = web.StreamResponse(headers=_HEADERS)
            response.content_type = "text/event-stream"
            await response.prepare(request)
            with suppress(ConnectionError):
                await self._told(response, _after(request))
            return response
        finally:
            self._streams.discard(task)

    async def _told(self, response: web.StreamResponse, after: int) -> None:
        version, quiet_since = 0, time.monotonic()
        while True:
            how = self._board.standing()
            ended = how.ended  # before what came is read: nothing comes after it
            fresh, lost = self._board.since(after, AT_LAST if ended else AT_ONCE, ended)
            after += lost
            lines = [_event("missed", lost)] if lost else []
            until = time.thread_time() + BUSY_S
            for one in fresh:
                lines.append(self._line(one))
                after = one.number
                if time.thread_time() > until:
                    break
            if how.version != version:
                version = how.version
                lines.append(_event("standing", standing(how)))
            whole = ended and (not fresh or after == fresh[-1].number)
            if whole:
                lines.append(_event("over", None))
            if not lines and time.monotonic() - quiet_since > QUIET_S:
                lines = [b": still here\n\n"]
            if lines:
                quiet_since = time.monotonic()
                await response.write(b"".join(lines))  # waits for who reads, and for nobody else
            if whole:
                await response.write_eof()
                return
            if not ended:
                await self._pause()

    def _line(self, came: Came) -> bytes:
        """A request as a stream has it; made once, however many look on."""
        if came.number not in self._made:
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            self._made[came.number] = _event("request", self._masking.line(came), came.number)
        return self._made[came.number]

    async def _pause(self) -> None:
        """Until the next look; not so long where the end has come."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), PACE_S)


def _after(request: web.BaseRequest) -> int:
    """The last request that a browser has had, which says so when it comes again."""
    said = request.headers.get("Last-Event-ID", "")
    return int(said[:12]) if said.isascii() and said.isdecimal() else 0


def _event(name: str, value: object, number: int | None = None) -> bytes:
    """As a stream of events has it; JSON has no line's end in it."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + msgspec.json.encode(value) + b"\n\n"


_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _said(
    status: int, text: str, kind: str = "text/plain", headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status,
        text=text,
        content_type=kind,
        charset="utf-8",
        headers={**_HEADERS, **(headers or {})},
    )


def _timed(judge: Callable[[], object]) -> float:
    """Judge; the processor time of this thread that it took: a busy machine makes nobody wait."""
    before = time.thread_time()
    judge()
    return time.thread_time() - before

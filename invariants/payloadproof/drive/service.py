"""Whoever serves a command's small internet: one thread of the harness, on the network's sockets.

Rule 1: everything is served by one loop; what it collects can be read from any thread.
Rule 2: a failure of ours is kept in the ledger, whose readers are told.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from concurrent.futures import Future
from typing import Self

from payloadproof.drive.names import Names
from payloadproof.drive.packets import Tally
from payloadproof.drive.web import Web

_PACKET_INFO = 8  # IP_PKTINFO of <linux/in.h>
_INFO = struct.Struct("=i4s4s")  # struct in_pktinfo: the card, our address, the address asked
_QUESTION_MAX = 64 * 1024
_COMES_IN, _GOES_OUT = 0, 4  # PACKET_HOST and PACKET_OUTGOING
_CHUNK = 64 * 1024
_CLOSED = -1
_STEP_S = 0.005


class Service:
    """Serves from its start until it is closed.

    Args:
        web: what answers on the TCP ports.
        names: what answers on the resolver's port.
        tally: what adds up the rest.
        sockets: as they came from the network, by their names.
        reach: loopback ports that are the machine's own.
    """

    _stop: asyncio.Event
    _loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        web: Web,
        names: Names,
        tally: Tally,
        sockets: dict[str, socket.socket],
        reach: tuple[int, ...],
    ) -> None:
        self._web = web
        self._names = names
        self._tally = tally
        self._sockets = sockets
        self._reach = reach
        self._taps: list[tuple[socket.socket, int]] = []
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="payloadproof-internet", daemon=True
        )
        self._thread.start()
        started.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def settle(self, longest: float) -> bool:
        """Wait until nothing is under way, or so many seconds; whether nothing is."""
        return asyncio.run_coroutine_threadsafe(self._settle(longest), self._loop).result()

    async def _settle(self, longest: float) -> bool:
        until = self._loop.time() + longest
        # What waits in a backlog tells nobody.
        while not self._web.is_idle and self._loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(_STEP_S)
        for tapped, direction in self._taps:
            self._tally.drain(tapped, direction)
        return self._web.is_idle

    def _run(self, started: Future[None]) -> None:
        try:
            asyncio.run(self._main(started))
        except Exception as failure:  # whoever made or reads it is told
            if started.done():
                self._web.ledger.failed(failure)
            else:
                started.set_exception(failure)

    async def _main(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._failed)
        self._stop = asyncio.Event()
        passed = {f"loopback {port}": port for port in self._reach}
        forwards = []
        for name, one in self._sockets.items():
            one.setblocking(False)
            if name.endswith("names"):
                self._loop.add_reader(one, self._resolve, one)
            elif name.endswith("packets"):
                self._taps.append((one, _GOES_OUT if name.startswith("loopback") else _COMES_IN))
                self._loop.add_reader(one, self._tally.drain, *self._taps[-1])
            elif name in passed:
                forwards.append(await _forwarded(one, passed[name]))
            else:
                self._web.serve(one)
        started.set_result(None)
        await self._stop.wait()
        for forward in forwards:
            forward.close()
        await self._web.close()
        for one in self._sockets.values():
            if one.fileno() != _CLOSED:
                self._loop.remove_reader(one)
                one.close()

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        failure = context.get("exception")
        self._web.ledger.failed(
            failure if isinstance(failure, Exception) else RuntimeError(str(context["message"]))
        )

    def _resolve(self, bound: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                question, ancillary, _, sender = bound.recvmsg(_QUESTION_MAX, 128)
                answer = self._names.answer(question)
                # From the address that was asked, whichever it was.
                back = [
                    (level, kind, _INFO.pack(0, _INFO.unpack_from(data)[2], bytes(4)))
                    for level, kind, data in ancillary
                    if (level, kind) == (socket.IPPROTO_IP, _PACKET_INFO)
                ]
                if answer:
                    with contextlib.suppress(OSError):  # it has gone, and needs no answer
                        bound.sendmsg([answer], back, 0, sender)


async def _forwarded(bound: socket.socket, port: int) -> asyncio.Server:
    """Pass connections on to a loopback port of the machine, and back."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            beyond, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()  # nobody is there: it is reset
            return
        await asyncio.gather(_copied(reader, back), _copied(beyond, writer))

    return await asyncio.start_server(passed, sock=bound)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()

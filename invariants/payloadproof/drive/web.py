"""The hosts of a command's small internet: TLS and HTTP on the sockets of its far network.

Rule 1: a request is recorded before it is answered, by whatever name it was meant for.
Rule 2: the first byte of a connection says what it speaks; the port says nothing. ``CONNECT`` is
granted, and what follows it belongs to the host that was asked for.
Rule 3: a handshake that fails is recorded with the reason, and so is one after which nothing came.
Rule 4: everything here lives on one loop's thread, and leaves a reader nothing but frozen values.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Coroutine
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from payloadproof.drive.certificates import Authority
from payloadproof.drive.faults import Treatment
from payloadproof.drive.names import Names
from payloadproof.drive.policy import Policy
from payloadproof.drive.traffic import SAID_NOTHING, Exchange, Peer, Rejection
from payloadproof.recorder import exchange
from payloadproof.recorder.decode import SIZE_LIMIT
from payloadproof.recorder.intake import Intake
from payloadproof.recorder.ledger import LOST, Ledger, Request
from payloadproof.recorder.reader import Inlet, Reader, begun
from payloadproof.recorder.script import Answer, stores

OWNER = 1  # of the ledger's: one command, one owner
_TLS = 0x16  # the first byte of a handshake record
_CONNECT = re.compile(rb"CONNECT (\S+):(\d{1,5}) HTTP/1\.[01]\r\n")
_HEAD_MAX = 16 * 1024  # bytes of a CONNECT
_HANDSHAKE_S = 60.0  # a client that hangs in the middle is not our matter
_NO_ROOM_S = 0.1
_GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
#: What OpenSSL calls the alerts of a client that does not trust a certificate.
_UNTRUSTED = re.compile(
    r"UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE"
)


class Web:
    """Serves bound sockets until it is closed.

    Made, started and closed on the loop's thread; ``exchanges`` and ``rejections`` can be read from
    any other.
    """

    def __init__(self, authority: Authority, names: Names, policy: Policy, ledger: Ledger) -> None:
        self.ledger = ledger
        self.inlet = Inlet()
        self._authority = authority
        self._names = names
        self._policy = policy
        self._intake = Intake(ledger)
        self._numbers = itertools.count(1)
        self._connections = itertools.count(1)
        self._peers: dict[int, Peer] = {}  # of each request
        self._rejections: list[Rejection] = []
        self._wires: set[Wire] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: list[socket.socket] = []
        self._is_closing = False

    @functools.cached_property
    def server(self) -> web.Server:
        """Aiohttp's side, which wants the loop that it is made on."""
        # A connection that is lost ends the handler that holds its request.
        return web.Server(self._serve, handler_cancellation=True)

    def serve(self, bound: socket.socket) -> None:
        """Accept connections on this socket from now on."""
        bound.setblocking(False)
        bound.listen(128)
        self._sockets.append(bound)
        self._task(self._accept(bound))

    @property
    def is_idle(self) -> bool:
        """Whether no connection is open, and none waits to be taken."""
        if self._wires or len(self._tasks) > len(self._sockets):
            return False
        waiting, _, _ = select.select(self._sockets, (), (), 0)
        return not waiting

    async def close(self) -> None:
        """Drop every connection and let go of every socket."""
        self._is_closing = True
        self._intake.hurry()
        for task in self._tasks:
            task.cancel()
        for wire in list(self._wires):
            wire.drop()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        self._intake.close()
        for bound in self._sockets:
            bound.close()

    def of(self, request: Request) -> Exchange:
        """A request of the ledger's, with whom it was for."""
        peer = self._peers[request.number]
        return Exchange(
            host=peer.host,
            address=peer.address,
            port=peer.port,
            tls=peer.tls,
            proxied=peer.proxied,
            request=request,
        )

    def rejections(self) -> tuple[Rejection, ...]:
        """Every handshake that failed so far, in order."""
        return tuple(self._rejections)

    def _task(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, bound: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(bound)
            except ConnectionError:
                continue  # it had gone before it was taken
            except OSError:
                await asyncio.sleep(_NO_ROOM_S)  # no descriptor is left, until some are closed
                continue
            address, port = connected.getsockname()
            named = self._names.name(address)
            self._task(
                self._welcome(connected, Peer(host=named or address, address=address, port=port))
            )

    async def _welcome(self, connected: socket.socket, peer: Peer) -> None:
        """Find out what a connection speaks, and hand it over to whom it is for."""
        try:
            first = await _peeked(connected)
            if first.startswith(b"CONNECT "):
                peer = await self._granted(connected, peer)
                first = await _peeked(connected)
            if not first:
                connected.close()
                self._broken_off(peer, SAID_NOTHING, untrusted=False)
            elif first[0] == _TLS:
                await self._shaken(connected, peer)
            else:
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: Wire(self, lambda: peer), connected
                )
        except OSError:  # it was lost before it had said what it wants
            connected.close()
        except asyncio.CancelledError:
            connected.close()
            raise

    async def _granted(self, connected: socket.socket, peer: Peer) -> Peer:
        """Read a CONNECT and grant it: who is meant."""
        loop = asyncio.get_running_loop()
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = await loop.sock_recv(connected, 1)  # no byte of what follows
            if not chunk or len(head) > _HEAD_MAX:
                raise ConnectionError
            head += chunk
        asked = _CONNECT.match(head)
        if asked is None:
            raise ConnectionError
        await loop.sock_sendall(connected, _GRANTED)
        host = asked[1].decode(errors="backslashreplace").lower().strip("[]")
        return msgspec.structs.replace(peer, host=host, port=int(asked[2]), proxied=True)

    async def _shaken(self, connected: socket.socket, peer: Peer) -> None:
        """Do the handshake, as whoever is asked for; without a name as whose address it is."""
        said = [peer.host]

        def asked(shaking: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                said[0] = name.lower()
                shaking.context = self._authority.context(said[0])

        # A context of the connection's own: its callback knows which one it is.
        front = self._authority.context(peer.host)
        front.sni_callback = asked

        def known() -> Peer:
            by_address = self._names.name(peer.address) or peer.proxied
            host = peer.host if by_address else said[0]
            return msgspec.structs.replace(peer, host=host, tls=True)

        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Wire(self, known),
                connected,
                ssl=front,
                ssl_handshake_timeout=_HANDSHAKE_S,
            )
        except OSError as error:
            self._rejected(known(), error)

    def _rejected(self, peer: Peer, error: OSError) -> None:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        untrusted = _UNTRUSTED.search(str(reason)) is not None
        self._broken_off(peer, str(reason).replace("_", " ").lower(), untrusted=untrusted)

    def _broken_off(self, peer: Peer, reason: str, *, untrusted: bool) -> None:
        rejection = Rejection(
            at=time.monotonic(),
            host=peer.host,
            address=peer.address,
            port=peer.port,
            reason=reason,
            untrusted=untrusted,
        )
        self._rejections.append(rejection)

    def joined(self, wire: Wire) -> None:
        """A connection speaks HTTP."""
        wire.number = next(self._connections)
        self._wires.add(wire)

    def left(self, wire: Wire) -> None:
        """A connection is gone."""
        self._wires.discard(wire)
        if wire.peer.tls and not wire.has_spoken and not self._is_closing:
            self._broken_off(wire.peer, "closed after the handshake, nothing sent", untrusted=False)

    def malformed(self, wire: Wire, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request."""
        head = self._head(wire, method="?", path="", headers=())
        refused = exchange.unfinished(head, chunk, message)
        self.ledger.arrived(OWNER, msgspec.structs.replace(refused, answered=400))

    def _head(
        self, wire: Wire, method: str, path: str, headers: tuple[tuple[str, str], ...]
    ) -> Request:
        wire.has_spoken = True
        number = next(self._numbers)
        peer = wire.peer
        if path.startswith("http://"):  # as a proxy is asked
            target = urlsplit(path)
            path = path.partition(target.netloc)[2] or "/"
            peer = msgspec.structs.replace(peer, host=(target.hostname or ""), proxied=True)
        self._peers[number] = peer
        return begun(
            number,
            port=peer.port,
            connection=wire.number,
            method=method,
            path=path,
            headers=headers,
        )

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Record one request and do to its sender what the policy says."""
        wire = request.protocol
        assert isinstance(wire, Wire)
        head = self._head(wire, request.method, exchange.path(request), exchange.headers(request))
        body = self._intake.body()
        try:
            problem = await exchange.read(request, body)
        except asyncio.CancelledError:
            keep = functools.partial(self.ledger.arrived, OWNER)
            self._intake.broken_off(body, head, LOST, keep)
            raise
        broken = len(body) > SIZE_LIMIT or bool(problem)

        def kept(arrived: Request) -> tuple[Treatment, web.Response | None]:
            arrived = msgspec.structs.replace(arrived, path=head.path)
            done = self._policy.behaviour(self._peers[head.number].host, arrived)
            self.ledger.arrived(OWNER, msgspec.structs.replace(arrived, stored=stores(done)))
            if not isinstance(done, Answer):
                return done, None
            response = exchange.response(done, arrived)
            if broken:
                response.force_close()
            # Within one step of the loop: whoever takes the record finds its answer in it.
            self.ledger.answered(arrived.number, response.status, response.text or "")
            return done, response

        done, response = await self._intake.judged(
            body,
            head if problem else msgspec.structs.replace(head, path=self._policy.route(head.path)),
            problem,
            kept,
            announced=request.content_length or 0,
            project=self._policy.project,
        )
        if response is None:
            assert not isinstance(done, Answer)
            await exchange.fail(request.transport, done, self)
        return response

    def hang(self, transport: asyncio.Transport) -> None:
        """Leave this connection open until everything is closed."""


class Wire(Reader):
    """One connection to one of the hosts."""

    peer: Peer

    def __init__(self, served: Web, peer: Callable[[], Peer]) -> None:
        super().__init__(served.server, served.ledger, served.inlet)
        self.number = 0
        self.has_spoken = False
        self._web = served
        self._ask_peer = peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; by now a handshake has said whom it means."""
        self.peer = self._ask_peer()
        self._web.joined(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._web.left(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """End the connection."""
        if self.transport is not None:
            self.transport.abort()

    def malformed(self, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request, with whom they were for."""
        self._web.malformed(self, chunk, message)


async def _peeked(connected: socket.socket) -> bytes:
    """The first bytes that wait to be read; nothing when the other end has closed."""
    connected.setblocking(False)
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(BlockingIOError):
            return connected.recv(8, socket.MSG_PEEK)
        readable = loop.create_future()
        loop.add_reader(connected, readable.set_result, None)
        try:
            await readable
        finally:
            loop.remove_reader(connected)

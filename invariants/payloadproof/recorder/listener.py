"""One port of the recorder: bound to loopback, opened and closed by script.

Rule 1: nothing but loopback is ever bound.
Rule 2: a listener and its connections live on the loop's thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from payloadproof.recorder.lease import LOOPBACK
from payloadproof.recorder.ledger import Connection, Ledger
from payloadproof.recorder.reader import Inlet, Reader
from payloadproof.recorder.script import (
    Behaviour,
    HangBeforeReading,
    Healthy,
    Refuse,
    Single,
    Times,
)

if TYPE_CHECKING:
    from payloadproof.recorder.lease import Lease


class NotLoopbackError(ValueError):
    """Someone asked the recorder to listen where others could reach it."""


def require_loopback(host: str) -> str:
    """The address, if it is a loopback one.

    Raises:
        NotLoopbackError: it is another address, or a name, which can resolve to anything.
    """
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise NotLoopbackError(
        f"the recorder listens on loopback only and {host!r} is no loopback address: "
        f"use {LOOPBACK}, and run the implementation on this machine"
    )


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket bound to a loopback address; port 0 is any free one."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of the port that linger in TIME_WAIT must not keep it from being bound.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((require_loopback(host), port))
    except BaseException:
        bound.close()
        raise
    return bound


class Host(Protocol):
    """What a listener needs of the recorder that it belongs to."""

    http: web.Server
    ledger: Ledger
    inlet: Inlet

    def connection_number(self) -> int:
        """The next one."""

    def malformed(self, wire: Wire, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request."""


class Wire(Reader):
    """One accepted connection of a port."""

    def __init__(self, host: Host, listener: Listener) -> None:
        super().__init__(host.http, host.ledger, host.inlet)
        self.listener = listener
        self.number = host.connection_number()
        self._host = host

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Record the connection."""
        self.listener.live.add(self)
        accepted = Connection(
            number=self.number, port=self.listener.port, began_at=time.monotonic()
        )
        self._host.ledger.connected(self.listener.owner, accepted)
        if not self.listener.is_open:
            # It was accepted just before the port was closed.
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
        super().connection_made(transport)
        if isinstance(self.listener.behaviour, HangBeforeReading):
            self.ignore()

    def ignore(self) -> None:
        """Read nothing more."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self.listener.live.discard(self)
        super().connection_lost(exc)

    def malformed(self, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request, under the lease that holds the port."""
        self._host.malformed(self, chunk, message)


class Listener:
    """A port, the newest lease of it, and how it behaves at present."""

    def __init__(self, host: Host, given: socket.socket | None = None) -> None:
        self._host = host
        self._socket = given or bind(LOOPBACK, 0)
        self.given = given is not None
        self._server: asyncio.Server | None = None
        self.port: int = self._socket.getsockname()[1]
        self.lease: Lease | None = None
        self.behaviour: Behaviour = Healthy
        self.live: set[Wire] = set()
        self._times_left = 0

    @property
    def owner(self) -> int:
        """The number of the newest lease; 0 before the first."""
        return 0 if self.lease is None else self.lease.number

    @property
    def is_open(self) -> bool:
        """Whether it accepts connections."""
        return self._server is not None

    async def behave(self, behaviour: Behaviour) -> None:
        """Apply a behaviour to what arrives from here on."""
        if isinstance(self.behaviour, HangBeforeReading):
            # What waits in the buffers was sent long ago: read now, it would look late.
            self._drop_live()
        self.behaviour = behaviour
        self._times_left = behaviour.n if isinstance(behaviour, Times) else 0
        if isinstance(behaviour, HangBeforeReading):
            for wire in self.live:
                wire.ignore()
        if not isinstance(behaviour, Refuse):
            await self.open()
        elif self.is_open:
            await self.close()
            # Bound and not listening, the port refuses connections and nobody else can take it.
            self._socket = bind(LOOPBACK, self.port)

    def treatment(self, behaviour: Behaviour) -> Single | HangBeforeReading | Refuse:
        """What a behaviour means for the request at hand; counts it where that matters."""
        if not isinstance(behaviour, Times):
            return behaviour
        self._times_left -= 1
        return behaviour.behaviour if self._times_left >= 0 else Healthy

    async def open(self) -> None:
        """Accept connections."""
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Wire(self._host, self), sock=self._socket
            )

    async def close(self) -> None:
        """Accept nothing more, and drop every connection."""
        if self._server is not None:
            # A connection that asyncio has accepted and not yet attached to its server when that
            # is closed stays open with nobody to serve it: accept no more, and let those attach.
            asyncio.get_running_loop().remove_reader(self._socket)
            await asyncio.sleep(0)
            self._server.close()
            self._server = None
        self._socket.close()
        self._drop_live()

    def _drop_live(self) -> None:
        for wire in self.live:
            if wire.transport is not None:
                wire.transport.abort()

"""A listener held for the time of one scenario."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import ParamSpec, Protocol, TypeVar

from payloadproof.recorder.ledger import Connection, Ledger, Request
from payloadproof.recorder.script import Behaviour, Healthy

LOOPBACK = "127.0.0.1"

P = ParamSpec("P")
T = TypeVar("T")


class Port(Protocol):
    """What is leased: it accepts connections, and behaves as it is told."""

    port: int

    async def behave(self, behaviour: Behaviour) -> None:
        """Apply a behaviour to what arrives from here on."""


class Lessor(Protocol):
    """What a lease needs of the recorder that gave it."""

    ledger: Ledger

    def on_loop(
        self, work: Callable[P, Coroutine[object, object, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``work`` on the loop's thread and wait for it."""

    def given_back(self, port: Port) -> None:
        """The lease of a port has ended."""


class Lease:
    """One listener for the time of one scenario; every method can be called from any thread.

    Attributes:
        number: counts the leases of the recorder.
        host: what to give the implementation as PostHog's host, ``http://127.0.0.1:PORT``.
        port: of the listener.
        token: the project token that the implementation is given; unique to this lease.
    """

    def __init__(self, recorder: Lessor, listener: Port, number: int, token: str) -> None:
        self.number = number
        self.port = listener.port
        self.host = f"http://{LOOPBACK}:{listener.port}"
        self.token = token
        self.has_ended = False
        self._recorder = recorder
        self._listener = listener
        self._released = False
        self._gates: set[asyncio.Future[None]] = set()
        self._hung: set[asyncio.Transport] = set()

    def script(self, behaviour: Behaviour) -> None:
        """Behave so towards every request whose head arrives after this call has returned.

        Raises:
            RuntimeError: the lease has ended, or the recorder is closed.
        """
        self._recorder.on_loop(self._script, behaviour)

    def release(self) -> None:
        """Answer every withheld request, and later ones at once until ``script`` is called."""
        self._recorder.on_loop(self._release)

    def end(self) -> None:
        """Give the listener back: withheld requests are answered, hung connections closed."""
        self._recorder.on_loop(self._end)

    def requests(self) -> tuple[Request, ...]:
        """What arrived before the lease ended, in order of arrival.

        A request belongs to the lease whose token it carries; without a known token to the
        newest lease of its port.

        Raises:
            RecorderFull: some were let go to keep within the memory bound.
            RecorderBroken: the recorder failed, so that some may be missing.
        """
        return self._recorder.ledger.requests(self.number)

    def will_be_taken(self) -> None:
        """From here on somebody calls ``take``: what comes waits for room, and none is let go."""
        self._recorder.ledger.will_be_taken()

    def take(self) -> tuple[Request, ...]:
        """What arrived since the last call; for a lease that never ends. Raises as ``requests``."""
        # Between two steps of the loop: what has arrived has its answer, too.
        return self._recorder.on_loop(self._take)

    @property
    def late(self) -> tuple[Request, ...]:
        """What arrived after the lease ended; raises as ``requests`` does."""
        return self._recorder.ledger.requests(self.number, late=True)

    def connections(self) -> tuple[Connection, ...]:
        """TCP connections to the port since the lease began, until the port was leased again.

        One whose first request carries another lease's token is that lease's.
        """
        return self._recorder.ledger.connections(self.number)

    def wait_for_requests(self, n: int, timeout: float) -> bool:
        """Wait until ``n`` requests have arrived, or ``timeout`` seconds; whether they have."""
        ledger = self._recorder.ledger
        return ledger.wait_for(lambda: ledger.count(self.number) >= n, timeout)

    def held(self) -> int:
        """How many requests are withheld at this moment."""
        return len(self._gates)

    def hold(self) -> asyncio.Future[None] | None:
        """What a withheld request waits for; None when it need not (on the loop's thread)."""
        if self._released:
            return None
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gates.add(gate)
        gate.add_done_callback(self._gates.discard)
        return gate

    def hang(self, transport: asyncio.Transport) -> None:
        """Close this connection when the lease ends (on the loop's thread)."""
        self._hung.add(transport)

    async def _take(self) -> tuple[Request, ...]:
        return self._recorder.ledger.take(self.number)

    async def _script(self, behaviour: Behaviour) -> None:
        if self.has_ended:
            raise RuntimeError("the lease has ended: take another one to script a listener")
        self._released = False
        await self._listener.behave(behaviour)

    async def _release(self) -> None:
        self._released = True
        gates, self._gates = self._gates, set()
        for gate in gates:
            if not gate.done():
                gate.set_result(None)

    async def _end(self) -> None:
        if self.has_ended:
            return
        self.has_ended = True
        await self._release()
        await self._listener.behave(Healthy)
        for transport in self._hung:
            transport.close()
        self._hung.clear()
        self._recorder.ledger.ended(self.number)
        self._recorder.given_back(self._listener)

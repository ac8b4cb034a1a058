"""A fake PostHog on loopback: a pool of listeners that record what they get and answer by script.

Rule 1: a request is recorded before it is answered, and its ``answered`` before that is written,
so that whoever has the answer can read the record.
Rule 2: a listener stays open until the recorder closes. A lease that has ended is answered
strictly, and what arrives late is still attributed to it by its token.
Rule 3: leases and listeners are changed on the loop's thread only.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Self, TypeVar

import msgspec
from aiohttp import web

from payloadproof.recorder import exchange
from payloadproof.recorder.answers import taken
from payloadproof.recorder.decode import SIZE_LIMIT
from payloadproof.recorder.intake import Intake
from payloadproof.recorder.lease import Lease, Port
from payloadproof.recorder.ledger import LOST, Ledger, Request
from payloadproof.recorder.listener import Listener, Wire
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.reader import Inlet, begun
from payloadproof.recorder.script import (
    Answer,
    HangBeforeReading,
    Healthy,
    NotPersisted,
    OverQuota,
    Refuse,
    Single,
    Slow,
    Withhold,
    stores,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
T = TypeVar("T")


class _Kept(NamedTuple):
    """A request in the ledger, and what is done to its sender; ``response``: all of that."""

    arrived: Request
    owner: Lease | None
    done: Single | HangBeforeReading | Refuse
    gate: asyncio.Future[None] | None
    response: web.Response | None


class Recorder:
    """A pool of recording listeners, served by one thread of its own until ``close``.

    Args:
        listeners: ports to open; as many leases can be held at a time.
        project: what is known of the project that it stands for.

    Raises:
        OSError: a port could not be opened.
    """

    http: web.Server
    _stop: asyncio.Event

    def __init__(self, listeners: int = 32, project: Project = ANY) -> None:
        self.ledger = Ledger()
        self.inlet = Inlet()
        self._intake = Intake(self.ledger)
        self._project = project
        self._connection_numbers = itertools.count(1)
        self._request_numbers = itertools.count(1)
        self._lease_numbers = itertools.count(1)
        self._listeners: list[Listener] = []
        self._free: deque[Listener] = deque()  # the longest quarantined first
        self._leases: dict[str, Lease] = {}
        self._closed = False
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(listeners, started), name="payloadproof-recorder", daemon=True
        )
        self._thread.start()
        self._loop = started.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every listener and connection, and end the thread. What was recorded stays."""
        if not self._closed:
            self._closed = True
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def lease(self, token: str, listening: socket.socket | None = None) -> Lease:
        """The listener that has been free the longest, healthy, for the traffic of ``token``.

        ``listening``: a bound socket to serve instead, of another network namespace say.

        Raises:
            RuntimeError: the recorder is closed, or every listener is leased.
        """
        return self.on_loop(self._lease, token, listening)

    def on_loop(
        self, work: Callable[P, Coroutine[object, object, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``work`` on the loop's thread and wait for it (Rule 3)."""
        if self._closed:
            raise RuntimeError("the recorder is closed: open another one to record more")
        return asyncio.run_coroutine_threadsafe(work(*args, **kwargs), self._loop).result()

    def given_back(self, port: Port) -> None:
        """Put a listener whose lease has ended at the end of the queue, unless it was given."""
        if isinstance(port, Listener) and not port.given:
            self._free.append(port)

    def connection_number(self) -> int:
        """The next one."""
        return next(self._connection_numbers)

    def malformed(self, wire: Wire, chunk: bytes, message: str) -> None:
        """Record bytes that are no HTTP request."""
        head = self._head(wire, method="?", path="", headers=())
        refused = exchange.unfinished(head, chunk, message)
        self.ledger.arrived(wire.listener.owner, msgspec.structs.replace(refused, answered=400))

    def _run(self, listeners: int, started: Future[asyncio.AbstractEventLoop]) -> None:
        try:
            asyncio.run(self._main(listeners, started))
        except Exception as failure:  # whoever opened or reads the recorder is told
            if started.done():
                self.ledger.failed(failure)
            else:
                started.set_exception(failure)

    async def _main(self, listeners: int, started: Future[asyncio.AbstractEventLoop]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._loop_failed)
        self._stop = asyncio.Event()
        # A connection that is lost ends the handler that holds its request.
        self.http = web.Server(self._serve, handler_cancellation=True)
        try:
            for _ in range(listeners):
                listener = Listener(self)
                self._listeners.append(listener)
                await listener.open()
            self._free.extend(self._listeners)
            started.set_result(loop)
            await self._stop.wait()
        finally:
            self._intake.hurry()
            for listener in self._listeners:
                await listener.close()
            # What was being accepted or served ends with its connection; left to itself it would
            # leave sockets open behind a loop that is gone.
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others)
            self._intake.close()

    def _loop_failed(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        failure = context.get("exception")
        self.ledger.failed(
            failure if isinstance(failure, Exception) else RuntimeError(str(context["message"]))
        )

    async def _lease(self, token: str, listening: socket.socket | None) -> Lease:
        if listening is not None:
            given = Listener(self, listening)
            self._listeners.append(given)
            await given.open()
            self._free.appendleft(given)
        if not self._free:
            raise RuntimeError(
                f"all {len(self._listeners)} listeners are leased: end a lease first, "
                "or open the recorder with more listeners"
            )
        listener = self._free.popleft()
        lease = Lease(self, listener, next(self._lease_numbers), token)
        listener.lease = self._leases[token] = lease
        return lease

    def _head(
        self, wire: Wire, method: str, path: str, headers: tuple[tuple[str, str], ...]
    ) -> Request:
        """A request of which no body has been read."""
        return begun(
            next(self._request_numbers),
            port=wire.listener.port,
            connection=wire.number,
            method=method,
            path=path,
            headers=headers,
        )

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Record one request and do to its sender what the script says."""
        wire = request.protocol
        assert isinstance(wire, Wire)
        holder, behaviour = wire.listener.lease, wire.listener.behaviour
        head = self._head(wire, request.method, exchange.path(request), exchange.headers(request))
        number = 0 if holder is None else holder.number
        body = self._intake.body()
        try:
            problem = await exchange.read(request, body)
        except asyncio.CancelledError:
            keep = functools.partial(self.ledger.arrived, number)
            self._intake.broken_off(body, head, LOST, keep)
            raise
        whole = len(body) <= SIZE_LIMIT and not problem

        def kept(arrived: Request) -> _Kept:
            if not exchange.is_ours(head):
                arrived = exchange.misdirected(arrived)
            owner = next((self._leases[t] for t in arrived.tokens if t in self._leases), holder)
            # Rule 2: a straggler meets the real service, whatever the port's next tenant plays.
            strange = owner is None or owner is not holder or owner.has_ended
            done = Healthy if strange else wire.listener.treatment(behaviour)
            arrived = msgspec.structs.replace(taken(done, arrived), stored=stores(done))
            gate = owner.hold() if owner is not None and isinstance(done, Withhold) else None
            self.ledger.arrived(0 if owner is None else owner.number, arrived)
            # Within one step of the loop: whoever takes the record finds its answer in it.
            response = None
            if isinstance(done, Answer | OverQuota | NotPersisted):
                response = self._answered(request, done, arrived, whole=whole)
            return _Kept(arrived, owner, done, gate, response)

        announced = request.content_length or 0
        arrived, owner, done, gate, response = await self._intake.judged(
            body, head, problem, kept, announced=announced, project=self._project
        )
        if response is not None:
            return response
        if gate is not None:
            await gate
        if isinstance(done, Slow):
            answered = functools.partial(self.ledger.answered, arrived.number)
            return await exchange.trickle(done, arrived, request, answered)
        if owner is not None and not isinstance(done, Answer | Withhold | OverQuota | NotPersisted):
            await exchange.fail(request.transport, done, owner)
        return self._answered(request, Healthy, arrived, whole=whole)

    def _answered(
        self,
        request: web.BaseRequest,
        done: Answer | OverQuota | NotPersisted,
        arrived: Request,
        *,
        whole: bool,
    ) -> web.Response:
        """What is about to be written, which is on record."""
        response = exchange.response(done, arrived)
        if not whole:
            response.force_close()
        if request.transport is not None and not request.transport.is_closing():
            self.ledger.answered(arrived.number, response.status, response.text or "")
        return response

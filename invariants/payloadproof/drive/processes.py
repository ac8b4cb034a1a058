"""The processes of a run: a warm one, one beside it, one shut in, and who takes a dead one's place.

An implementation in this process can be started, and nothing else: what kills, weighs or doubles
needs ``cmd:``.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import msgspec

from payloadproof.adapters.base import Connection, Connector, Console, Outcome, initialize
from payloadproof.adapters.memory import processor_s, resident_bytes
from payloadproof.adapters.process import ProcessConnection, ProcessConnector
from payloadproof.drive.enclosure import Enclosure
from payloadproof.errors import HarnessError
from payloadproof.protocol.messages import Exit, Initialized, Params
from payloadproof.version import VERSION

_LOOK_S = 0.1  # how often a kill looks whether there is anything left to kill


class Processes:
    """Connections to one implementation; each is opened when it is first asked for."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._first: Connection | None = None
        self._second: Connection | None = None
        self._initialized: Initialized | None = None

    @property
    def initialized(self) -> Initialized:
        """Who answers, and what it can do; raises as :meth:`first`."""
        if self._initialized is None:
            self.first()
        assert self._initialized
        return self._initialized

    def first(self) -> Connection:
        """The warm one.

        Raises:
            HarnessError: the adapter cannot be reached or does not speak the protocol.
        """
        if self._first is None:
            self._first, self._initialized = self._opened()
        return self._first

    def second(self) -> Connection:
        """Another one beside it, warm too; raises as :meth:`first`."""
        self._apart()
        if self._second is None:
            self._second, _ = self._opened()
        return self._second

    def crash(self, *, asked: bool = False) -> Console:
        """Kill the first one, if it lives, and start another; what the dead one had printed.

        ``asked``: it is asked to exit first, and has its time for that.
        """
        killed = self.killable()
        if asked:
            killed.request(Exit())
            killed.close(asked=True)
        else:
            killed.kill()
        self._first = None
        self.first()
        return killed.console()

    def cut_off(
        self,
        params: Params,
        due: Callable[[float], bool],
        end: Callable[[ProcessConnection], None] = ProcessConnection.strike,
    ) -> tuple[Outcome, bool]:
        """Ask the first one, and end it meanwhile; what came of it, and whether it was ended.

        ``due``: waits for so many seconds, and says whether the moment has come. ``end``: how.
        """
        first = self.killable()
        over, killed = threading.Event(), threading.Event()

        def watch() -> None:
            while not over.is_set():
                if due(_LOOK_S):
                    killed.set()
                    end(first)
                    return

        watcher = threading.Thread(target=watch, name="payloadproof-kill")
        watcher.start()
        try:
            answer = first.request(params)
        finally:
            over.set()
            watcher.join()
        if killed.is_set() and answer.kind == "died":
            answer = msgspec.structs.replace(answer, kind="killed")
        return answer, killed.is_set()

    def resident(self) -> int:
        """Bytes of memory that the first one and its children take."""
        return resident_bytes(self.killable().pid)

    def computed_s(self) -> float | None:
        """Processor time of the first one so far, in seconds; None for one in this process."""
        first = self.first()
        return processor_s(first.pid) if isinstance(first, ProcessConnection) else None

    def enclosed(self, enclosure: Enclosure) -> tuple[Processes, socket.socket]:
        """One of the same implementation, shut in, and the listener that it can reach."""
        inside = Processes(enclosure.around(self._apart()))
        inside.first()
        return inside, enclosure.listener()

    def drop(self) -> None:
        """Let go of all of them."""
        for connection in (self._first, self._second):
            if connection is not None:
                connection.close()
        self._first = self._second = None

    def _opened(self) -> tuple[Connection, Initialized]:
        connection = self._connector.open()
        try:
            return connection, initialize(connection, VERSION)
        except BaseException:
            connection.close()
            raise

    def _apart(self) -> ProcessConnector:
        if not isinstance(self._connector, ProcessConnector):
            raise HarnessError(
                code="adapter-in-process",
                message=f"{self._connector.spec} does not run in its own process, but a step"
                " of the scenario needs that",
                next='run it as a child: --adapter "cmd:python -m YOUR.ADAPTER"',
            )
        return self._connector

    def killable(self) -> ProcessConnection:
        """The first one, as a process that can be ended and weighed."""
        self._apart()
        first = self.first()
        assert isinstance(first, ProcessConnection)
        return first


def at_once(ours: Callable[[], None], other: Callable[[], None]) -> None:
    """Do both, begun as nearly at the same time as two threads can."""
    ready = threading.Barrier(2)
    failed: list[BaseException] = []

    def beside() -> None:
        try:
            ready.wait()
            other()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=beside, name="payloadproof-race")
    thread.start()
    ready.wait()
    try:
        ours()
    finally:
        thread.join()
    if failed:
        raise failed[0]

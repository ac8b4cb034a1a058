"""Everything that arrived, kept in memory within a bound.

Rule 1: what is kept is kept whole. There is no shortened record but that of a body over the
service's own wire cap, whose ``wire_size`` says so.
Rule 2: nothing is lost in silence. A reader whose requests were let go gets ``RecorderFull``.
Rule 3: where somebody takes what comes, nothing is let go. Whoever brings more asks first whether
there is room, and waits until there is.
Rule 4: the bound counts bytes on the wire and decompressed bytes; decoded values come on top, at
some five times the size of their JSON, where somebody has asked for them.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from payloadproof.recorder.routes import Service

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_LIMIT = 64 * 1024 * 1024  # bytes, Rule 4
SAID_MAX = 1_000  # characters of an answer that are kept


class RecorderFull(Exception):  # noqa: N818 - the name says the condition, as queue.Full does
    """Requests of this lease were let go to keep the recorder within its memory bound."""


class RecorderBroken(Exception):  # noqa: N818 - as above
    """The recorder itself failed while it served a request: a bug, and no verdict on the sender."""


# The reason of a request that nobody could judge: its sender, or a script, cut it off.
LOST = "the connection was lost before the body ended"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event as decoded, before any judgement.

    Attributes:
        name: What stood under ``event``; None when absent.
        distinct_id: Found as the service finds it: ``distinct_id``, ``$distinct_id``, then the
            property of that name.
        uuid: What stood under ``uuid``; None when absent.
        timestamp: What stood under ``timestamp``; None when absent.
        properties: What stood there, an empty dict when absent. An event that is no JSON object
            stands here whole.
        top_level: Every other key of the event object (``$set``, ``token``, ``type``...).
    """

    name: object
    distinct_id: object
    uuid: object
    timestamp: object
    properties: object
    top_level: dict[str, object]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request and what became of it.

    Attributes:
        number: Order of arrival over the whole recorder, from 1.
        began_at: ``time.monotonic()`` when its head had been read.
        port: The listener's.
        connection: The ``number`` of its ``Connection``.
        method: ``?`` for bytes that are no HTTP request; then ``wire`` is the last chunk read.
        path: The raw target with its query.
        headers: In the order sent, names as sent. Bytes that are no UTF-8 are escaped.
        wire: The body as sent.
        wire_size: Bytes of the body; over ``len(wire)`` when only the start was kept.
        body: Decompressed; None when it could not be decoded.
        events: Every event in it, good or bad; empty when it is no JSON.
        envelope: The keys beside ``batch`` (``api_key``, ``sent_at``, ``historical_migration``).
        tokens: Every project token found, for attribution.
        status: What the real service answers, whatever the script answered.
        reason: The text of that answer.
        advice: What we can add to it.
        service: Which of PostHog's services it is for; None where there is no such path.
        dropped: The events in it, by their place, that the service does not keep although it
            takes the request, and the service's word for why.
        answered: The status written; None when hung, reset, cut or not answered yet.
        stored: Whether the script let the service keep it, had it been sound.
        said: The text written with that status, as far as anybody reads it.
    """

    number: int
    began_at: float
    port: int
    connection: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    wire: bytes
    wire_size: int
    body: bytes | None
    events: Sequence[Event]
    envelope: dict[str, object]
    tokens: tuple[str, ...]
    status: int
    reason: str
    answered: int | None
    stored: bool = True
    said: str = ""
    advice: str = ""
    service: Service | None = None
    dropped: tuple[tuple[int, str], ...] = ()


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP connection accepted; ``began_at`` is ``time.monotonic()`` at that moment."""

    number: int
    port: int
    began_at: float


class Ledger:
    """The record, by owner: the number of the lease that a request or connection belongs to.

    Written by the recorder's loop thread and read by any. Every write wakes ``wait_for``.
    """

    def __init__(self, limit: int = MEMORY_LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._changed = threading.Condition()
        # A request's place is its owner and whether it came after the owner's lease had ended.
        self._requests: defaultdict[tuple[int, bool], dict[int, Request]] = defaultdict(dict)
        self._places: dict[int, tuple[int, bool]] = {}
        self._let_go: set[tuple[int, bool]] = set()
        self._ended: set[int] = set()
        self._connections: defaultdict[int, dict[int, Connection]] = defaultdict(dict)
        self._silent: dict[int, int] = {}  # connections without a request yet, and their owners
        self._failure: Exception | None = None
        self._is_taken = False

    def will_be_taken(self) -> None:
        """From here on somebody takes what comes, and makes room by it (Rule 3)."""
        with self._changed:
            self._is_taken = True

    def has_room(self) -> bool:
        """Whether what comes may be kept at once; always so where nobody takes what is there."""
        return not self._is_taken or self._size <= self._limit

    def connected(self, owner: int, connection: Connection) -> None:
        """Record a connection under the lease that holds its port."""
        with self._changed:
            self._connections[owner][connection.number] = connection
            self._silent[connection.number] = owner
            self._changed.notify_all()

    def arrived(self, owner: int, request: Request) -> None:
        """Record a request; what it was ``answered`` may follow.

        The first request on a connection says whose connection it is: a straggler of an earlier
        lease must not be held against the lease that has its port now.
        """
        with self._changed:
            place = (owner, owner in self._ended)
            self._requests[place][request.number] = request
            self._places[request.number] = place
            self._size += _size(request)
            holder = self._silent.pop(request.connection, owner)
            if holder != owner:
                connection = self._connections[holder].pop(request.connection)
                self._connections[owner][connection.number] = connection
            if self._size > self._limit and not self._is_taken:
                self._make_room(request.number)
            self._changed.notify_all()

    def answered(self, number: int, status: int, said: str = "") -> None:
        """Record the status and the text about to be written to a request."""
        with self._changed:
            place = self._places.get(number)
            if place is not None:
                kept = self._requests[place]
                kept[number] = msgspec.structs.replace(
                    kept[number], answered=status, said=said[:SAID_MAX]
                )
                self._changed.notify_all()

    def ended(self, owner: int) -> None:
        """From here on this lease's requests are late, and those it has may be let go."""
        with self._changed:
            self._ended.add(owner)

    def failed(self, failure: Exception) -> None:
        """Record that the recorder failed; every later read raises ``RecorderBroken``."""
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def requests(self, owner: int, *, late: bool = False) -> tuple[Request, ...]:
        """The owner's requests in order of arrival: those before its lease ended, or those after.

        Raises:
            RecorderFull: some of them were let go.
            RecorderBroken: the recorder failed, so that some may be missing.
        """
        with self._changed:
            if self._failure is not None:
                raise RecorderBroken(
                    f"the recorder failed: {self._failure!r}; this is a bug in payloadproof"
                ) from self._failure
            if (owner, late) in self._let_go:
                raise RecorderFull(
                    f"over {self._limit} bytes were recorded, so that requests of this lease "
                    "were let go: send less in one scenario, and read a lease once it has ended"
                )
            kept = self._requests.get((owner, late), {})
            return tuple(kept[number] for number in sorted(kept))

    def take(self, owner: int) -> tuple[Request, ...]:
        """The owner's requests since the last call, which are then forgotten.

        Raises:
            RecorderFull: more arrived between two calls than is kept.
            RecorderBroken: the recorder failed, so that some may be missing.
        """
        with self._changed:
            taken = self.requests(owner)
            for request in taken:
                self._forget(request.number)
            return taken

    def count(self, owner: int) -> int:
        """How many requests came before the owner's lease ended, of those still kept."""
        with self._changed:
            return len(self._requests.get((owner, False), {}))

    def connections(self, owner: int) -> tuple[Connection, ...]:
        """The owner's connections, in the order they were accepted."""
        with self._changed:
            kept = self._connections.get(owner, {})
            return tuple(kept[number] for number in sorted(kept))

    def wait_for(self, predicate: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``predicate`` holds, or ``timeout`` seconds; whether it holds."""
        with self._changed:
            return self._changed.wait_for(predicate, timeout)

    def _make_room(self, newest: int) -> None:
        """Let go of the oldest requests of ended leases, and failing that of the newest one."""
        over = [number for number, (owner, _) in self._places.items() if owner in self._ended]
        for number in over:
            # Somewhat below the limit, or every arrival from here on would come this way.
            if self._size <= self._limit * 3 // 4:
                return
            self._drop(number)
        if self._size > self._limit and newest in self._places:
            self._drop(newest)

    def _drop(self, number: int) -> None:
        self._let_go.add(self._forget(number))

    def _forget(self, number: int) -> tuple[int, bool]:
        place = self._places.pop(number)
        self._size -= _size(self._requests[place].pop(number))
        return place


def _size(request: Request) -> int:
    decompressed = 0 if request.body is None or request.body is request.wire else len(request.body)
    return len(request.wire) + decompressed

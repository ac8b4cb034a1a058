"""The life of sessions in the worker, and when their rollups are sent.

Rule 1: what ends a session flushes it first, at entry, while it still exists. Whoever comes second
finds nothing left to send.
Rule 2: a respawn replaces the generator only. The session goes on, and so do its sums.
Rule 3: a session that nobody ends is ended when too many others have begun after it.
Rule 4: the lock is held for bookkeeping only, never while something is flushed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from payloadproof_reference.pipeline import Pipeline

MAX_SESSIONS = 10_000


@dataclass
class Session:
    """A live session."""

    number: int
    #: Set when its generator has to stop; a respawn puts a new one in its place.
    aborted: threading.Event = field(default_factory=threading.Event)


class SessionManager:
    """The live sessions of one worker; thread safe."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._live: dict[int, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._live)

    def enter(self, number: int) -> Session:
        """The session of this number, begun now if it was not."""
        with self._lock:
            session = self._live.setdefault(number, Session(number))
            surplus = len(self._live) > MAX_SESSIONS
            oldest = next(iter(self._live))
        if surplus:
            self.delete(oldest)
        return session

    def remove(self, number: int) -> bool:
        """The normal end, when the generator is done; false where there is no such session."""
        # B1: at entry. Flushing takes what there is to send, so that a second flush sends nothing.
        self._pipeline.end_session(number)
        with self._lock:
            return self._live.pop(number, None) is not None

    def delete(self, number: int) -> bool:
        """The end from outside: the generator is told to stop; false as in ``remove``."""
        self._pipeline.end_session(number)
        with self._lock:
            session = self._live.pop(number, None)
        if session is None:
            return False
        session.aborted.set()
        return True

    def respawn(self, number: int) -> bool:
        """Replace a poisoned generator; false where there is no such session."""
        with self._lock:
            session = self._live.get(number)
            if session is None:
                return False
            poisoned, session.aborted = session.aborted, threading.Event()
        poisoned.set()
        # B3: respawn flushes nothing.
        self._pipeline.respawn(number)
        return True

    def shut_down_all(self) -> None:
        """The end of the worker: every session is flushed as such, and then deleted."""
        # B6: before each deletion flushes for itself, or the reason would be session_end.
        self._pipeline.drain()
        for number in list(self._live):
            self.delete(number)

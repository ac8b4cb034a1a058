"""Where the time comes from.

Rule 1: whatever the pipeline stamps, ages or counts by the day reads a :class:`Clock`.
Rule 2: network deadlines do not: a server does not hang in virtual time.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The time, as the pipeline sees it."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        ...


class SystemClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000


class VirtualClock:
    """Time that stands still until it is moved."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._now_ms

    def advance(self, ms: int) -> None:
        """Move the time by ``ms`` milliseconds."""
        with self._lock:
            self._now_ms += ms

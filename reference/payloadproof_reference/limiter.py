"""How often one kind of thing may be said, and how many times it happened meanwhile.

Rule 1: the first occurrence of a key is said at once, and counts one. It opens the key's window.
Rule 2: what occurs while the window is open is counted, not said. When the window closes, the count
is given out and the window is open again; a window that closes with nothing counted is gone.
Rule 3: an open window is never evicted (a map that thrashes says everything). With as many windows
open as there may be, further keys share one of their own.
Rule 4: a window is a timer, never a difference of two times: a clock that is set, backwards or
forwards, closes none early and keeps none open for longer than one window more (B9).
Rule 5: it holds keys and numbers, and asks for nothing else: whether to say a thing is decided
before anything is done about it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from payloadproof_reference.clock import Clock
from payloadproof_reference.forked import in_each_child

WINDOW_MS = 60_000
MOST_KEYS = 500

#: What all keys share that came when no window was left.
OVERFLOW = "overflow"


@dataclass
class _Window:
    stop: Callable[[], None]
    held: int = 0


class Limiter:
    """Windows by key; thread safe.

    Args:
        clock: Whose timers close the windows.
        closed: Called with a key and how often it occurred, when its window closes or is drained;
            with 0 the window is gone. No lock is held meanwhile, and it must not raise.
    """

    window_ms = WINDOW_MS
    most_keys = MOST_KEYS

    def __init__(self, clock: Clock, closed: Callable[[Hashable, int], None]) -> None:
        self._clock = clock
        self._closed = closed
        self._open: dict[Hashable, _Window] = {}
        self._lock = threading.Lock()
        in_each_child(self._forked)

    def _forked(self) -> None:
        self._lock = threading.Lock()
        self.stop()

    def occurred(self, key: Hashable) -> tuple[Hashable, bool]:
        """Count one occurrence.

        Returns:
            The key that it counts for, and whether it is to be said now, as one.
        """
        with self._lock:
            # B5: separate up to 500, beyond which one overflow count.
            if key not in self._open and len(self._open) >= self.most_keys:
                key = OVERFLOW
            window = self._open.get(key)
            if window is not None:
                window.held += 1
                return key, False
            # The timer is started within the lock: it must not close what is not open yet.
            self._open[key] = _Window(self._clock.every(self.window_ms, lambda: self._close(key)))
            return key, True

    def drain(self) -> None:
        """Give out every count, and close every window."""
        with self._lock:
            windows, self._open = self._open, {}
        for key, window in windows.items():
            window.stop()
            self._closed(key, window.held)

    def clear(self) -> None:
        """Forget every count. The windows stay open: what was said lately is not said again."""
        with self._lock:
            for window in self._open.values():
                window.held = 0

    def stop(self) -> None:
        """Close every window and give out nothing."""
        with self._lock:
            windows, self._open = self._open, {}
        for window in windows.values():
            window.stop()

    def _close(self, key: Hashable) -> None:
        with self._lock:
            window = self._open.get(key)
            if window is None:
                return
            held, window.held = window.held, 0
            if not held:
                window.stop()
                del self._open[key]
        # B5: the occurrence counts add up to the occurrences; the first was said when it came.
        self._closed(key, held)

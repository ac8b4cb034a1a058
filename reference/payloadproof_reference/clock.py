"""Where the time comes from, and what it sets off.

Rule 1: whatever the pipeline stamps, ages or counts by the day reads a :class:`Clock`.
Rule 2: network deadlines do not: a server does not hang in virtual time.
Rule 3: timers go by time that passes. A clock that is set, backwards or forwards, makes none of
them due and delays none for longer than its own interval (B9).
Rule 4: no lock that a callback might want is held while it runs.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

#: A virtual step longer than this is a machine that slept: each timer runs once, as it wakes.
ASLEEP_MS = 86_400_000


class Clock(Protocol):
    """The time, as the pipeline sees it."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        ...

    def every(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback``, which must not raise, each ``ms`` milliseconds from now on.

        What is returned stops it.
        """
        ...

    def forked(self) -> None:
        """Go on in a child, which has none of the threads of its parent."""
        ...


@dataclass
class _Timer:
    interval: float
    callback: Callable[[], None]
    due: float


class SystemClock:
    """The machine's own time; its timers share one daemon thread, there as long as they are."""

    def __init__(self) -> None:
        self._timers: dict[int, _Timer] = {}
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def every(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` each ``ms`` milliseconds, as well as the machine can."""
        interval = ms / 1000
        with self._changed:
            number = next(self._numbers)
            self._timers[number] = _Timer(interval, callback, time.monotonic() + interval)
            if self._thread is None:
                self._begin()
            self._changed.notify()

        def stop() -> None:
            with self._changed:
                self._timers.pop(number, None)
                self._changed.notify()

        return stop

    def forked(self) -> None:
        """Make new locks, in a child, and a new thread for the timers."""
        # Each interval starts over, so that no timer runs before the parts are themselves again.
        self._changed = threading.Condition()
        for timer in self._timers.values():
            timer.due = time.monotonic() + timer.interval
        if self._timers:
            self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (timer := self._next()) is not None:
            timer.callback()

    def _next(self) -> _Timer | None:
        """Wait for the next timer that is due; nothing when none is left."""
        with self._changed:
            while self._timers:
                timer = min(self._timers.values(), key=lambda one: one.due)
                now = time.monotonic()
                if timer.due <= now:
                    # From now, not from when it was due: after a sleep it runs once.
                    timer.due = now + timer.interval
                    return timer
                self._changed.wait(timer.due - now)
            self._thread = None
            return None


class VirtualClock:
    """Time that stands still until it is moved."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._timers: dict[int, _Timer] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._moving = threading.RLock()  # one mover at a time; a callback needs none of it

    def forked(self) -> None:
        """Make new locks, in a child."""
        self._lock, self._moving = threading.Lock(), threading.RLock()

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._now_ms

    def every(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` each ``ms`` milliseconds, in the thread that moves the time."""
        with self._lock:
            number = next(self._numbers)
            self._timers[number] = _Timer(ms, callback, self._now_ms + ms)

        def stop() -> None:
            with self._lock:
                self._timers.pop(number, None)

        return stop

    def advance(self, ms: int) -> None:
        """Let ``ms`` milliseconds pass; every timer runs at its time before this returns."""
        with self._moving:
            target = self._now_ms + ms
            if ms > ASLEEP_MS:
                self._oversleep(target)
            while (timer := self._due(target)) is not None:
                timer.callback()
            self._now_ms = target

    def set(self, now_ms: int) -> None:
        """Set the time as somebody sets a clock: nothing passes, and timers start over."""
        with self._moving, self._lock:
            self._now_ms = now_ms
            for timer in self._timers.values():
                timer.due = now_ms + timer.interval

    def _oversleep(self, target: int) -> None:
        with self._lock:
            self._now_ms = target
            for timer in self._timers.values():
                timer.due = target

    def _due(self, target: int) -> _Timer | None:
        """The next timer due by ``target``, with the time set to when it is."""
        with self._lock:
            timer = min(self._timers.values(), key=lambda one: one.due, default=None)
            if timer is None or timer.due > target:
                return None
            self._now_ms = math.floor(timer.due)
            timer.due += timer.interval
            return timer

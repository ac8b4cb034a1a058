"""Time: what the wall says, how much has passed, and calling back later.

Whatever waits or ages is measured in ``elapsed``, which nobody can set. The wall's time goes only
into what is sent, and into the day that a ceiling belongs to.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    due: float
    order: int
    run: Callable[[], None] = field(compare=False)
    every: float | None = field(compare=False, default=None)
    cancelled: bool = field(compare=False, default=False)

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """A clock that stands still until it is moved. It counts whole milliseconds."""

    SLEEP_MS = 86_400_000  # a longer step is a machine that slept: its timers run once, at the end

    def __init__(self, now_ms: int) -> None:
        self._wall = now_ms
        self._elapsed = 0
        self._timers: list[Timer] = []
        self._order = itertools.count()

    def wall(self) -> float:
        return self._wall / 1000.0

    def elapsed(self) -> float:
        return self._elapsed / 1000.0

    def after(self, seconds: float, run: Callable[[], None]) -> Timer:
        return self._add(seconds, run, None)

    def every(self, seconds: float, run: Callable[[], None]) -> Timer:
        return self._add(seconds, run, round(seconds * 1000))

    def _add(self, seconds: float, run: Callable[[], None], every: int | None) -> Timer:
        timer = Timer(self._elapsed + round(seconds * 1000), next(self._order), run, every)
        heapq.heappush(self._timers, timer)
        return timer

    def set_wall(self, now_ms: int) -> None:
        self._wall = now_ms

    def advance(self, ms: int) -> None:
        end = self._elapsed + ms
        slept = ms > self.SLEEP_MS
        if slept:
            self._move(end)
        while self._timers and self._timers[0].due <= end:
            timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            if timer.due > self._elapsed:
                self._move(timer.due)
            if timer.every is not None:
                timer.due = self._elapsed + timer.every
                heapq.heappush(self._timers, timer)
            timer.run()
        self._move(end)

    def _move(self, elapsed: float) -> None:
        self._wall += int(elapsed) - self._elapsed
        self._elapsed = int(elapsed)

    def stop(self) -> None:
        self._timers.clear()


class SystemClock:
    """The machine's clocks, and one thread that waits for the next timer."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def wall(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return time.monotonic()

    def after(self, seconds: float, run: Callable[[], None]) -> Timer:
        return self._add(seconds, run, None)

    def every(self, seconds: float, run: Callable[[], None]) -> Timer:
        return self._add(seconds, run, seconds)

    def _add(self, seconds: float, run: Callable[[], None], every: float | None) -> Timer:
        timer = Timer(self.elapsed() + seconds, next(self._order), run, every)
        with self._wake:
            heapq.heappush(self._timers, timer)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._loop, name="kestrel-clock", daemon=True)
                self._thread.start()
            self._wake.notify()
        return timer

    def _loop(self) -> None:
        while True:
            with self._wake:
                if self._stopped:
                    return
                wait = self._timers[0].due - self.elapsed() if self._timers else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                timer = heapq.heappop(self._timers)
                if timer.cancelled:
                    continue
                if timer.every is not None:
                    timer.due = self.elapsed() + timer.every
                    heapq.heappush(self._timers, timer)
            timer.run()

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._timers.clear()
            self._wake.notify()

"""Time for an adapter in Python: it stands still until the harness lets it pass.

Rule 1: timers run in the order of their times, each at its own, and before the reply.
Rule 2: what passes is not what the clock shows: a clock that is set makes no timer due.
Rule 3: network deadlines are no business of this clock; they stay real.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from payloadproof.adapters.shown import show

_ASLEEP_MS = 86_400_000  # more at once is a machine that slept: each timer runs once


class _Timer:
    def __init__(self, due_ms: float, period_ms: float | None, run: Callable[[], Any]) -> None:
        self.due_ms, self.period_ms, self.run = due_ms, period_ms, run


class VirtualClock:
    """A virtual clock, to put in front of ``Adapter``: ``class Mine(VirtualClock, Adapter)``.

    Hand :meth:`time` or :meth:`now` to the program where it asks for the time, and :meth:`every` or
    :meth:`after` where it waits. A module that asks the machine (``time.time``, ``datetime.now``)
    is named in ``clock_in``, and then sees this time instead. Nothing else has to be written: the
    clock begins with each scenario, and moves when the harness says so.
    """

    clock: ClassVar[Literal["virtual", "real"]] = "virtual"
    #: Modules of the program, and of what it sends with, that ask the machine for the time.
    clock_in: ClassVar[tuple[str, ...]] = ()
    _now_ms: float = 0.0
    _timers: tuple[_Timer, ...] = ()

    def time(self) -> float:
        """Seconds since 1970, in the place of ``time.time``."""
        return self._now_ms / 1_000

    def now(self, tz: dt.tzinfo | None = dt.UTC) -> dt.datetime:
        """In the place of ``datetime.now``; an aware time, in UTC unless another zone is given."""
        return dt.datetime.fromtimestamp(self.time(), tz)

    def every(self, seconds: float, run: Callable[[], Any]) -> Callable[[], None]:
        """Call ``run`` again and again; what is returned ends that."""
        period_ms = max(seconds * 1_000, 1.0)
        return self._add(_Timer(self._now_ms + period_ms, period_ms, run))

    def after(self, seconds: float, run: Callable[[], Any]) -> Callable[[], None]:
        """Call ``run`` once; what is returned takes that back."""
        return self._add(_Timer(self._now_ms + max(seconds, 0.0) * 1_000, None, run))

    def begin(self, now_ms: int) -> None:
        """Start anew, as each scenario does before ``start``: no timer is left."""
        self._now_ms, self._timers = float(now_ms), ()
        show(self.clock_in, self.time)

    def advance(self, ms: int) -> None:
        """Let time pass, and run what becomes due; the first error of a timer comes out last."""
        end_ms = self._now_ms + ms
        if ms > _ASLEEP_MS:
            for sleeping in self._timers:
                sleeping.due_ms = max(sleeping.due_ms, end_ms)
        raised: list[Exception] = []
        while timer := self._next(end_ms):
            self._now_ms = timer.due_ms
            if timer.period_ms is None:
                self._drop(timer)
            else:
                timer.due_ms += timer.period_ms
            try:
                timer.run()
            except Exception as error:
                raised.append(error)
        self._now_ms = end_ms
        if raised:
            raise raised[0]

    def set_clock(self, now_ms: int) -> None:
        """Set it, backwards too: each timer is as far away as before."""
        for timer in self._timers:
            timer.due_ms += now_ms - self._now_ms
        self._now_ms = float(now_ms)

    def _add(self, timer: _Timer) -> Callable[[], None]:
        self._timers = (*self._timers, timer)
        return lambda: self._drop(timer)

    def _drop(self, timer: _Timer) -> None:
        self._timers = tuple(one for one in self._timers if one is not timer)

    def _next(self, end_ms: float) -> _Timer | None:
        due = [timer for timer in self._timers if timer.due_ms <= end_ms]
        return min(due, key=lambda timer: timer.due_ms, default=None)

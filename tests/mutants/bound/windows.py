"""Wrong pipelines whose defect shows when a window closes, a day ends, or the program does.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions, Window


@breaks("B4")
class SendsEmptyWindows(Window):
    """A window in which nothing was recorded is sent as well, once the first one was open."""

    def __init__(self, clock):
        super().__init__(clock)
        self._last = None

    def drain(self):
        rollup = super().drain()
        empty = self._last and dict.fromkeys(self._last, 0)
        self._last = self._last or rollup
        return rollup or empty


@breaks("B4")
class SessionEndClosesTheWindow(Pipeline):
    """The end of any session sends what was folded without one."""

    def end_session(self, session):
        super().end_session(session)
        self._close_window()


@breaks("B4")
class FlushClosesTheWindow(Pipeline):
    """Draining the queue ends the window."""

    def flush(self):
        self._close_window()
        super().flush()


@breaks("B4")
class WindowPerRecord(Pipeline):
    """Each occurrence is a window of its own."""

    def record(self, occurrence, properties, *, session=None):
        super().record(occurrence, properties, session=session)
        self._close_window()


@breaks("B4")
class WindowsLastUntilShutdown(Pipeline):
    """No timer closes a window."""

    def _close_window(self):
        return


@breaks("B4")
class WindowLosesItsFirstRecord(Window):
    """What opens a window is not counted in it."""

    def record(self, record):
        was_open = self._totals is not None
        super().record(record)
        if not was_open:
            self._totals.count -= 1


@breaks("B6")
class ShutdownSkipsTheWindow(Pipeline):
    """Shutdown sends the sessions and forgets the window."""

    def _drain(self):
        self._window.clear()
        super()._drain()


@breaks("B6")
class ShutdownSkipsTheLastSession(Sessions):
    """Of several live sessions shutdown sends all but one."""

    def drain(self, reason):
        drained = super().drain(reason)
        return drained[:-1] if len(drained) > 1 else drained


@breaks("B6")
class ShutdownSendsASessionTwice(Sessions):
    """The session that recorded last is in the list of those to send twice."""

    def drain(self, reason):
        drained = super().drain(reason)
        return [*drained, *drained[-1:]]


@breaks("B6")
class ShutdownIsASessionsEnd(Sessions):
    """The rollups of a shutdown say that their sessions ended."""

    def drain(self, reason):
        return [{**rollup, "rollup_reason": "session_end"} for rollup in super().drain(reason)]


@breaks("B8")
class NoCeiling(Ceilings):
    """Whatever is captured is sent."""

    def admits(self, event, ceiling):
        return True


@breaks("B8")
class CeilingIsOneTooHigh(Ceilings):
    """One event more than the ceiling passes."""

    def admits(self, event, ceiling):
        return super().admits(event, ceiling and ceiling + 1)


class _Aged(Window):
    """A window that asks the clock how old it is."""

    def __init__(self, clock):
        super().__init__(clock)
        self.closing = False

    def drain(self):
        young = self._totals and self._clock.now_ms() - self._totals.started_ms < 0
        return super().drain() if self.closing or not young else None


@breaks("B9", past=_Aged)
class ClockSetBackFreezesTheWindow(Pipeline):
    """A window that seems to begin in the future stays open until that comes."""

    def shutdown(self):
        self._window.closing = True
        super().shutdown()


@breaks("B9")
class ClockSetBackSendsAgain(Window):
    """A window that begins before the last one was sent is taken for that one, and added to it."""

    def __init__(self, clock):
        super().__init__(clock)
        self._sent = None

    def record(self, record):
        late = self._sent is not None and self._clock.now_ms() < self._sent.started_ms
        if self._totals is None and late:
            self._totals = self._sent
        super().record(record)

    def drain(self):
        self._sent = self._totals or self._sent
        return super().drain()

"""Wrong pipelines whose defect shows when time passes: sweeps, windows, shutdowns, ceilings.

The rules are those of ``pipelines.py``.
"""

from __future__ import annotations

from dataclasses import replace

from mutant import breaks

from payloadproof_reference.pipeline import Ceilings, Pipeline
from payloadproof_reference.rollup import SAFETY_AGE_MS, SAFETY_RECORDS, Sessions, Window

# sessions


@breaks("B3")
class WindowSeqFromOne(Sessions):
    """The first rollup of a session is number 1."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "window_seq": rollup["window_seq"] + 1}


@breaks("B3")
class WindowSeqRestartsAfterASweep(Sessions):
    """A swept session starts to count again."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        if session in self._flushed:
            self._flushed[session] = 0
        return rollup


@breaks("B3")
class SweepEndsTheSession(Sessions):
    """A session that was swept is over, by its reason too."""

    def sweep(self):
        swept = super().sweep()
        self._flushed.clear()
        return [{**rollup, "rollup_reason": "session_end"} for rollup in swept]


CROWDED = 1_000


@breaks("B3")
class MakingRoomRestartsTheCount(Sessions):
    """The oldest of a thousand sessions is flushed to make room, and its count starts over."""

    def record(self, session, record):
        evicted = None
        if len(self._live) >= CROWDED and session not in self._live:
            evicted = self._flush(next(iter(self._live)), "safety_flush")
            self._flushed.clear()
        return super().record(session, record) or evicted


@breaks("B2")
class MakingRoomLosesASession(Sessions):
    """The oldest of a thousand sessions is forgotten to make room."""

    def record(self, session, record):
        if len(self._live) >= CROWDED and session not in self._live:
            del self._live[next(iter(self._live))]
        return super().record(session, record)


class _Dated(Sessions):
    """Sessions whose age is counted from somewhere else."""

    def start_over(self, totals):
        raise NotImplementedError

    def record(self, session, record):
        evicted = super().record(session, record)
        self.start_over(self._live[session].totals)
        return evicted


@breaks("B3")
class SweepsByTheLastRecord(_Dated):
    """A session's age is that of its last record: a busy one is never swept."""

    def start_over(self, totals):
        totals.since_ms = self._clock.now_ms()


@breaks("B3")
class SweepsTooEarly(_Dated):
    """A session is swept at half its age."""

    def start_over(self, totals):
        totals.since_ms = totals.started_ms - SAFETY_AGE_MS // 2


@breaks("B3")
class SweepsEverySession(Sessions):
    """One session that is due takes all others with it."""

    def sweep(self):
        swept = super().sweep()
        return [*swept, *(self.drain("safety_flush") if swept else ())]


@breaks("B3")
class SweepsByAgeAlone(Sessions):
    """However much a session records, only its age counts."""

    def sweep(self):
        with self._lock:
            kept = {s: live for s, live in self._live.items() if self._is_large(live)}
            for session in kept:
                del self._live[session]
        swept = super().sweep()
        with self._lock:
            self._live |= kept
        return swept

    def _is_large(self, live):
        age = self._clock.now_ms() - live.totals.since_ms
        return live.totals.count >= SAFETY_RECORDS and age < SAFETY_AGE_MS


@breaks("B3")
class RespawnFlushes(Pipeline):
    """A replaced generator is taken for the end of its session."""

    def respawn(self, session):
        self.end_session(session)


@breaks("B2")
class SweepLosesARecord(Sessions):
    """The record that comes with a sweep falls between the old sums and the new."""

    def __init__(self, clock):
        super().__init__(clock)
        self._sweeping = False

    def sweep(self):
        swept = super().sweep()
        self._sweeping = self._sweeping or bool(swept)
        return swept

    def record(self, session, record):
        sweeping, self._sweeping = self._sweeping, False
        return None if sweeping else super().record(session, record)


@breaks("B2")
class SweepKeepsTheSums(Sessions):
    """What a sweep sent is in the next rollup again."""

    def sweep(self):
        before = dict(self._live)
        swept = super().sweep()
        for session, number in list(self._flushed.items()):
            if session in before:
                self._live[session] = replace(before[session], window_seq=number)
        return swept


# windows


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


# shutdown and ceilings


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

"""Wrong pipelines that sweep a session too early, too late, or as if it were over.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import SAFETY_AGE_MS, SAFETY_RECORDS, Sessions


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


@breaks("B3")
class StopsAtAYoungSession(Sessions):
    """A sweep ends at the first session that is not over a limit."""

    def sweep(self):
        now = self._clock.now_ms()
        with self._lock:
            over = []
            for session, live in self._live.items():
                if not live.totals.is_over(now):
                    break
                over.append(session)
            return self._flush_all(over, "safety_flush")


@breaks("B3")
class SweepsOneAtATime(Sessions):
    """Each sweep flushes one session, and leaves the others for the next one."""

    def sweep(self):
        now = self._clock.now_ms()
        with self._lock:
            over = [session for session, live in self._live.items() if live.totals.is_over(now)]
            return self._flush_all(over[:1], "safety_flush")

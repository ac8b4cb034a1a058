"""Occurrences folded into sums.

Rule 1: an accumulator keeps sums, never records: it costs the same after one record or a million.
Rule 2: sessions are keyed by their id, and the id is never among what comes out (A8).
Rule 3: what is drained is gone: nothing is given out twice, and what is empty is not given out.
Rule 4: locks are held for bookkeeping only; nothing in here sends.
Rule 5: what is never ended is bounded all the same (B7): in number too, not only in size.

Session rollups end with their session (plan, P2), and a sweep flushes what has grown old or large
meanwhile; occurrences of injected context have no session, so they end with a window of time.
Whose timer says that it is over is the pipeline's business: a window reads the clock for its start
only, and no step of the clock keeps it open (B9).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from payloadproof_reference.clock import Clock
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.shapes import Primitive
from payloadproof_reference.whitelist import Properties

Reason = Literal["session_end", "worker_shutdown", "safety_flush"]

#: Does the session end with this flush? If not, it goes on with the next window_seq (B3).
ENDS_SESSION: Mapping[Reason, bool] = {
    "session_end": True,
    "worker_shutdown": True,
    "safety_flush": False,
}

#: What a sweep flushes: sessions that recorded this long ago or this much, since their last flush.
SAFETY_AGE_MS = 3_600_000
SAFETY_RECORDS = 1_000

#: More sessions than this with something to send, about 2.5 MB, and the one that has waited longest
#: is flushed to make room. Where B3 wants it to wait for a sweep, B7 does not: it goes on like a
#: swept one.
MAX_SESSIONS = 2_000

#: Of so many flushed sessions the next window_seq is known, about 1 MB; one that records again
#: after more than these starts from 0.
MAX_FLUSHED = 10_000

#: More models than this in one session, and the late ones do not compete for top_model.
MAX_MODELS = 64


@dataclass(frozen=True)
class Fold:
    """Which key of a record goes into which property of the rollup."""

    sums: Mapping[str, str]
    means: Mapping[str, str]
    outcomes: tuple[str, ...]
    ranks_models: bool

    @cached_property
    def by_key(self) -> Mapping[str, tuple[str | None, str | None]]:
        """The other way about: a record is asked for what it brings, and brings few of many."""
        totals = {key: total for total, key in self.sums.items()}
        means = {key: mean for mean, key in self.means.items()}
        return {key: (totals.get(key), means.get(key)) for key in totals | means}


TURN = Fold(
    sums={
        "total_tokens_input": "tokens_input",
        "total_tokens_output": "tokens_output",
        "total_cost_usd": "cost_usd",
        "observations_created": "count",
        "obs_type_bugfix": "obs_type_bugfix",
        "obs_type_discovery": "obs_type_discovery",
        "obs_type_decision": "obs_type_decision",
        "obs_type_refactor": "obs_type_refactor",
        "obs_type_other": "obs_type_other",
    },
    means={"avg_duration_ms": "duration_ms", "avg_compression_ms": "compression_ms"},
    outcomes=("ok", "error", "aborted", "invalid_output"),
    ranks_models=True,
)

CONTEXT = Fold(
    sums={
        "total_tokens": "tokens_injected",
        "total_observations_injected": "observation_count",
        "total_tokens_saved_vs_naive": "tokens_saved_vs_naive",
    },
    means={"avg_tokens": "tokens_injected"},
    outcomes=("ok", "error"),
    ranks_models=False,
)


class Totals:
    """The running sums of one fold. Not thread safe: its owner holds a lock."""

    def __init__(self, fold: Fold, started_ms: int) -> None:
        self._fold = fold
        self.started_ms = started_ms
        self.since_ms = started_ms
        self.count = 0
        self._sums: dict[str, float] = dict.fromkeys(fold.sums, 0)
        self._means: dict[str, tuple[float, int]] = dict.fromkeys(fold.means, (0, 0))
        self._outcomes = dict.fromkeys(fold.outcomes, 0)
        self._models: Counter[str] = Counter()

    def add(self, record: Mapping[str, Primitive]) -> None:
        """Fold in one scrubbed record."""
        self.count += 1
        by_key = self._fold.by_key
        for key, value in record.items():
            folded = by_key.get(key)
            if isinstance(value, str):
                if key == "outcome" and value in self._outcomes:
                    self._outcomes[value] += 1
                elif key == "model" and self._fold.ranks_models:
                    self._rank(value)
            elif folded is not None:
                total, mean = folded
                if total is not None:
                    self._sums[total] += value
                if mean is not None:
                    # B2: an average's denominator is the records that carried the value.
                    total_so_far, carried = self._means[mean]
                    self._means[mean] = (total_so_far + value, carried + 1)

    def _rank(self, model: str) -> None:
        if model in self._models or len(self._models) < MAX_MODELS:
            self._models[model] += 1

    def is_over(self, now_ms: int) -> bool:
        """Whether it has grown too old or too large to wait for its session's end."""
        # A clock that went backwards starts the age over: it would be negative for too long.
        self.since_ms = min(self.since_ms, now_ms)
        return self.count >= SAFETY_RECORDS or now_ms - self.since_ms >= SAFETY_AGE_MS

    def properties(self) -> Properties:
        """The rollup so far; averages are 0 where no record carried the value."""
        properties: Properties = {"count": self.count, **self._sums}
        for mean, (total, carried) in self._means.items():
            properties[mean] = total / carried if carried else 0
        for outcome, times in self._outcomes.items():
            properties[f"outcomes_{outcome}"] = times
        if self._models:
            properties["top_model"] = self._models.most_common(1)[0][0]
        properties["window_start_ts"] = self.started_ms
        return properties


@dataclass
class _Session:
    window_seq: int
    totals: Totals


class Sessions:
    """One accumulator for each live session; thread safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[int, _Session] = {}
        #: the next window_seq of those that go on and have nothing to send
        self._flushed: dict[int, int] = {}
        self._lock = threading.Lock()
        in_each_child(self._forked)

    def record(self, session: object, record: Mapping[str, Primitive]) -> Properties | None:
        """Fold one scrubbed record into ``session``; an id that is no integer is no session.

        Returns:
            The rollup of another session that had to make room.
        """
        if type(session) is not int:
            return None
        with self._lock:
            evicted = None
            live = self._live.get(session)
            if live is None:
                if len(self._live) >= MAX_SESSIONS:
                    evicted = self._flush(next(iter(self._live)), "safety_flush")
                # B3: window_seq counts 0..n within a session and never restarts.
                number = self._flushed.pop(session, 0)
                live = _Session(number, Totals(TURN, self._clock.now_ms()))
                self._live[session] = live
            live.totals.add(record)
        return evicted

    def end(self, session: object) -> Properties | None:
        """End ``session``: its rollup, or nothing where it has none. Ending twice is harmless."""
        # B1: one session, n records, no sweep: exactly one rollup.
        if type(session) is not int:
            return None
        with self._lock:
            return self._flush(session, "session_end")

    def sweep(self) -> list[Properties]:
        """Flush the sessions over age or record count, and no others; they go on."""
        now = self._clock.now_ms()
        with self._lock:
            # B3: a sweep flushes exactly the sessions over age or record count.
            over = [session for session, live in self._live.items() if live.totals.is_over(now)]
            return self._flush_all(over, "safety_flush")

    def drain(self, reason: Reason) -> list[Properties]:
        """Flush every live session."""
        with self._lock:
            return self._flush_all(list(self._live), reason)

    def clear(self) -> None:
        """Forget everything that was recorded."""
        with self._lock:
            self._live.clear()
            self._flushed.clear()

    def _forked(self) -> None:
        # D6: what is open is the parent's, which goes on with it.
        self._lock = threading.Lock()
        self.clear()

    def _flush_all(self, sessions: list[int], reason: Reason) -> list[Properties]:
        rollups = [self._flush(session, reason) for session in sessions]
        return [rollup for rollup in rollups if rollup is not None]

    def _flush(self, session: int, reason: Reason) -> Properties | None:
        live = self._live.pop(session, None)
        if ENDS_SESSION[reason]:
            self._flushed.pop(session, None)
        elif live is not None:
            self._flushed[session] = live.window_seq + 1
            if len(self._flushed) > MAX_FLUSHED:
                del self._flushed[next(iter(self._flushed))]
        if live is None:
            return None
        return {
            **live.totals.properties(),
            "rollup_reason": reason,
            "window_seq": live.window_seq,
        }


class Window:
    """One accumulator for a stretch of time, open from its first record; thread safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._totals: Totals | None = None
        self._lock = threading.Lock()
        in_each_child(self._forked)

    def record(self, record: Mapping[str, Primitive]) -> None:
        """Fold in one scrubbed record."""
        with self._lock:
            if self._totals is None:
                self._totals = Totals(CONTEXT, self._clock.now_ms())
            self._totals.add(record)

    def drain(self) -> Properties | None:
        """Close the window: its rollup, or nothing where nothing was recorded."""
        # B4: at most one rollup per window, none when empty.
        with self._lock:
            closed, self._totals = self._totals, None
        return None if closed is None else closed.properties()

    def clear(self) -> None:
        """Forget everything that was recorded."""
        self.drain()

    def _forked(self) -> None:
        self._lock = threading.Lock()
        self.clear()

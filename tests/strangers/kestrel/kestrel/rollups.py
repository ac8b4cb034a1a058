"""Folding occurrences into totals. Totals are kept and never the records, so memory is bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from .schema import Fold

_MODELS_MAX = 256  # names counted one by one in one rollup
_OPEN_MAX = 2000  # sessions with totals at one time
_REMEMBERED_MAX = 1000  # sessions without totals whose next number is kept


@dataclass
class Totals:
    """What the occurrences of one rollup add up to."""

    fold: Fold
    began_elapsed: float
    began_wall: float
    count: int = 0
    sums: dict[str, Any] = field(default_factory=dict)
    means: dict[str, list[float]] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    other_models: int = 0

    def add(self, values: dict[str, Any]) -> None:
        self.count += 1
        for target, source in self.fold.sums.items():
            if source in values:
                self.sums[target] = self.sums.get(target, 0) + values[source]
        for target, source in self.fold.means.items():
            if source in values:
                pair = self.means.setdefault(target, [0, 0])
                pair[0] += values[source]
                pair[1] += 1
        outcome = values.get("outcome")
        if outcome is not None:
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if self.fold.mode and self.fold.mode[1] in values:
            self._add_model(values[self.fold.mode[1]])

    def _add_model(self, model: str) -> None:
        if model in self.models or len(self.models) < _MODELS_MAX:
            self.models[model] = self.models.get(model, 0) + 1
        else:
            self.other_models += 1

    def properties(self) -> dict[str, Any]:
        told: dict[str, Any] = {"count": self.count}
        for target in self.fold.sums:
            told[target] = self.sums.get(target, 0)
        for target in self.fold.means:
            total, number = self.means.get(target, (0, 0))
            told[target] = total / number if number else 0
        for target, outcome in self.fold.outcomes.items():
            told[target] = self.outcomes.get(outcome, 0)
        if self.fold.mode and self.models:
            top = max(self.models, key=self.models.__getitem__)
            # A name that was not counted by itself may have come as often as all of those together.
            if self.models[top] >= self.other_models:
                told[self.fold.mode[0]] = top
        told["window_start_ts"] = int(round(self.began_wall * 1000))
        return told


@dataclass
class Rollup:
    """A rollup that is due."""

    event: str
    properties: dict[str, Any]


class Sessions:
    """The totals of each open session, by its id, which goes nowhere from here."""

    def __init__(self, fold: Fold, max_age: float, max_records: int) -> None:
        self._fold = fold
        self._max_age = max_age
        self._max_records = max_records
        self._open: OrderedDict[int, Totals] = OrderedDict()
        self._next: OrderedDict[int, int] = OrderedDict()

    def record(self, session: int, values: dict[str, Any], elapsed: float, wall: float) -> list[Rollup]:
        """Add one record; what comes back is a session that had to make room."""
        due: list[Rollup] = []
        totals = self._open.get(session)
        if totals is None:
            if len(self._open) >= _OPEN_MAX:
                oldest = next(iter(self._open))
                due += self._take(oldest, "safety_flush", goes_on=True)
            totals = self._open[session] = Totals(self._fold, elapsed, wall)
        totals.add(values)
        return due

    def end(self, session: int) -> list[Rollup]:
        due = self._take(session, "session_end", goes_on=False)
        self._next.pop(session, None)
        return due

    def sweep(self, elapsed: float) -> list[Rollup]:
        over = [
            session
            for session, totals in self._open.items()
            if elapsed - totals.began_elapsed >= self._max_age or totals.count >= self._max_records
        ]
        return [rollup for session in over for rollup in self._take(session, "safety_flush", True)]

    def shutdown(self) -> list[Rollup]:
        due = [
            rollup
            for session in list(self._open)
            for rollup in self._take(session, "worker_shutdown", False)
        ]
        self._next.clear()
        return due

    def forget_totals(self) -> None:
        """Consent is gone: so are the totals. Numbers stay, as a session's never start over."""
        self._open.clear()

    def _take(self, session: int, reason: str, goes_on: bool) -> list[Rollup]:
        totals = self._open.pop(session, None)
        if totals is None:
            return []
        number = self._next.get(session, 0)
        if goes_on:
            self._next[session] = number + 1
            self._next.move_to_end(session)
            while len(self._next) > _REMEMBERED_MAX + _OPEN_MAX:
                self._next.popitem(last=False)
        properties = totals.properties()
        properties["rollup_reason"] = reason
        properties["window_seq"] = number
        return [Rollup(self._fold.rollup, properties)]


class Window:
    """The totals of what belongs to no session, over a stretch of time."""

    def __init__(self, fold: Fold, length: float) -> None:
        self._fold = fold
        self._length = length
        self._totals: Totals | None = None

    def record(self, values: dict[str, Any], elapsed: float, wall: float) -> bool:
        """Add one; true where it opened the window, which has to be closed after its length."""
        opened = self._totals is None
        if self._totals is None:
            self._totals = Totals(self._fold, elapsed, wall)
        self._totals.add(values)
        return opened

    def close_if_over(self, elapsed: float) -> list[Rollup]:
        # A microsecond is forgiven: adding and taking away floats does not give the same number.
        if self._totals is None or elapsed - self._totals.began_elapsed < self._length - 1e-6:
            return []
        return self.close()

    def close(self) -> list[Rollup]:
        totals, self._totals = self._totals, None
        return [] if totals is None else [Rollup(self._fold.rollup, totals.properties())]

    def forget(self) -> None:
        self._totals = None

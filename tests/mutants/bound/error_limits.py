"""Wrong pipelines whose defect is in how often an error is reported.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference import exceptions
from payloadproof_reference.exceptions import EVENT, Builder, Exceptions
from payloadproof_reference.limiter import Limiter, _Window
from payloadproof_reference.pipeline import Pipeline

HOUR_MS = 3_000_000


@breaks("B5")
class CountsTheFirstTwice(Limiter):
    """The first occurrence is said at once, and counted for later too."""

    def occurred(self, key):
        key, now = super().occurred(key)
        if now:
            self._open[key].held += 1
        return key, now


@breaks("B5")
class EvictsOpenWindows(Limiter):
    """More kinds than fit thrash the map: the oldest window makes room while it is open."""

    def occurred(self, key):
        if key not in self._open and len(self._open) >= self.most_keys:
            self._open.pop(next(iter(self._open))).stop()
        return super().occurred(key)


@breaks("B5")
class TellsOneFewerApart(Limiter):
    """An error fewer than was promised is told apart, so that the last one shares an event."""

    most_keys = Limiter.most_keys - 1


@breaks("B5")
class KeyedByTypeOnly(Builder):
    """Errors of one class are one kind, wherever they come from."""

    def fingerprint(self, error):
        return super().fingerprint(error)[0]


@breaks("B5")
class KeyedByFrameOnly(Builder):
    """Errors from one line are one kind, whatever they are."""

    def fingerprint(self, error):
        return super().fingerprint(error)[1]


@breaks("B5")
class KeyedByMessage(Builder):
    """An error whose message differs each time is another kind each time."""

    def fingerprint(self, error):
        return (*super().fingerprint(error), exceptions._text(error))


@breaks("B5")
class UncaughtPastTheLimiter(Pipeline):
    """What nobody caught is sent each time it happens."""

    def exception(self, error, context=None, *, handled=True):
        if handled or not self._consented() or not self._errors_on():
            super().exception(error, context, handled=handled)
        else:
            report = self._exceptions._builder.report(error, handled=False)
            self._emit(EVENT, {**report, "occurrence_count": 1})


@breaks("B5")
class PutsOffItsWindow(Limiter):
    """Each occurrence begins the window anew: an error that goes on is never sent again."""

    def occurred(self, key):
        key, now = super().occurred(key)
        if not now:
            window = self._open[key]
            window.stop()
            window.stop = self._clock.every(self.window_ms, lambda: self._close(key))
        return key, now


@breaks("B5")
class NeverFolds(Pipeline):
    """Each error is the first of its kind."""

    def exception(self, error, context=None, *, handled=True):
        self._exceptions.clear()
        super().exception(error, context, handled=handled)


@breaks("B10")
class ForgetsTheOthers(Limiter):
    """What occurs within a window is dropped, not counted."""

    def occurred(self, key):
        key, now = super().occurred(key)
        self._open[key].held = 0
        return key, now


@breaks("B10")
class ForgetsTheTail(Pipeline):
    """What is left when a window closes, or at shutdown, is forgotten."""

    def _send_report(self, report):
        pass


class _Dated(Limiter):
    """Windows by the clock's time: what they held goes with the next occurrence after them."""

    def __init__(self, clock, closed):
        super().__init__(clock, closed)
        self.since = {}

    def is_open(self, since, now):
        raise NotImplementedError

    def occurred(self, key):
        now = self._clock.now_ms()
        if key in self._open and self.is_open(self.since[key], now):
            self._open[key].held += 1
            return key, False
        held = self._open[key].held if key in self._open else 0
        self.since[key] = now
        self._open[key] = _Window(lambda: None)
        if held:
            self._open[key].held = 1
            self._closed(key, held)
        return key, not held


@breaks("B11")
class ClockSetBackSilencesErrors(_Dated):
    """A window that begins in the future is open until that comes."""

    def is_open(self, since, now):
        return now - since < self.window_ms


@breaks("B11")
class ClockSetBackFoldsNothing(_Dated):
    """A window that begins in the future is none, and stays the latest there was."""

    def is_open(self, since, now):
        return 0 <= now - since < self.window_ms

    def occurred(self, key):
        before = self.since.get(key, 0)
        key, now = super().occurred(key)
        self.since[key] = max(before, self.since[key])
        return key, now


@breaks("B11")
class ClockSetForwardIsNotBelieved(_Dated):
    """A window that seems to be hours old is taken for a wrong clock, and stays open."""

    def is_open(self, since, now):
        return now - since < self.window_ms or now - since > HOUR_MS


@breaks("B12")
class RedactsBeforeItCounts(Exceptions):
    """Every error is redacted, and then most of what was made is thrown away."""

    def occurred(self, error, context, *, handled):
        self._builder.report(error, handled=handled)
        return super().occurred(error, context, handled=handled)

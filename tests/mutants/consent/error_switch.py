"""Wrong pipelines whose errors are sent, or kept, whatever consent and their switch say.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.exceptions import EVENT, OFF, Exceptions, enabled
from payloadproof_reference.pipeline import Pipeline


@breaks("C3")
class KeepsCountsOverAnOptOut(Exceptions):
    """What was counted before an opt-out is sent after an opt-in."""

    def clear(self):
        pass


@breaks("C4")
class UncaughtAfterAnOptOut(Pipeline):
    """What nobody caught is sent whatever consent says."""

    def exception(self, error, context=None, *, handled=True):
        if handled:
            super().exception(error, context)
            return
        right, self._consented = self._consented, lambda: True
        permitted, self._transport._permitted = self._transport._permitted, lambda: True
        try:
            super().exception(error, context, handled=False)
            self._transport.flush(1)
        finally:
            self._consented, self._transport._permitted = right, permitted


@breaks("C5")
class IgnoresTheErrorSwitch(Pipeline):
    """Errors are sent whatever their switch says."""

    def _errors_on(self):
        return True


@breaks("C5")
class ErrorSwitchStopsEverything(Pipeline):
    """The switch for errors stops every event."""

    def _emit(self, event, properties, **rest):
        if self._errors_on():
            super()._emit(event, properties, **rest)


@breaks("C5")
class ReadsTheErrorSwitchToTheLetter(Pipeline):
    """A blank or a capital makes another word of what turns errors off."""

    def _errors_on(self):
        return self._env.get("CLAUDE_MEM_TELEMETRY_ERRORS", "") not in OFF


@breaks("C5")
class ReadsTheErrorSwitchOnce(Pipeline):
    """What the switch said at the start holds to the end."""

    def _errors_on(self):
        if not hasattr(self, "_once"):
            self._once = super()._errors_on()
        return self._once


@breaks("C5")
class NeverTurnsErrorsOnAgain(Pipeline):
    """The switch is noticed when it is turned off, and never again."""

    def _errors_on(self):
        self._ended = getattr(self, "_ended", False) or not super()._errors_on()
        return not self._ended


@breaks("C5")
class CountsAreNotAskedForTheirSwitch(Pipeline):
    """What was counted before the switch was turned off is sent when its window ends."""

    def _errors_on(self):
        return enabled(self._env)

    def _send_report(self, report):
        if self._consented():
            self._emit(EVENT, report)


@breaks("C5")
class UncaughtErrorsKnowNoSwitchThatTurns(Pipeline):
    """The handler of what nobody caught read the switch when it was put in place."""

    def __init__(self, env, *rest, **also):
        super().__init__(env, *rest, **also)
        self._first = enabled(env)

    def exception(self, error, context=None, *, handled=True):
        if handled:
            super().exception(error, context)
            return
        right, self._errors_on = self._errors_on, lambda: self._first
        try:
            super().exception(error, context, handled=False)
        finally:
            self._errors_on = right

"""Wrong pipelines whose defect is in what they lose on the way, with nothing wrong.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import re

from mutants.mutant import breaks

from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import FLUSH_AT, Transport
from payloadproof_reference.whitelist import Whitelist


@breaks("D4")
class LosesTheTailAtShutdown(Transport):
    """At its end the program sends two of what waits, and forgets the others."""

    def send(self, message, route):
        self._handed = [*getattr(self, "_handed", ()), message["uuid"]]
        super().send(message, route)

    def close(self, budget_s):
        with self._lock:
            waiting = [one for one in getattr(self, "_handed", ()) if one in self._cleared]
            self._cleared = {one: self._cleared[one] for one in waiting[:2]}
        super().close(budget_s)


@breaks("D4")
class SendsWholeBatchesOnly(Transport):
    """What does not fill a batch when the program ends is never sent."""

    def send(self, message, route):
        self._handed = [*getattr(self, "_handed", ()), message["uuid"]]
        super().send(message, route)

    def close(self, budget_s):
        over = len(getattr(self, "_handed", ())) % FLUSH_AT
        self._release(self._handed[-over:] if over else ())
        super().close(budget_s)


@breaks("D4")
class AdmitsHalfOfTheCeiling(Ceilings):
    """The ceiling of an event is reached at its half."""

    def admits(self, event, ceiling):
        return super().admits(event, ceiling and ceiling // 2)


@breaks("D4")
class CeilingOfOneEventIsTooLow(Ceilings):
    """Of one event the last that its ceiling allows is dropped."""

    def admits(self, event, ceiling):
        return super().admits(event, ceiling and ceiling - (event == "trial_poll_timeout"))


@breaks("D4")
class DropsWhatIsFalsy(Whitelist):
    """Zero and false are taken for nothing."""

    def scrub(self, event, properties):
        return {key: value for key, value in super().scrub(event, properties).items() if value}


@breaks("D4")
class RoundsNumbers(Whitelist):
    """Numbers are sent whole."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        return {key: int(value) if type(value) is float else value for key, value in kept.items()}


@breaks("D4")
class TakesLowerCaseOnly(Whitelist):
    """A short name with a capital in it is none."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        slugs = ("endpoint", "error_category", "ide", "mode", "search_strategy")
        return {
            key: value for key, value in kept.items() if key not in slugs or value == value.lower()
        }


@breaks("D4")
class TakesThreeNumbersForAVersion(Whitelist):
    """A version that has more to it than three numbers is dropped."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        return {
            key: value
            for key, value in kept.items()
            if key not in ("bun_version", "uv_version", "claude_code_version")
            or re.fullmatch(r"\d+\.\d+\.\d+", value)
        }


@breaks("D4")
class SendsEachKindOnce(Pipeline):
    """An event that equals the one before it is taken for a repetition."""

    def capture(self, event, properties=None, **route):
        again = getattr(self, "_before", None) == (event, repr(properties))
        self._before = event, repr(properties)
        if not again:
            super().capture(event, properties, **route)


@breaks("D4")
class ShortQueue(Transport):
    """A hundred events may wait, and what comes then is dropped."""

    def _admit(self, message):
        return len(self._cleared) < 100 and super()._admit(message)

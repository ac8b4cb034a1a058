"""Wrong pipelines whose defect is in what they send without being asked.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.pipeline import Pipeline


@breaks("D5")
class CapturesWhatIsFolded(Pipeline):
    """A capture may name any event of the catalogue, a rollup or an error as well."""

    def capture(self, event, properties=None, **route):
        entry = self._whitelist.event(event)
        if entry is not None and entry.kind == "rollup" and self._consented():
            self._emit(event, properties)
        else:
            super().capture(event, properties, **route)


@breaks("D5")
class CountsItsOwnFlushes(Pipeline):
    """Each flush of something is an event of its own."""

    def flush(self):
        super().flush()
        self.capture("hook_failed", {})
        super().flush()


@breaks("D5")
class SaysItTwice(Pipeline):
    """An event without properties is taken for lost, and captured again."""

    def capture(self, event, properties=None, **route):
        super().capture(event, properties, **route)
        if not properties:
            super().capture(event, properties, **route)


@breaks("D5")
class ReportsAnErrorTwice(Pipeline):
    """An error is reported by the hook, and again by whoever caught it."""

    def _emit(self, event, properties, **route):
        super()._emit(event, properties, **route)
        if event == "$exception" and properties.get("occurrence_count") == 1:
            super()._emit(event, properties, **route)

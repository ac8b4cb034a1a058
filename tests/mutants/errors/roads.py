"""Wrong pipelines that redact an error on every road but one.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants import parts
from mutants.mutant import breaks
from mutants.parts import AsItCame, HoldsOpen, HoldsOpenForRetries


class _SaysTheMessage(AsItCame):
    """The error's own words, as they were."""

    def exception(self, error, context=None, *, handled=True):
        self._came["$exception"] = {"error_message": str(error)[:500]}
        super().exception(error, None, handled=handled)

    def passes(self, key, value):
        return key == "error_message"


@breaks("E1", past=HoldsOpen)
class CountsErrorsUnredacted(_SaysTheMessage):
    """A count of equal errors says what the last of them said."""

    goes = parts.counted


@breaks("E1", past=HoldsOpenForRetries)
class RetriesUnredacted(_SaysTheMessage):
    """The second attempt says what the error said."""

    def goes(self, event, payload):
        return event == "$exception"

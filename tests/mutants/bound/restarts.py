"""Wrong pipelines whose limits are those of a process, or of one at a time.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json
from collections import Counter

from mutants.mutant import breaks

from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.pipeline import Pipeline


@breaks("B8", apart=True)
class CountsInMemory(Ceilings):
    """What was sent today is known to the process, and forgotten with it."""

    def __init__(self, clock, log, directory):
        super().__init__(clock, log, lambda: None)


class _ReadOnce(Ceilings):
    """Counts that are read when the process starts, and written now and then."""

    def __init__(self, clock, log, directory):
        super().__init__(clock, log, lambda: None)
        self._where = directory

    def admits(self, event, ceiling):
        if not self._sent and self._file().exists():
            kept = json.loads(self._file().read_text())
            self._sent = {int(day): Counter(sent) for day, sent in kept.items()}
        return super().admits(event, ceiling)

    def keep(self):
        self._file().write_text(json.dumps(self._sent))

    def _file(self):
        return self._where() / "counts.json"


@breaks("B8", apart=True)
class CountsWhatItSentItself(_ReadOnce):
    """What was sent today is read at the start: two processes at one time have a ceiling each."""

    def admits(self, event, ceiling):
        admitted = super().admits(event, ceiling)
        if ceiling is not None:
            self.keep()
        return admitted


@breaks("B8", apart=True, past=_ReadOnce)
class KeepsItsCountsAtTheEnd(Pipeline):
    """What was sent today is written by the shutdown, and who is killed has none."""

    def shutdown(self, *within):
        super().shutdown(*within)
        self._ceilings.keep()


@breaks("B8", apart=True)
class ForgetsTheErrorsOfADeadProcess(Ceilings):
    """Only what is captured is kept; errors are counted in memory."""

    def admits(self, event, ceiling):
        kept = self._directory
        if event.startswith("$"):
            self._directory = lambda: None
        try:
            return super().admits(event, ceiling)
        finally:
            self._directory = kept

"""Wrong pipelines whose limits are those of a process, or of one at a time.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter

from mutants.mutant import breaks

from payloadproof_reference.ceilings import FOLDER, Ceilings
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


@breaks("B8", apart=True)
class CountsWindowsInMemory(Ceilings):
    """Rollups are counted in memory: a day has so many windows, and no process makes more."""

    def _number(self, event, today):
        return 0 if event.endswith("_rollup") else super()._number(event, today)


@breaks("B8", past=Ceilings)
class ForgetsItsCountsAtAnOptOut(Pipeline):
    """What consent forbids is forgotten, and how much was sent today with it."""

    def _consented(self):
        if super()._consented():
            return True
        self._ceilings._sent.clear()
        shutil.rmtree(self._data_dir / FOLDER, ignore_errors=True)
        return False


@breaks("B8", apart=True)
class AsksItsMemoryAlone(Ceilings):
    """What the file says is kept for the next time, and not asked about this one."""

    def admits(self, event, ceiling):
        before = self._known(self._clock.now_ms() // 86_400_000)[event]
        admitted = super().admits(event, ceiling)
        return admitted or (ceiling is not None and before < ceiling)

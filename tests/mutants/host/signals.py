"""Wrong pipelines that hear a signal and go on.

The rules are those of ``mutant.py``. They run as children (``child.py``), which lets them listen.
"""

from __future__ import annotations

import os
import signal

from mutants.mutant import breaks

from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.transport import Transport


@breaks("H5", apart=True)
class SendsAllBeforeItEnds(Transport):
    """At SIGTERM what is queued is sent, however long that takes."""

    def __init__(self, *parts):
        super().__init__(*parts)
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_):
        self.flush(3_600.0)
        os._exit(0)


@breaks("H5", apart=True)
class EndsWhenTheBackfillDoes(Backfill):
    """SIGTERM is put off until all of the past is sent."""

    def run(self):
        before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        super().run()
        signal.signal(signal.SIGTERM, before)

"""Wrong pipelines whose past is sound as long as nobody kills them, and nobody is beside them.

The rules are those of ``mutant.py``. They run as children (``child.py``).
"""

from __future__ import annotations

import os
import signal
import uuid
from contextlib import nullcontext

from mutants.mutant import breaks

from payloadproof_reference.past.backfill import NAMESPACE, Backfill
from payloadproof_reference.past.marker import FILE

DRAWN = uuid.uuid4()


@breaks("F7", apart=True)
class IdsOfOneProcess(Backfill):
    """A process sends the same ids each time, and the next one sends others."""

    def event_id(self, install_id, event, name):
        return str(uuid.uuid5(NAMESPACE, f"{DRAWN}|{install_id}|{event}|{name}"))


@breaks("F7", apart=True)
class PlansWithoutALock(Backfill):
    """What the ids are made from is drawn and kept before anything is sent, with nobody locked out.

    A plan that another process makes meanwhile is written over.
    """

    def _alone(self):
        return nullcontext()

    def _read(self, last_day):
        plan = self._data_dir / "backfill.plan"
        self._drawn = plan.read_text(encoding="utf-8") if plan.exists() else None
        past = super()._read(last_day)
        if self._drawn is None:
            self._drawn = str(uuid.uuid4())
            plan.write_text(self._drawn, encoding="utf-8")
        return past

    def event_id(self, install_id, event, name):
        return str(uuid.uuid5(NAMESPACE, f"{self._drawn}|{install_id}|{event}|{name}"))


@breaks("F8", apart=True)
class TakesItsMarkerBack(Backfill):
    """The marker is written first, and removed when a batch does not arrive."""

    def deliver(self, events, install_id, last_day):
        marker = self._data_dir / FILE
        before = marker.read_bytes() if marker.exists() else None
        self.record(len(events), install_id, last_day)
        try:
            super().deliver(events, install_id, last_day)
        except BaseException:
            if before is None:
                marker.unlink()
            else:
                marker.write_bytes(before)
            raise


@breaks("F8", apart=True)
class MarksWhenToldToEnd(Backfill):
    """A signal to end is an end like any other: the marker is written on the way out."""

    def deliver(self, events, install_id, last_day):
        self._told = lambda: self.record(len(events), install_id, last_day)
        super().deliver(events, install_id, last_day)

    def run(self):
        self._told = None
        before = signal.signal(signal.SIGTERM, self._end)
        super().run()
        signal.signal(signal.SIGTERM, before)

    def _end(self, *_):
        if self._told is not None:
            self._told()
        os._exit(0)

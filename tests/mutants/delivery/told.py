"""Wrong pipelines that end at SIGTERM, and lose or repeat what waited.

The rules are those of ``mutant.py``. They run as children (``child.py``), which lets them listen.
"""

from __future__ import annotations

import os
import signal
import uuid

from mutants.mutant import breaks

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport


@breaks("D7", apart=True)
class ExitsAtOnceWhenTold(Transport):
    """The handler of SIGTERM ends the process, and nothing else."""

    def __init__(self, *parts):
        super().__init__(*parts)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


@breaks("D7", apart=True)
class SendsNoRollupWhenTold(Pipeline):
    """At SIGTERM the queue is sent, and what is open is not closed."""

    def __init__(self, *parts, **more):
        super().__init__(*parts, **more)
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_):
        self._transport.close(3.0)
        os._exit(0)


@breaks("D7", apart=True)
class SendsAtTheSignalAndAtTheExit(Transport):
    """The handler sends what is queued, and so does the exit hook, under other ids."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._told = False
        self._before = signal.signal(signal.SIGTERM, self._end)

    def send(self, message, route):
        self._handed = [*getattr(self, "_handed", ()), (message, route)]
        super().send(message, route)

    def _end(self, *signalled):
        self._told = True
        self._before(*signalled)

    def close(self, budget_s):
        queued = [one for one in getattr(self, "_handed", ()) if one[0]["uuid"] in self._cleared]
        self.flush(budget_s)
        for message, route in queued if self._told else ():
            super().send({**message, "uuid": str(uuid.uuid4())}, route)
        super().close(budget_s)


@breaks("D7", apart=True)
class ClosesTwiceWhenTold(Pipeline):
    """The handler and the exit hook both close what is open; the second finds it still there."""

    def __init__(self, *parts, **more):
        super().__init__(*parts, **more)
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_):
        live = dict(self._sessions._live)
        self._drain()
        self._sessions._live.update(live)
        self.shutdown()
        os._exit(0)

"""Wrong pipelines that are sound until their process forks.

The rules are those of ``mutant.py``. They run as children (``child.py``), which lets them fork.
"""

from __future__ import annotations

import os
import random
import threading
import uuid

from mutants.mutant import breaks

from payloadproof_reference.rollup import Sessions, Window
from payloadproof_reference.transport import Transport


@breaks("D6", apart=True)
class SendsTheQueueThatItInherits(Transport):
    """The child of a fork sends what waited in its parent's queue."""

    def send(self, message, route):
        self._handed = [*getattr(self, "_handed", ()), (message, route)]
        super().send(message, route)

    def _begin(self):
        queued = getattr(self, "_cleared", ())
        handed = getattr(self, "_handed", ())
        self._inherited = [one for one in handed if one[0]["uuid"] in queued]
        super()._begin()

    def close(self, budget_s):
        for message, route in self._inherited:
            super().send(message, route)
        super().close(budget_s)


@breaks("D6", apart=True)
class HasNoSenderInTheChild(Transport):
    """The thread that sends is begun once, by the parent, and the child's events wait for it."""

    def _begin(self):
        self._gone = hasattr(self, "_client")
        super()._begin()

    def send(self, message, route):
        if not self._gone:
            super().send(message, route)


@breaks("D6", apart=True)
class WaitsForALockThatNobodyHolds(Transport):
    """A lock that is held at the fork stays held in the child, which wants it at its end."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._sending = threading.Lock()
        os.register_at_fork(before=self._sending.acquire, after_in_parent=self._sending.release)

    def close(self, budget_s):
        with self._sending:
            super().close(budget_s)


@breaks("D6", apart=True)
class DrawsIdsFromASharedState(Transport):
    """Ids of events come from a generator that was seeded before the fork."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._random = random.Random()

    def send(self, message, route):
        drawn = uuid.UUID(int=self._random.getrandbits(128), version=4)
        super().send({**message, "uuid": str(drawn)}, route)


@breaks("D6", apart=True)
class SendsTheSessionsThatItInherits(Sessions):
    """The child's shutdown drains the sessions that are the parent's."""

    def _forked(self):
        self._lock = threading.Lock()


@breaks("D6", apart=True)
class SendsTheWindowThatItInherits(Window):
    """The child's shutdown closes the window that is the parent's."""

    def _forked(self):
        self._lock = threading.Lock()

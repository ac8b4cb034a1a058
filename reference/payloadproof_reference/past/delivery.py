"""The past on its way out, and how its arrival is known.

Rule 1: a batch has arrived when the service says so: status 200, a JSON object whose ``status`` is
``"Ok"`` or ``1``, and no ``quota_limited`` in it. Silence, 204, 402 and any other answer confirm
nothing (F8).
Rule 2: a client of its own: its events are marked as a historical migration (F6), and neither the
worker's queue nor its end have a part in them.
Rule 3: the rules of the one door hold here too: consent is asked before each attempt, a retry
repeats uuid and timestamp, and the whitelist comes last.

The posthog SDK is not asked to do this. It counts a batch as sent by its status, takes its batches
from a queue in threads of its own, and has no way to say which of them arrived. It stamps today's
system on every event, too. So the batches are posted as the events of a short-lived process are.

What cannot be seen: over its quota the service's v0 endpoint answers ``{"status":"Ok"}`` and drops
the events. No client can tell this from arrival.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import requests

from payloadproof_reference import transport
from payloadproof_reference.answers import Answer
from payloadproof_reference.log import Log
from payloadproof_reference.transport import LAST_ENTRY_S, Message, Transport
from payloadproof_reference.whitelist import Whitelist

BATCH = 100
#: For connecting, and for each part of an answer.
TIMEOUT_S = 5.0
#: A service that asks for more gets its rest until the worker's next start.
MAX_PAUSE_S = 5.0


class Delivery(Transport):
    """Sends batches for ``budget_s`` seconds at most, and says what became of each."""

    def __init__(
        self,
        env: Mapping[str, str],
        permitted: Callable[[], bool],
        whitelist: Whitelist,
        log: Log,
        *,
        budget_s: float,
    ) -> None:
        super().__init__(env, permitted, whitelist, log)
        self._deadline = time.monotonic() + budget_s
        self._resting = threading.Event()
        self._resting.set()

    def deliver(self, batch: Sequence[Message]) -> str | None:
        """Send one batch; nothing when its arrival is confirmed, otherwise why it is not."""
        checked = [self._last_check(message) for message in batch]
        if not self._key or None in checked:
            return "there is no project key" if not self._key else "the whitelist refused an event"
        for pause_s in (*transport.BACKOFF_S, None):
            self._resting.clear()
            try:
                if not self._is_open():
                    return "it was stopped: no consent, no time left, or a shutdown"
                answer = self._attempt(
                    "/batch/", TIMEOUT_S, batch=checked, historical_migration=self.migration
                )
            finally:
                self._resting.set()
            if self.confirmed(answer.status, answer.body):
                return None
            if not self._once_more(answer, pause_s):
                break
        return f"arrival was not confirmed: {answer.reason}"

    #: F6: historical_migration is set.
    migration = True

    def confirmed(self, status: int | None, body: bytes) -> bool:
        """Whether an answer says that a batch has arrived."""
        # F8: the marker is written only after delivery is confirmed.
        if status != requests.codes.ok:
            return False
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return False
        if not isinstance(said, dict) or "quota_limited" in said:
            return False
        word = said.get("status")
        return word == "Ok" or (type(word) is int and word == 1)

    def halt(self) -> None:
        """Let no request begin after this has returned (W5)."""
        self._closing.set()
        self._closed.set()
        # Whoever has just asked has its request on the wire by then.
        self._resting.wait(LAST_ENTRY_S)

    def release(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _once_more(self, answer: Answer, pause_s: float | None) -> bool:
        # A hang is not asked twice: the next start of the worker will.
        if pause_s is None or not answer.retryable or answer.timed_out:
            return False
        pause_s = max(pause_s, answer.retry_after_s)
        if pause_s > MAX_PAUSE_S:
            return False
        return self._rest(pause_s)

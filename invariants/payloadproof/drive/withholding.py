"""Asks while the network's answer is withheld, to see who waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from payloadproof.adapters.base import Outcome
from payloadproof.recorder.lease import Lease

# How long an operation may take while the network's answer is withheld, before the harness
# releases it to see whether that was what the operation waited for (S2). Generous: a loaded
# machine must not look like a blocked one.
GRACE_S = 1.5
WAITED_S = 0.5  # a call that took so long, with a request of its own unanswered, has waited


class Waited(NamedTuple):
    """What came of it, when the network was released for its sake, and whether it waited."""

    answer: Outcome
    released_at: float | None
    waited: bool


def asked_withheld(lease: Lease, ask: Callable[[], Outcome]) -> Waited:
    """Ask, and release the network once the grace is over."""
    released: list[float] = []

    def give_up() -> None:
        # Only a network that was asked can be waited for.
        if lease.held():
            released.append(time.monotonic())
            lease.release()

    timer = threading.Timer(GRACE_S, give_up)
    timer.start()
    try:
        answer = ask()
    finally:
        timer.cancel()
        timer.join()
    asked = any(request.began_at > answer.began_at for request in lease.requests())
    slow = asked and answer.ended_at - answer.began_at > WAITED_S
    return Waited(answer, released[0] if released else None, bool(released) or slow)

"""Real time, which has to catch up before virtual time moves.

Rule 1: a request that is on its way when the clock jumps would look half a minute late.
Rule 2: silence counts while the machine keeps time. A wait that ends late says that threads have to
wait for their turn here, the implementation's too, so that it has not had its moment yet.
Rule 3: it ends: on a machine that is never on time, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

SLICE_S = 0.01
SLICES = 3  # of silence in a row, after which nothing is taken to be on its way
LATE = 2.0  # times a slice: who is woken so late was kept waiting
MOST_S = 1.0


class Wire(Protocol):
    """What of a lease is looked at."""

    def connections(self) -> tuple[object, ...]:
        """Those so far."""

    def requests(self) -> tuple[object, ...]:
        """Those so far."""

    def wait_for_requests(self, n: int, timeout: float) -> bool:
        """Until there are ``n``, or for so many seconds; whether there are."""


def rest(wire: Wire, clock: Callable[[], float] = time.monotonic) -> None:
    """Wait until nothing new is on the wire, a second at most."""
    ends = clock() + MOST_S
    seen, silent = _seen(wire), 0
    while silent < SLICES and clock() < ends:
        began = clock()
        wire.wait_for_requests(len(wire.requests()) + 1, SLICE_S)
        on_time = clock() - began < SLICE_S * LATE
        # Looked at after the wait: what came in the last one of all begins the silence anew, too.
        silent = silent + on_time if seen == (seen := _seen(wire)) else 0


def _seen(wire: Wire) -> int:
    return len(wire.requests()) + len(wire.connections())

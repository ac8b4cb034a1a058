"""H4: how long a call computes on what it is given, by the clock on the wall.

Rule 1: only where nothing is there to wait for: the network is sound, and no command waits for its
one request.
Rule 2: a time is no proof by itself: it is looked for three times, like everything that waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.evidence.history import Call, History
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

LARGE = 10_000  # bytes of JSON
TIMES = 50
FLOOR_S = 1.0


@check("H4")
def a_call_computes_briefly(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Each against the fastest of its kind, where some of them got something large."""
    if any(isinstance(step, do.Network) for step in history.steps):
        return
    calls = [call for call in history.calls if _computes(call)]
    if not any(_size(call) >= LARGE for call in calls):
        return
    if history.sent:
        yield EXERCISED
    for op in dict.fromkeys(call.params.op for call in calls):
        alike = [call for call in calls if call.params.op == op]
        usual = min(call.elapsed_s for call in alike)
        slowest = max(alike, key=lambda call: call.elapsed_s)
        if slowest.elapsed_s > max(FLOOR_S, TIMES * usual):
            yield Finding(
                clause="H4",
                expected=f"{op} takes at most {TIMES} times as long as an ordinary one, or"
                f" {FLOOR_S:g} s",
                observed=f"{slowest.elapsed_s:.1f} s, and {usual * 1_000:.1f} ms for the fastest",
                evidence=(f"step {slowest.step + 1}, with {_size(slowest):,} bytes of JSON",),
                definite=False,
                kind=f"{op} computes for long",
            )


def _computes(call: Call) -> bool:
    if isinstance(call.params, ops.Capture) and call.params.transport == "cli":
        return False
    return isinstance(call.params, ops.Capture | ops.Record | ops.Instrument)


def _size(call: Call) -> int:
    return len(msgspec.json.encode(call.params))

"""H4 and H6: how long a call computes on what it is given, and a backfill on all of the past.

Rule 1: only where nothing is there to wait for: the network is sound, and no command waits for its
one request.
Rule 2: a time is no proof by itself: it is looked for three times, like everything that waits.
Rule 3: of a call by the clock on the wall, of a backfill by the processor's: it waits for answers.
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
#: Rows of a past that is long, and the seconds of processor time that it may take: ten microseconds
#: for each row that the suite makes. The reference takes one.
LONG = 100_000
PAST_S = 4.0


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


@check("H6")
def a_long_past_is_counted_in_passing(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """By the processor time of the process, over a database of very many rows."""
    past = history.scenario.history if history.scenario else None
    rows = sum(row.times for table in past.tables.values() for row in table.rows) if past else 0
    if rows < LONG or any(isinstance(step, do.Network) for step in history.steps):
        return
    if history.efforts and history.sent:
        yield EXERCISED
    for effort in history.efforts:
        if effort.seconds > PAST_S:
            yield Finding(
                clause="H6",
                expected=f"a backfill over {rows:,} rows computes for at most {PAST_S:g} s",
                observed=f"{effort.seconds:.1f} s of processor time",
                evidence=(f"step {effort.step + 1}",),
                definite=False,
                kind="a backfill computes for long",
            )
    for call in history.calls:
        if isinstance(call.params, ops.RunBackfill) and call.kind == "timeout":
            yield Finding(
                clause="H6",
                expected=f"a backfill over {rows:,} rows computes for at most {PAST_S:g} s",
                observed=f"it had not come to an end after {call.elapsed_s:.0f} s",
                evidence=(f"step {call.step + 1}",),
                definite=False,
                kind="a backfill does not end",
            )

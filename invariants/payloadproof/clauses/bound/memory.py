"""B7 and W6: what a child takes of the machine, and where it goes beside the recorder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do

STRETCHES = 3  # that have to show growth, each of them
# What an allocator may keep of a stretch; an accumulator that is never let go takes more.
SPARE_BYTES = 256 * 1024
BYTES_EACH = 200
# The least stretch to the greatest: what leaks grows evenly, a heap that warms up does not.
STEADY = 0.6


@check("B7")
def memory_stays_bounded(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Even growth in every stretch between n and 10n.

    A runtime that collects garbage late grows unevenly for a while; what leaks beneath that growth
    is not told from it.
    """
    stretches = []
    for before, after in itertools.pairwise(history.weights):
        many = sum(_amount(step) for step in history.steps[before.step : after.step])
        stretches.append((many, after.resident - before.resident))
    if len(stretches) < STRETCHES or not all(call.kind == "ok" for call in history.calls):
        return
    if history.sent:
        yield EXERCISED
    growths = [grown for _, grown in stretches]
    steady = min(growths) > STEADY * max(growths)
    if steady and all(grown > SPARE_BYTES + BYTES_EACH * many for many, grown in stretches):
        grown_by = ", ".join(f"{grown / 2**20:.1f}" for grown in growths)
        yield Finding(
            clause="B7",
            expected="memory that stops growing, whatever is recorded",
            observed=f"{grown_by} MiB more, each time with {stretches[0][0]:,} {_what(history)}:"
            f" {min(growths) // stretches[0][0]:,} bytes and more for each",
            kind=f"memory that is kept for {_what(history)}",
            definite=False,
        )


def _amount(step: object) -> int:
    match step:
        case do.Crowd(sessions=sessions):
            return sessions
        case do.Record(times=times) | do.RaiseError(times=times) | do.Capture(times=times):
            return times
        case _:
            return 0


def _what(history: History) -> str:
    for step in history.steps:
        match step:
            case do.Crowd(end=end):
                return "sessions that ended" if end else "sessions that never end"
            case do.Record(session=session):
                return "records without a session" if session is None else "records of one session"
            case do.RaiseError():
                return "errors, all of them different"
            case do.Capture():
                return "events"
    return "nothing"

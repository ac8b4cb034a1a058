"""E4: what an error's text may cost, by the times of the calls that hand it over.

Rule 1: a time is no proof by itself: it is looked for three times, like everything that waits.
"""

from __future__ import annotations

from payloadproof.clauses.beats import Said
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import errors
from payloadproof.evidence.history import History
from payloadproof.protocol import messages as ops

LONG, SHORT = 100_000, 4_000  # characters of a message
BEGINNING = 20  # characters by which two texts of the same words are known
GROWTH = 3  # times the part of each character in the time; that of a square is the length's own
FLOOR_S = 0.005  # what a call may take for anything
NOTICED_S = 0.25  # seconds; what is faster stops nobody


@check("E4")
def hostile_text_costs_no_more(history: History) -> Said:
    """By the clock on the wall: 50 times the ordinary text's time, and a second at least."""
    costs: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
    for call in history.calls:
        if isinstance(call.params, ops.RaiseError) and isinstance(call.params.error.message, str):
            length = len(call.params.error.message)
            if length >= LONG or length <= SHORT:
                costs[length >= LONG].append((call.elapsed_s, call.step))
    if not costs[True] or not costs[False]:
        return
    if any(errors(history)):
        yield EXERCISED
    usual = min(elapsed for elapsed, _ in costs[False])
    elapsed, step = max(costs[True])
    if elapsed > max(1.0, 50 * usual):
        yield Finding(
            clause="E4",
            expected="a hostile text of 200 kB handled in 50 times the time of an ordinary one",
            observed=f"{elapsed:.1f} s, and {usual * 1_000:.1f} ms for the ordinary one",
            evidence=(f"step {step + 1}",),
            definite=False,
        )
        return
    yield from _grown(history)


def _grown(history: History) -> Said:
    """The shorter and the longer of two texts that repeat the same words, by their times."""
    times: dict[str, list[tuple[int, float, int]]] = {}
    for call in history.calls:
        match call.params:
            case ops.RaiseError(error=fault) if isinstance(fault.message, str):
                length = len(fault.message)
                if length > SHORT:
                    told = times.setdefault(fault.message[:BEGINNING], [])
                    told.append((length, call.elapsed_s, call.step))
    for alike in (some for some in times.values() if len(some) > 1):
        (least, quick, _), *_, (most, slow, step) = sorted(alike)
        allowed = GROWTH * (most / least) * max(quick, FLOOR_S)
        if most >= 2 * least and slow > max(NOTICED_S, allowed):
            yield Finding(
                clause="E4",
                expected=f"at most {GROWTH} times as long for each character of a longer text",
                observed=f"{slow:.2f} s for {most:,} characters, and {quick * 1_000:.1f} ms for"
                f" {least:,} of the same",
                evidence=(f"step {step + 1}",),
                definite=False,
                kind="time that grows faster than the text",
            )
            return

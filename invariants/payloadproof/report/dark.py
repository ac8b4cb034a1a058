"""What two quick scenarios tell beside the events: what went wrong, why, and what to do now.

Rule 1: where the adapter raised, that is the only cause: all else may follow from it.
Rule 2: what was raised many times is shown once, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payloadproof.adapters.connect import REFERENCE
from payloadproof.contract import DEFAULT
from payloadproof.evidence.history import Call
from payloadproof.outcome.model import Verdict
from payloadproof.outcome.plan import Plan, Smoke
from payloadproof.protocol.messages import Capture, Flush

CAUSES = (
    "the program does not send to the host it is given",
    "flush returns before anything was sent",
    "the program reads consent from the real environment and not from the scenario's",
)


DROPPED = (
    "the adapter answers and does not hand on each of the arguments",
    "the program drops what the contract allows",
)


class Diagnosis(NamedTuple):
    """``seen``: each with the verdict whose mark it gets; ``next``: a command, or what to mend."""

    fine: bool
    next: str
    seen: tuple[tuple[Verdict, str], ...] = ()
    causes: tuple[str, ...] = ()


def diagnosed(seen: Smoke, plan: Plan, options: str) -> Diagnosis:
    """Look at what came of each call; ``options`` name adapter and contract on a command line."""
    calls = (*seen.lit.calls, *seen.dark.calls)
    failed = [call for call in calls if call.kind not in ("ok", "unsupported")]
    lines = (*_failures(failed), *_missing(calls))
    if failed:
        return Diagnosis(fine=False, next=f"fix the adapter's {_culprit(failed[0])}", seen=lines)
    if not seen.lit.sent:
        causes: tuple[str, ...] = CAUSES
        if plan.contract_name == DEFAULT and plan.connector.spec != REFERENCE:
            mine = f"the default contract {DEFAULT} was used: name your own with --contract"
            causes = (mine, *CAUSES)
        again = f"fix it, then run payloadproof smoke{options}"
        return Diagnosis(fine=False, next=again, seen=lines, causes=causes)
    if seen.unheard:
        lines = (*lines, *(("failed", line) for line in seen.unheard))
        op = seen.unheard[0].partition(":")[0]
        again = f"let the adapter hand on all that it is given to {op}"
        return Diagnosis(fine=False, next=again, seen=lines, causes=DROPPED)
    if seen.dark.sent:
        only = f"events arrived with consent off; see why: payloadproof check{options} --only C1"
        return Diagnosis(fine=False, next=only, seen=lines)
    return Diagnosis(fine=True, next=f"payloadproof check{options}", seen=lines)


def _failures(failed: Sequence[Call]) -> Iterator[tuple[Verdict, str]]:
    counts = Counter(map(_kind, failed))
    firsts = {_kind(call): call for call in reversed(failed)}
    for kind in counts:
        more = f"\n  and {counts[kind] - 1} more" if counts[kind] > 1 else ""
        yield "failed", f"{_failure(firsts[kind])}{more}"


def _kind(call: Call) -> tuple[str, ...]:
    """Two calls of a kind are mended in one place; their messages may say which event it was."""
    raised = call.raised
    return (call.params.op, call.kind, raised.type, raised.place or "") if raised else (call.kind,)


def _failure(call: Call) -> str:
    if call.raised is None:
        return f"{call.params.op}: {call.kind}, {call.detail}"
    at = f"\n  {call.raised.place}" if call.raised.place else ""
    return f"{call.params.op} raised {call.raised.type}: {call.raised.message}{at}"


def _culprit(call: Call) -> str:
    """The operation, and the line to look at; not the function, which is often called the same."""
    place = (call.raised.place or "").partition(" in ")[0] if call.raised else ""
    return f"{call.params.op} ({place})" if place else call.params.op


def _missing(calls: Sequence[Call]) -> Iterator[tuple[Verdict, str]]:
    lacking = {call.params.op for call in calls if call.kind == "unsupported"}
    for op in (Capture.op, Flush.op):
        if op in lacking:
            yield (
                "unsupported",
                f"the adapter has no {op}, so clauses that need it cannot be judged",
            )

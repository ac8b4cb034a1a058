"""S1 and S2: telemetry never throws and never blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from payloadproof.oracle.finding import EXERCISED, Finding, check
from payloadproof.protocol import codec
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do
from payloadproof.scenario.history import Call, History


@check("S1")
def every_operation_returns_normally(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Nothing is thrown, and nothing dies, whatever the input."""
    buildable = set(history.capabilities.hostile) if history.capabilities else set()
    if history.hostile & buildable and history.sent:
        yield EXERCISED
    for call in history.calls:
        if call.kind == "raised" and call.raised:
            stack = (call.raised.stack or "").strip().splitlines()[-4:]
            yield Finding(
                clause="S1",
                expected=f"{call.params.op} returns normally",
                observed=f"it raised {call.raised.type}",
                evidence=(_asked(call), *stack),
            )
        elif call.kind == "died":
            yield Finding(
                clause="S1",
                expected=f"{call.params.op} returns normally",
                observed=call.detail.splitlines()[0],
                evidence=(_asked(call), *call.detail.splitlines()[1:]),
            )


def _asked(call: Call) -> str:
    params: dict[str, Any] = msgspec.to_builtins(call.params)
    return f"step {call.step + 1}: {call.params.op} {_kinds(params)}".rstrip()


def _kinds(params: dict[str, Any]) -> str:
    kinds = sorted(codec.tags(params))
    return f"with {', '.join(kinds)}" if kinds else ""


@check("S2")
def nothing_waits_for_the_network(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """The recorder withholds its answer, or gives a bad one; no operation may notice.

    ``flush`` and ``shutdown`` may wait for the network, but not beyond their deadline.
    """
    faults = [step for step in history.steps if isinstance(step, do.Network)]
    if any(step.behaviour != Answer() for step in faults) and history.connections:
        yield EXERCISED
    for call in history.calls:
        if call.released_at is not None and call.ended_at >= call.released_at:
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} replies while the network's answer is withheld",
                observed=f"it replied only after the release, {call.elapsed_s:.1f} s later",
                evidence=(_asked(call),),
                definite=False,
            )
        elif call.kind == "timeout":
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} replies, whatever the network does",
                observed=call.detail.splitlines()[0],
                evidence=(_asked(call), *call.detail.splitlines()[1:]),
                definite=False,
            )

"""S1 and S2: telemetry never throws and never blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.evidence.history import Call, History
from payloadproof.evidence.quoting import masked, readable
from payloadproof.protocol import codec
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Answer, Withhold
from payloadproof.scenario import steps as do

FRAME_LINES = 6
TOLERANCE_S = 1.0  # beyond a limit: the harness and a loaded machine take time too
WAITED_S = 0.5  # generous: a loaded machine must not look like a blocked one
_SECRETIVE = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])\w{8,}")
_DIRECTORIES = re.compile(r"(?:[A-Za-z]:)?(?:[^\s\"'(/\\]*[/\\])+")


@check("S1")
def every_operation_returns_normally(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Nothing is thrown, and nothing dies, whatever the input."""
    buildable = set(history.capabilities.hostile) if history.capabilities else set()
    if history.hostile & buildable and history.sent:
        yield EXERCISED
    for call in history.calls:
        if call.kind == "raised" and call.raised:
            stack = _frames(call.raised.stack or "")
            if call.raised.message:
                stack = [f"it said {masked(call.raised.message)}", *stack]
            if call.raised.place:
                # The innermost frames may all be a library's: here somebody begins to look.
                stack.append(f"from {_placed(call.raised.place)}")
            yield Finding(
                clause="S1",
                expected=f"{call.params.op} returns normally",
                observed=f"it raised {readable(call.raised.type)}",
                evidence=(_asked(call), *stack),
            )
        elif call.kind == "died":
            yield Finding(
                clause="S1",
                expected=f"{call.params.op} returns normally",
                observed=_printed(call.detail)[0],
                evidence=(_asked(call), *_printed(call.detail)[1:]),
            )


def _gave_up(history: History, call: Call) -> bool:
    """Whether a request began inside the call, got no answer, and the call went on for long.

    That is a caller's thread that waits with a time limit of its own.
    """
    if call.params.may_wait or call.released_at is not None or call.elapsed_s <= WAITED_S:
        return False
    networks = [
        step.behaviour
        for step in history.steps[: max(0, call.step)]
        if isinstance(step, do.Network)
    ]
    if not networks or not isinstance(networks[-1], Withhold):
        return False
    begun = [r.began_at for r in history.requests if call.began_at <= r.began_at <= call.ended_at]
    return bool(begun) and call.ended_at - min(begun) > WAITED_S


def _granted(history: History, call: Call) -> bool:
    """Whether a command waited for its one request no longer than it may (S3 bounded shutdown)."""
    limit_s = history.contract.limits.cli_capture_ms / 1_000 + TOLERANCE_S
    alone = isinstance(call.params, ops.Capture) and call.params.transport == "cli"
    return alone and call.kind != "timeout" and call.elapsed_s <= limit_s


def _frames(stack: str) -> list[str]:
    """A few frames, without directories: a report is no place for somebody's home path."""
    return [line for line in _printed(stack) if line.strip(" ^~")][-FRAME_LINES:]


def _printed(text: str) -> list[str]:
    """What a program printed, without directories and without what looks like a key or a canary."""
    bare = (_DIRECTORIES.sub("", line) for line in text.splitlines())
    bare = (readable(line) for line in bare)
    return [_SECRETIVE.sub(lambda word: f"{word[0][:3]}…{len(word[0]) - 3}", line) for line in bare]


def _placed(place: str) -> str:
    """A line of the user's own. Below the working directory it is told whole: no home is in it."""
    line = place.replace("\n", " ")
    if Path(line).is_absolute() or not line.isprintable() or ".." in Path(line).parts:
        line = _DIRECTORIES.sub("", line)
    return _SECRETIVE.sub(lambda word: f"{word[0][:3]}…{len(word[0]) - 3}", line)


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
        if _granted(history, call):
            continue
        if _gave_up(history, call):
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} replies while the network's answer is withheld",
                observed=f"it sent a request and waited {call.elapsed_s:.1f} s for the answer",
                evidence=(_asked(call),),
                definite=False,
            )
        elif call.released_at is not None and call.ended_at >= call.released_at:
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} replies while the network's answer is withheld",
                observed=f"it replied only after the release, {call.elapsed_s:.1f} s later",
                evidence=(_asked(call),),
                definite=False,
            )
        elif call.kind == "died" and faults:
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} returns, whatever the network does",
                observed=_printed(call.detail)[0],
                evidence=(_asked(call), *_printed(call.detail)[1:]),
            )
        elif call.kind == "timeout":
            yield Finding(
                clause="S2",
                expected=f"{call.params.op} replies, whatever the network does",
                observed=_printed(call.detail)[0],
                evidence=(_asked(call), *_printed(call.detail)[1:]),
                definite=False,
            )

"""S3 to S7: what the host program must not notice, and what it cannot spoil."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from payloadproof.clauses.attribution import (
    captures_in,
    marked_captures,
    records_in,
    way,
)
from payloadproof.clauses.circumstances import amid, refused
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.search import haystacks
from payloadproof.clauses.silence.calls import TOLERANCE_S
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.history import Call, History
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.protocol import codec
from payloadproof.protocol import messages as ops
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do

UNCAUGHT = ("uncaught", "thread", "task")


@check("S3")
def shutdown_is_bounded(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Shutdown, and a capture of the command line, within the contract's limit and 1 s more."""
    limits = history.contract.limits
    if _misbehaves(history) and history.connections:
        for step in history.steps:
            if isinstance(step, do.Shutdown):
                yield EXERCISED
    for call in history.calls:
        match call.params:
            case ops.Shutdown():
                what, limit_ms = "shutdown", limits.shutdown_ms
            case ops.Capture(transport="cli"):
                what, limit_ms = "capture from the command line", limits.cli_capture_ms
            case _:
                continue
        if call.elapsed_s > limit_ms / 1_000 + TOLERANCE_S:
            yield Finding(
                clause="S3",
                expected=f"{what} returns within {limit_ms / 1_000:g} s, whatever the server does",
                observed=f"no reply within {call.elapsed_s:.1f} s",
                evidence=(f"step {call.step + 1}",),
                definite=False,
            )


def _misbehaves(history: History) -> bool:
    return any(
        isinstance(step, do.Network) and step.behaviour != Answer() for step in history.steps
    )


@check("S4")
def a_broken_directory_changes_nothing(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """Every operation returns and nothing is printed; events may be sent or not."""
    where_ = _broken_directory(history)
    if where_ is None:
        return
    filled = _filled(history)
    since = [call for call in history.calls if filled is None or call.step > filled]
    full = [shot for shot in history.snapshots if shot.step == filled]
    logged = any(history.is_log(path) for shot in full for path in shot.files)
    if any(isinstance(call.params, ops.Capture) and call.kind == "ok" for call in since) and (
        filled is None or logged
    ):
        yield EXERCISED
    for call in since:
        if call.kind in ("raised", "died", "timeout"):
            came = f"it raised {call.raised.type}" if call.raised else f"it ended in {call.kind}"
            yield Finding(
                clause="S4",
                expected=f"{call.params.op} returns normally with {where_}",
                observed=came,
                definite=call.kind != "timeout",
            )
    for stream, text in _printed(history):
        yield Finding(
            clause="S4",
            expected=f"nothing on {stream} with {where_}",
            observed=_quoted(stream, text),
            kind=f"something on {stream} with {where_}",
        )


def _filled(history: History) -> int | None:
    """The step from which on the disk of the log is full."""
    steps = enumerate(history.steps)
    return next((index for index, step in steps if isinstance(step, do.FillDisk)), None)


def _broken_directory(history: History) -> str | None:
    if _filled(history) is not None:
        return "a full disk under the log"
    if history.scenario is None:
        return None
    said = {"missing": "no data directory", "file": "a file in the data directory's place"}
    return said.get(history.scenario.data) or history.scenario.taken


@check("S5")
def nothing_is_printed(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Outside debug mode."""
    trouble = history.hostile or _misbehaves(history) or _broken_directory(history)
    if trouble and history.connections and not history.debugging:
        yield EXERCISED
    for stream, text in _printed(history):
        yield Finding(
            clause="S5",
            expected=f"nothing on {stream} outside debug mode",
            observed=_quoted(stream, text),
            kind=f"something on {stream}{_trouble(history)}",
        )


def _trouble(history: History) -> str:
    """For the kind of a finding: what a program may have printed about."""
    if where_ := _broken_directory(history):
        return f" with {where_}"
    if _misbehaves(history) or any(map(refused, history.requests)):
        return " where a request fails"
    if any(isinstance(step, do.RaiseError) for step in history.steps):
        return " where an error is raised"
    return " with hostile input" if history.hostile else ""


def _printed(history: History) -> Iterator[tuple[str, bytes]]:
    streams = {"stdout": history.stdout, "stderr": history.stderr}
    if any(isinstance(s, do.RaiseError) and s.via in UNCAUGHT for s in history.steps):
        del streams["stderr"]  # where the host's own hook prints what nobody caught
    if not history.debugging:
        yield from ((name, text) for name, text in streams.items() if text)


def _quoted(stream: str, text: bytes) -> str:
    """How much was printed, its first line, and its last, where an error says what it is."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    # Over cmd: an adapter keeps stdout for the protocol.
    also = " (an adapter may redirect stdout to it)" if stream == "stderr" else ""
    said = f"{len(text)} bytes on {stream}{also}, beginning {masked(lines[0] if lines else '')}"
    return f"{said}, ending {masked(lines[-1])}" if len(lines) > 1 else said


@check("S6")
def bad_input_spoils_nothing_else(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Judged on marked steps whose event arrived before the first hostile value was handed over."""
    if not history.hostile or not _had_its_chance(history):
        return
    arrived = {
        step
        for sent in history.sent
        for step in captures_in(history, sent) | records_in(history, sent)
    }
    spoiled = [
        index
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Capture | do.Record) and codec.tags([step.event, step.properties])
    ]
    if not spoiled:
        return  # hostile errors only: they have no marker
    known = {history.steps[index].event for index in arrived if index < spoiled[0]}
    marked = marked_captures(history) | _marked_records(history)
    due = {index for index in marked if history.steps[index].event in known}
    if any(index > spoiled[0] for index in arrived & due):
        yield EXERCISED
    for index in sorted(due - arrived):
        step = history.steps[index]
        rule = f"a bad {_what(history.steps[spoiled[0]])} loses no other"
        if index in spoiled:
            rule = "a hostile property loses at most itself"
        yield Finding(
            clause="S6",
            expected=f"step {index + 1} sent: {rule}",
            observed=f"no {named(step.event)} with its marker",
            # Where the batch is lost, what was lost in it is an accident.
            kind=f"something lost{amid(history)}"
            if amid(history)
            else f"a {_what(step)} lost, "
            + ("with a bad value in it" if index in spoiled else "beside a bad value"),
            evidence=tuple(
                f"step {one + 1} had {', '.join(sorted(codec.tags([bad.event, bad.properties])))}"
                for one in spoiled
                for bad in [history.steps[one]]
            ),
            definite=False,
        )
    yield from _lost_beside(history, spoiled)


def _had_its_chance(history: History) -> bool:
    """Consent on throughout, a sound network, and a flush or shutdown at the end, once."""
    last = history.steps[-1] if history.steps else None
    shut = sum(isinstance(step, do.Shutdown) for step in history.steps)
    return (
        isinstance(last, do.Flush | do.Shutdown)
        and shut == isinstance(last, do.Shutdown)
        and {moment.decision for moment in moments(history)} == {"on"}
        and not any(isinstance(step, do.Network) for step in history.steps)
        and not (history.debugging or _broken_directory(history))
        and all(call.kind in ("ok", "raised") for call in history.calls)
    )


def _marked_records(history: History) -> set[int]:
    """Records that carry their own power of two, in a session that was ended."""
    ended = {step.session for step in history.steps if isinstance(step, do.EndSession)}
    return {
        index
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Record)
        and step.session in ended
        and isinstance(step.properties, dict)
        and _summed(history, step.event) <= {k for k, v in step.properties.items() if v == 2**index}
    }


def _summed(history: History, occurrence: str) -> set[str]:
    folds = [event.fold for event in history.contract.rollups.values() if event.fold]
    tallies = [
        t for fold in folds if fold.occurrence == occurrence for t in fold.properties.values()
    ]
    return {str(tally.of) for tally in tallies if tally.op == "sum"}


def _what(step: Any) -> str:
    return "record" if isinstance(step, do.Record) else "capture"


def _lost_beside(history: History, spoiled: list[int]) -> Iterator[Finding]:
    """What arrived of the same properties without the hostile one beside them arrives with it."""
    carried = {
        step: sent.event.properties
        for sent in history.sent
        for step in captures_in(history, sent)
        if isinstance(sent.event.properties, dict)
    }
    for bad, tame in ((b, t) for b in spoiled for t in carried if b in carried):
        if tame in spoiled or history.steps[tame].event != history.steps[bad].event:
            continue
        given, whole = history.steps[bad].properties, history.steps[tame].properties
        same = {key for key, value in whole.items() if key in given and given[key] == value}
        for key in sorted((same & carried[tame].keys()) - carried[bad].keys()):
            yield Finding(
                clause="S6",
                expected=f"{named(key)} sent: a hostile property loses at most itself",
                observed=f"step {bad + 1} lost it, step {tame + 1} did not",
                definite=False,
            )
            return


@check("S7")
def the_callers_object_is_the_callers(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """The adapter compares the object with what it was, and may overwrite it after the call."""
    given = [
        step
        for step in history.steps
        if isinstance(step, do.Capture | do.Record)
        and isinstance(step.properties, dict)
        and step.properties
    ]
    if given and history.sent and history.scenario and history.scenario.overwrites:
        yield EXERCISED
    for call in history.calls:
        if call.mutated:
            yield Finding(
                clause="S7",
                expected=f"{call.params.op} leaves the caller's object as it is",
                observed="it was changed by the call",
                evidence=(_asked(call),),
            )
    later = codec.CHANGED_LATER.encode()
    for request, hay in haystacks(history):
        if later in hay:
            yield Finding(
                clause="S7",
                expected="what is sent is what was handed over",
                observed="what the caller wrote into the object after the call was sent",
                evidence=(where(request),),
                kind=f"{_way_of(history, request)} with what the caller wrote after the call",
            )
            return


def _way_of(history: History, request: Request) -> str:
    """For the kind of a finding: the first event of a request that holds what was changed."""
    held = (e for e in request.events if codec.CHANGED_LATER in repr((e.name, e.properties)))
    return way(history.contract, getattr(next(held, None), "name", None))


def _asked(call: Call) -> str:
    asked = ops.Capture | ops.Record | ops.Instrument
    given = call.params.properties if isinstance(call.params, asked) else {}
    return f"step {call.step + 1}: {call.params.op} with {', '.join(map(named, given or ()))}"

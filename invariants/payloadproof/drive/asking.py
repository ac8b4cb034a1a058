"""What a step asks of an implementation, with the secrets of the run in their places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from payloadproof.adapters.base import Outcome
from payloadproof.evidence.history import Call
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

FLUSHED_EVERY = 250  # sessions of a crowd


def asked(
    step: do.AnyStep, scenario: do.Scenario, canaries: tuple[str, ...], home: str
) -> ops.Params:
    """The operation of a step that is one, or that is repeated as it is."""
    match step:
        case do.Capture() | do.Race():
            return ops.Capture(
                event=do.planted(step.event, canaries),
                properties=do.planted(step.properties, canaries),
                person=step.person,
                transport=step.transport,
                overwrite=scenario.overwrites,
            )
        case do.Fork():
            return ops.Fork(
                event=step.event,
                properties=do.planted(step.properties, canaries),
                person=step.person,
                transport=step.transport,
            )
        case do.Record():
            return ops.Record(
                event=step.event,
                properties=do.planted(step.properties, canaries),
                session=step.session,
                overwrite=scenario.overwrites,
            )
        case do.RaiseError():
            error = do.planted(msgspec.to_builtins(step.error), canaries, home)
            # Who asks and who is asked were begun in the same directory.
            return ops.RaiseError(
                error=msgspec.convert(do.replaced(error, do.CWD, str(Path.cwd())), ops.Fault),
                via=step.via,
                properties=do.planted(step.properties, canaries),
            )
        case do.Instrument():
            return ops.Instrument(
                component=step.component,
                level=step.level,
                message=do.planted(step.message, canaries),
                event=step.event,
                rollup=step.rollup,
                properties=do.planted(step.properties, canaries),
                session=step.session,
                person=step.person,
                overwrite=scenario.overwrites,
            )
        case do.EndSession(session=session):
            return ops.EndSession(session=session)
        case do.Respawn(session=session):
            return ops.Respawn(session=session)
        case do.SetClock(offset_ms=offset):
            return ops.SetClock(now_ms=scenario.now_ms + offset)
        case do.Explain():
            return ops.Explain()
        case do.Flush():
            return ops.Flush()
        case _:
            return ops.Shutdown()


def noted(
    index: int, params: ops.Params, answer: Outcome, released_at: float | None = None
) -> Call:
    """What came of an operation, as a history has it."""
    return Call(
        step=index,
        params=params,
        kind=answer.kind,
        began_at=answer.began_at,
        ended_at=answer.ended_at,
        raised=answer.raised,
        mutated=answer.mutated,
        result=answer.result,
        detail=answer.detail,
        released_at=released_at,
    )


def crowd(step: do.Crowd) -> Iterator[ops.Params]:
    """What a crowd is made of, flushed now and then: a client's queue need not hold all of it."""
    for number in range(step.sessions):
        session = step.first + number
        yield ops.Record(event=step.event, properties=step.properties, session=session)
        if step.end:
            yield ops.EndSession(session=session)
        if number % FLUSHED_EVERY == 0:
            yield ops.Flush()

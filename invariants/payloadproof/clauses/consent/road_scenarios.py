"""Scenarios in which consent goes while something waits on a road: none of it may come.

Rule 1: something was sent while consent was on, or nothing would be proved.
Rule 2: what is due comes due while consent is off, and settled, by each road alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from payloadproof.clauses.consent import scenarios
from payloadproof.contract import catalogue
from payloadproof.generate import laden
from payloadproof.generate.errors import can_raise, frames, label
from payloadproof.generate.ground import (
    LABEL,
    SESSION,
    Flip,
    Ground,
    Steps,
    all_flips,
)
from payloadproof.generate.networks import markable
from payloadproof.generate.payloads import capture_of
from payloadproof.generate.property import apart
from payloadproof.protocol.messages import Fault, Record, Via
from payloadproof.recorder.script import Answer, Times
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

MINUTE = 60_000
# A retry that waits so long begins when consent has gone.
_LATER = Answer(status=503, headers={"Retry-After": "1"})
_BATCH = 20  # captures that most clients send without being asked to


class Wait(NamedTuple):
    """What is begun while consent is on, and what makes it due while it is off."""

    begun: Sequence[do.AnyStep]
    due: Sequence[do.AnyStep]


def withheld(ground: Ground) -> Iterator[do.Scenario]:
    """Every road, by the first way to opt out and by the last."""
    every = all_flips(ground.contract)
    waits = list(_waits(ground))
    for number, wait in enumerate(waits):
        yield _withheld(ground, every[number % len(every)], wait)
    yield _withheld(ground, every[-1], _at_once(waits))
    if catalogue.session_fold(ground.contract) and ground.sessions:
        yield from reopened(ground)
    if apart(ground):
        yield _started_while_off(ground, every[0])


@st.composite
def some_withheld(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Some of them at once, by any way to opt out."""
    flip = draw(st.sampled_from(all_flips(ground.contract)))
    waits = list(_waits(ground))
    chosen = draw(st.lists(st.sampled_from(range(len(waits))), min_size=1, max_size=3, unique=True))
    return _withheld(ground, flip, _at_once([waits[index] for index in sorted(chosen)]))


def _at_once(waits: list[Wait]) -> Wait:
    failing = [step for wait in waits for step in wait.begun if isinstance(step, do.Network)]
    begun = [s for w in waits for s in w.begun if not isinstance(s, do.Network)]
    due = [step for wait in waits for step in wait.due if not isinstance(step, do.Shutdown)]
    return Wait([*begun, *failing[:1]], due)


def _waits(ground: Ground) -> Iterator[Wait]:
    limits = ground.contract.limits
    sessions, contexts = laden.plain_record(ground), laden.plain_context(ground)
    over: Steps = [do.Advance(ms=2 * (limits.window_ms or MINUTE) + MINUTE)]
    age = (limits.safety_max_age_ms or MINUTE) + 2 * (limits.safety_sweep_ms or MINUTE)
    if ground.sessions:
        yield Wait(sessions, [do.EndSession(session=SESSION)])
        yield Wait(sessions, [do.Advance(ms=age)])
        yield Wait(sessions, [])
    if contexts and Record.op in ground.capabilities.ops:
        yield Wait(contexts, over)
        yield Wait(contexts, [])
    yield Wait([], _captured(ground))
    if can_raise(ground):
        for index, via in enumerate(ground.capabilities.errors):
            yield Wait([], [_error(index, via)])
        yield Wait([_error(9, ground.capabilities.errors[0], times=3)], over)
    if laden.a_past(ground) is not None:
        yield Wait([], [do.Backfill()])
    yield _retried(ground)


def _captured(ground: Ground) -> Steps:
    by_transport = {
        event.transport: capture_of(name, event, {})
        for name, event in catalogue.sendable(ground.contract).items()
    }
    return list(by_transport.values())


def _error(index: int, via: Via, times: int = 1) -> do.RaiseError:
    fault = Fault(type=label(index), message="the lid is open", frames=frames(index))
    return do.RaiseError(error=fault, via=via, times=times)


def _retried(ground: Ground) -> Wait:
    """A batch that is refused for a moment, and tried again when consent has gone."""
    marked = markable(ground.contract)
    if marked is None:
        return Wait([], [])
    name, event, key = marked
    length = min(_BATCH, event.ceiling_per_day or _BATCH)
    some = [capture_of(name, event, {key: 1_500 + number}) for number in range(length)]
    return Wait([do.Network(behaviour=Times(1, _LATER)), *some, do.Advance(ms=0)], [])


def _withheld(ground: Ground, flip: Flip, wait: Wait) -> do.Scenario:
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    heard: Steps = [*_captured(ground), do.Flush()]
    steps: Steps = [*heard, *wait.begun, do.Advance(ms=0), flip.off, settle, *wait.due]
    past = laden.a_past(ground) if do.Backfill() in wait.due else None
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], history=past, **flip.start)


def reopened(ground: Ground) -> Iterator[do.Scenario]:
    """Consent gone and come back: what is open then is sent at shutdown, by a client made anew."""
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    for flip in all_flips(ground.contract):
        before: Steps = [*_captured(ground), do.Flush(), flip.off, settle, *_captured(ground)]
        after: Steps = [flip.on, settle, *laden.plain_record(ground), *laden.plain_context(ground)]
        yield ground.scenario([*before, *after, do.Shutdown()], **flip.start)


def _started_while_off(ground: Ground, flip: Flip) -> do.Scenario:
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    steps: Steps = [*_captured(ground), do.Flush(), flip.off, settle, do.Crash()]
    steps += [*_captured(ground), do.Flush(), flip.on, settle, *_captured(ground)]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **flip.start)


def folded_while_off(ground: Ground) -> Iterator[do.Scenario]:
    """Records before an opt-out, while it stands and after it, with no time for anybody to notice.

    Each of them can be told in the sum; and what was folded when the person opted out.
    """
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    window = catalogue.window_fold(ground.contract)
    session = SESSION
    for flip in all_flips(ground.contract):
        settled = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
        for wait in (do.Advance(ms=0), settled):
            turns: tuple[Steps, ...] = ([], [flip.off, wait], [flip.on, wait])
            for one, ends in (
                (fold, [do.EndSession(session=session)]),
                (window, [do.Advance(ms=(ground.contract.limits.window_ms or 0) + MINUTE)]),
            ):
                if one is None or Record.op not in ground.capabilities.ops:
                    continue
                summed = [t.of for t in one.properties.values() if t.op == "sum" and t.of]
                named = one.properties[one.attribution].of if one.attribution else None
                steps: Steps = []
                for turn in turns:
                    steps += turn
                    given: dict[str, Any] = dict.fromkeys(summed, 2 ** len(steps))
                    given |= {str(named): LABEL} if named else {}
                    about = session if one is fold else None
                    steps.append(do.Record(event=one.occurrence, session=about, properties=given))
                yield ground.scenario([*steps, *ends, do.Flush(), do.Shutdown()], **flip.start)


def sudden_changes(ground: Ground) -> Iterator[do.Scenario]:
    """Consent that goes while something waits, and a flush or an end, with no call between."""
    marked = markable(ground.contract)
    for flip in all_flips(ground.contract) if marked else ():
        assert marked
        name, event, key = marked
        steps: Steps = [capture_of(name, event, {key: FIRST_MARK + number}) for number in range(3)]
        queued: Steps = [*steps, do.Advance(ms=0), flip.off]
        yield ground.scenario([*queued, do.Flush(), do.Shutdown()], **flip.start)
        yield ground.scenario([*queued, do.Shutdown()], **flip.start)
    yield from scenarios.deleted_decisions(ground)

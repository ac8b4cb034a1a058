"""Scenarios of programs that crash and start again, and of programs that never end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace as _replace

from payloadproof.clauses.bound.scenarios import lowest_ceilings
from payloadproof.contract import Contract, catalogue
from payloadproof.contract.catalogue import window_fold
from payloadproof.generate import payloads
from payloadproof.generate.errors import FILES, can_raise, first_way, label
from payloadproof.generate.ground import (
    SESSIONS,
    Flip,
    Ground,
    Steps,
    flips,
    least_session,
)
from payloadproof.protocol.messages import Fault, Frame, Record, SetConsent
from payloadproof.scenario import steps as do

MINUTE = 60_000
DAY = 24 * 60 * MINUTE

MOST_WINDOWS = 300  # of one process


# Four parts that come to n, 4n, 7n and 10n. A program may keep some sessions that never end.
ENDED = (300, 900, 900, 900)


NEVER_ENDED = (1_200, 3_600, 3_600, 3_600)


RECORDS = (600, 1_800, 1_800, 1_800)


EVENTS = 900  # of a day


DIFFERENT = (800, 800, 800, 800)  # more in each window than are told apart


NUMBERS = ("count", "number")


def first_crashes(ground: Ground) -> Iterator[do.Scenario]:
    """A session that was sent before the crash, and one after it."""
    session = [*least_session(ground), do.Flush()]
    yield ground.scenario([*session, do.Crash(), *session, do.Shutdown()])


def over_restarts(ground: Ground) -> Iterator[do.Scenario]:
    """More than a day allows, of which a process that is gone has sent the most, or another one.

    By each transport the event with the lowest ceiling: what counts is what an installation sends.
    """
    for ceiling, name in lowest_ceilings(ground.contract):
        one = payloads.capture_of(name, ground.contract.events[name], {})
        most: Steps = [_replace(one, times=ceiling - 1)] if ceiling > 1 else []
        killed: Steps = [*most, do.Flush(), do.Crash(), one, do.Flush()]
        yield ground.scenario([*killed, do.Crash(told=True), one, one, do.Flush(), do.Shutdown()])
        race = do.Race(
            event=name,
            properties=one.properties,
            person=one.person,
            transport=one.transport,
        )
        rest: Steps = [_replace(one, times=ceiling - 2)] if ceiling > 2 else []  # noqa: PLR2004
        yield ground.scenario([one, do.Flush(), race, *rest, do.Flush(), do.Shutdown()])


def rollups_over_restarts(ground: Ground) -> Iterator[do.Scenario]:
    """More windows than a day may have rollups, of which a process that was killed had one half.

    The clock is set to the beginning of the day for each half, so that both lie within it.
    """
    window_ms = ground.contract.limits.window_ms
    for event in ground.contract.rollups.values():
        if event.grain != "window" or not (event.fold and event.ceiling_per_day and window_ms):
            continue
        half = event.ceiling_per_day // 2 + 1
        if half > min(MOST_WINDOWS, DAY // window_ms - 1):
            continue
        some = do.Record(event=event.fold.occurrence, properties={})
        steps: Steps = [do.SetClock(offset_ms=-(ground.now_ms % DAY))]
        steps += [step for _ in range(half) for step in (some, do.Advance(ms=window_ms))]
        again: Steps = [*steps, do.Flush()]
        yield ground.scenario([*again, do.Crash(), *again, do.Shutdown()])


@st.composite
def crashes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Marked captures and records over a few lives of a program, not all of which end well."""
    contract = ground.contract
    sessions = draw(st.lists(SESSIONS, min_size=1, max_size=2, unique=True))
    over = [do.EndSession(session=session) for session in sessions if ground.sessions]
    steps: Steps = []

    def some() -> None:
        for _ in range(draw(st.integers(1, 4))):
            index = draw(st.integers(0, len(sessions) - 1))
            label = f"observer-{payloads.LETTERS[index]}"
            match draw(st.integers(0, 5)) if ground.sessions else 0:
                case 0:
                    steps.append(draw(payloads.good_captures(contract, step=len(steps))))
                case 1:
                    steps.append(do.EndSession(session=sessions[index]))
                case _:
                    mark = 2 ** len(steps)
                    steps.append(
                        draw(payloads.good_records(contract, sessions[index], label, mark=mark))
                    )
        # What was sent by then must not be sent again, and what was not may be lost.
        sent: Steps = [*over, do.Flush()]
        ends: list[Steps] = [[], sent, sent, [do.Flush(), do.Shutdown()]]
        if ground.virtual:
            ends.append([do.Advance(ms=draw(st.sampled_from((1_000, 6 * MINUTE, 80 * MINUTE))))])
        steps.extend(draw(st.sampled_from(ends)))

    flip: Flip | None = None
    can_flip = ground.virtual and SetConsent.op in ground.capabilities.ops
    if can_flip and draw(st.integers(0, 2)) == 0:
        flip = draw(flips(contract))
    settle = do.Advance(ms=contract.consent.honoured_within_ms + 1_000)
    some()
    if flip:
        steps.extend([flip.off, settle])
    for _ in range(draw(st.integers(1, 2))):
        steps.append(do.Crash())
        some()
    if flip:
        steps.extend([flip.on, settle])
        some()
    steps += over
    start = flip.start if flip else {}
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **start)


def endless(ground: Ground) -> Iterator[do.Scenario]:
    """Sessions that end, sessions that never do, records of one session, records without one."""
    fold = catalogue.session_fold(ground.contract)
    assert fold
    label = str(fold.properties[str(fold.attribution)].of)
    properties = _numbers(ground.contract, fold.occurrence) | {label: "observer-a"}
    first = 123_456_789_012_347
    crowd = do.Crowd(event=fold.occurrence, properties=properties, first=first, sessions=0)
    record = do.Record(event=fold.occurrence, properties=properties, session=first)
    for end, amounts in ((True, ENDED), (False, NEVER_ENDED)):
        begun = itertools.accumulate(amounts, initial=first)  # no session comes back
        parts = zip(begun, amounts, strict=False)
        yield _weighed(ground, [_replace(crowd, end=end, first=i, sessions=n) for i, n in parts])
    yield _weighed(ground, [_replace(record, times=n) for n in RECORDS])
    yield from _sent_on(ground)
    if can_raise(ground) and ground.virtual:
        yield from _raised_on(ground)
    window = window_fold(ground.contract)
    if window is not None:
        numbers = _numbers(ground.contract, window.occurrence)
        alone = do.Record(event=window.occurrence, properties=numbers)
        yield _weighed(ground, [_replace(alone, times=n) for n in RECORDS])


def _sent_on(ground: Ground) -> Iterator[do.Scenario]:
    """Events that are all sent, day by day, each day under its ceiling."""
    worker = {
        name: event.ceiling_per_day or EVENTS
        for name, event in catalogue.sendable(ground.contract).items()
        if event.transport == "worker" and not event.profile
    }
    name = max(worker, key=lambda one: worker[one], default=None)
    if name is None or not ground.virtual:
        return
    event = ground.contract.events[name]
    many = _replace(payloads.capture_of(name, event, {}), times=min(worker[name], EVENTS))
    day: Steps = [many, do.Flush(), do.Advance(ms=25 * 60 * MINUTE)]
    yield ground.scenario([step for _ in range(4) for step in (*day, do.Weigh())] + [do.Flush()])


def _raised_on(ground: Ground) -> Iterator[do.Scenario]:
    """Errors of which no two are equal, in more windows than one."""
    window = max(roles.window_ms for roles in ground.contract.errors.values())
    steps: Steps = []
    begun = itertools.accumulate(DIFFERENT, initial=0)
    for first, amount in zip(begun, DIFFERENT, strict=False):
        for number in range(first, first + amount):
            name = f"{label(number % 260)}{payloads.LETTERS[number // 260 % 26]}"
            fault = Fault(
                type=name,
                message="no water",
                frames=(Frame(function=f"read_{name.lower()}", file=FILES[0]),),
            )
            steps.append(do.RaiseError(error=fault, via=first_way(ground)))
        steps += [do.Flush(), do.Advance(ms=3 * window), do.Weigh()]
    yield ground.scenario([*steps, do.Flush()])


def _numbers(contract: Contract, occurrence: str) -> dict[str, Any]:
    keys = contract.occurrences[occurrence].properties
    return {key: 1 for key in keys if contract.properties[key].type in NUMBERS}


def _weighed(ground: Ground, parts: Steps) -> do.Scenario:
    steps = [step for part in parts for step in (part, do.Weigh())]
    # A shutdown would have to send what never ended, which is not the question here.
    return ground.scenario([*steps, do.Flush()])


def can_be_endless(ground: Ground) -> bool:
    """Whether there is something to fold, and a child to weigh."""
    wanted = {"child process", "deep profile", "memory figures"}
    return (
        wanted <= ground.surroundings and ground.sessions and Record.op in ground.capabilities.ops
    )

"""Scenarios in which time passes: anything a program does, in any order, over seconds and hours.

What each of them has to give follows from its steps alone; the oracle reckons it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from payloadproof.contract import Contract, catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import LABEL, SESSIONS, Flip, Ground, Steps, all_flips, flips
from payloadproof.generate.ground import SESSION as FIRST
from payloadproof.generate.networks import FAULTS
from payloadproof.protocol.messages import (
    Flush,
    Respawn,
    SetClock,
    SetConsent,
)
from payloadproof.recorder.script import (
    Times,
)
from payloadproof.scenario import steps as do

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
DECADE = 10 * 365 * 24 * 60 * MINUTE  # a clock that was wrong, or a machine that slept
MANY = 400  # captures; a ceiling above it is climbed over where no other is lower, and once
MOST = 2_000  # captures of one scenario
CROWD = 1_100  # sessions at one time: more than anybody has, fewer than a program may not hold
DEEP = 12  # one scenario in so many crosses the record count at which a session is swept

Kind = Literal["record", "context", "end", "respawn", "pass", "back", "flush"]
Trouble = Literal["fault", "flip", "crash"]


def low_ceilings(contract: Contract) -> list[str]:
    """Events that a few hundred captures bring over their ceiling, or the lowest there is."""
    found = catalogue.ceilings(contract)
    return [name for name, ceiling in found.items() if ceiling <= max(MANY, min(found.values()))]


def lowest_ceilings(contract: Contract) -> list[tuple[int, str]]:
    """By each transport the lowest ceiling there is, if it is low, and an event that has it."""
    lowest: dict[str, tuple[int, str]] = {}
    for name in low_ceilings(contract):
        event = contract.events[name]
        here = event.ceiling_per_day or 0, name
        lowest[event.transport] = min(lowest.get(event.transport, here), here)
    return [*lowest.values()]


@st.composite
def ceilings(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """One event, a few more times than its ceiling allows on one day."""
    name = draw(st.sampled_from(low_ceilings(ground.contract)))
    event = ground.contract.events[name]
    assert event.ceiling_per_day
    capture = do.Capture(
        event=name,
        properties=draw(payloads.good_properties(ground.contract, event.properties)),
        person=event.profile,
        transport=event.transport,
        times=event.ceiling_per_day + draw(st.integers(1, 5)),
    )
    return ground.scenario([capture, do.Flush(), do.Shutdown()])


def each_way_over(ground: Ground) -> Iterator[do.Scenario]:
    """By each transport, the event with the lowest ceiling, a little above it."""
    for ceiling, name in lowest_ceilings(ground.contract):
        capture = payloads.capture_of(name, ground.contract.events[name], {})
        over = replace(capture, times=ceiling + 2)
        yield ground.scenario([over, do.Flush(), do.Shutdown()])
    known = catalogue.ceilings(ground.contract)
    high = [name for name, ceiling in known.items() if MANY < ceiling <= MOST]
    for name in high[-1:]:
        capture = payloads.capture_of(name, ground.contract.events[name], {})
        over = replace(capture, times=known[name] + 2)
        yield ground.scenario([over, do.Flush(), do.Shutdown()])
    for name in [n for n, ceiling in known.items() if ceiling <= MANY][: ground.virtual]:
        yield _all_day(ground, name)
        if SetClock.op in ground.capabilities.ops:
            yield _there_and_back(ground, name)


def _given_again(ground: Ground) -> Iterator[do.Scenario]:
    """As many as a day may have, an opt-out and an opt-in, and more: the day has had its events."""
    flip = next(iter(all_flips(ground.contract)), None)
    lowest = lowest_ceilings(ground.contract)
    if (
        flip is None
        or not (lowest and ground.virtual)
        or SetConsent.op not in ground.capabilities.ops
    ):
        return
    ceiling, name = min(lowest)
    capture = payloads.capture_of(name, ground.contract.events[name], {})
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    turns: Steps = [do.Flush(), flip.off, settle, flip.on, settle]
    more = replace(capture, times=2)
    steps: Steps = [replace(capture, times=ceiling), *turns, more, do.Flush(), do.Shutdown()]
    yield ground.scenario(steps, **flip.start)


def _all_day(ground: Ground, name: str) -> do.Scenario:
    """As many as a day may have at once, then one each hour: no other day begins before UTC's."""
    capture = payloads.capture_of(name, ground.contract.events[name], {})
    at_once = replace(capture, times=catalogue.ceilings(ground.contract)[name])
    hours: Steps = [step for _ in range(23) for step in (do.Advance(ms=60 * MINUTE), capture)]
    return ground.scenario([at_once, *hours, do.Flush(), do.Shutdown()])


def at_the_ceiling(ground: Ground) -> Iterator[do.Scenario]:
    """Each event with a low ceiling, just as often as that allows: one too low shows, too."""
    steps: Steps = []
    for name in low_ceilings(ground.contract):
        event = ground.contract.events[name]
        capture = payloads.capture_of(name, event, {})
        steps.append(replace(capture, times=event.ceiling_per_day or 1))
        steps.append(do.Flush())
    yield ground.scenario([*steps, do.Shutdown()])


def about_the_ceiling(ground: Ground) -> Iterator[do.Scenario]:
    """From both sides."""
    yield from each_way_over(ground)
    yield from at_the_ceiling(ground)
    yield from _given_again(ground)


def _there_and_back(ground: Ground, name: str) -> do.Scenario:
    """A day's events, the clock set to another day and back: the first day has had its events."""
    capture = payloads.capture_of(name, ground.contract.events[name], {})
    at_once = replace(capture, times=catalogue.ceilings(ground.contract)[name])
    turns: Steps = []
    for offset_ms in (DAY, 0, -DAY, 0):
        turns += [do.SetClock(offset_ms=offset_ms), capture]
    return ground.scenario([at_once, *turns, do.Flush(), do.Shutdown()])


@st.composite
def sessions_over_time(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Sessions that last for hours, or hold more records than one rollup should."""
    contract = ground.contract
    sessions = draw(st.lists(SESSIONS, min_size=1, max_size=3, unique=True))
    respawns = Respawn.op in ground.capabilities.ops
    steps: Steps = []
    for _ in range(draw(st.integers(2, 7))):
        for index, session in enumerate(sessions):
            match draw(st.integers(0, 7)):
                case 0 | 1:
                    pass
                case 2:
                    steps.append(do.EndSession(session=session))
                case 3 if respawns:
                    steps.append(do.Respawn(session=session))
                case _:
                    label = f"observer-{payloads.LETTERS[index]}"
                    steps.append(draw(payloads.good_records(contract, session, label)))
        pauses = (7 * MINUTE, 25 * MINUTE, 40 * MINUTE, 40 * MINUTE, 80 * MINUTE)
        steps.append(do.Advance(ms=draw(st.sampled_from(pauses))))
    most = ground.contract.limits.safety_max_records
    records = [i for i, step in enumerate(steps) if isinstance(step, do.Record) and step.session]
    if most and records and draw(st.integers(1, DEEP)) == DEEP:
        index = draw(st.sampled_from(records))
        step = steps[index]
        assert isinstance(step, do.Record)
        steps[index : index + 1] = [
            do.Record(
                event=step.event, session=step.session, properties=step.properties, times=most + 1
            ),
            do.Advance(ms=15 * MINUTE),
            step,
        ]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def crowded(ground: Ground) -> Iterator[do.Scenario]:
    """Many sessions that nobody ends, and the first of them goes on."""
    fold = catalogue.session_fold(ground.contract)
    assert fold is not None
    carrier = str(fold.properties[str(fold.attribution)].of)

    def record(number: int) -> do.Record:
        label = "observer-b" if number else LABEL
        return do.Record(event=fold.occurrence, session=FIRST + number, properties={carrier: label})

    steps = [record(number) for number in (*range(CROWD), 0)]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def set_back(ground: Ground) -> Iterator[do.Scenario]:
    """The clock set back a little, by days or by years, in an open window or after it."""
    fold = catalogue.window_fold(ground.contract)
    if fold is None or SetClock.op not in ground.capabilities.ops:
        return
    context = do.Record(event=fold.occurrence, properties={})
    over = do.Advance(ms=11 * MINUTE)
    sessions = catalogue.session_fold(ground.contract)
    if sessions is not None:
        # What belongs to a session that nobody names belongs to no window either.
        nobodys = do.Record(event=sessions.occurrence, properties={})
        for some in ([context, nobodys], [nobodys]):
            yield ground.scenario([*some, over, do.Flush(), do.Shutdown()])
    for before, step, after in itertools.product(
        ((), (over,), (do.Advance(ms=DECADE),)),
        (30_000, 20 * MINUTE, 48 * 60 * MINUTE, DECADE),
        ((), (context,)),
    ):
        now = sum(advance.ms for advance in before)
        back = do.SetClock(offset_ms=now - step)
        steps: Steps = [context, *before, back, *after, over, do.Flush(), do.Shutdown()]
        yield ground.scenario(steps)


@st.composite
def windows_over_time(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Windows with ends of sessions among them, and a clock that goes both ways."""
    contract, session = ground.contract, draw(SESSIONS)
    beats: list[Kind] = ["pass", "pass", "pass", "flush"]
    # What a steady clock has to give is judged more closely.
    if SetClock.op in ground.capabilities.ops and draw(st.booleans()):
        beats += ["back", "back"]
    steps: Steps = []
    now = 0
    for _ in range(draw(st.integers(2, 5))):
        for _ in range(draw(st.integers(1, 3))):
            match draw(st.integers(0, 4)):
                case 0:
                    steps.append(do.EndSession(session=session))
                case 1:
                    steps.append(draw(payloads.good_records(contract, session, "observer-a")))
                case _:
                    steps.append(draw(payloads.good_contexts(contract)))
        match draw(st.sampled_from(beats)):
            case "pass":
                seldom = draw(st.integers(1, DEEP)) == DEEP
                usual = st.sampled_from((1_000, 6 * MINUTE, 11 * MINUTE))
                pause = DECADE if seldom else draw(usual)
                steps.append(do.Advance(ms=pause))
                now += pause
            case "back":
                if draw(st.booleans()):
                    steps.append(do.Advance(ms=6 * MINUTE))
                    now += 6 * MINUTE
                now -= draw(st.sampled_from((30_000, 20 * MINUTE, 48 * 60 * MINUTE)))
                steps.append(do.SetClock(offset_ms=now))
            case _:
                steps.append(do.Flush())
    if draw(st.booleans()):
        steps += [do.Advance(ms=11 * MINUTE), do.Flush()]
    return ground.scenario([*steps, do.Flush(), do.Shutdown(), *draw(_afterwards(ground))])


@st.composite
def machine(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Everything at once, in any order.

    A third of the scenarios have trouble among it: networks that fail once or an opt-out and
    perhaps back, by environment or by file, and crashes. The others have none, so that their sums
    are judged to the last record.
    """
    steps = draw(_interleaved(ground))
    start: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 2:  # noqa: PLR2004 - a third
        kinds = draw(st.lists(st.sampled_from(_troubles(ground)), min_size=1, max_size=3))
        # A retry waits in real time: virtual time that passes meanwhile would make it look late.
        failing = kinds[0] != "flip"
        for kind in kinds:
            match kind:
                case "fault" if failing:
                    fault = do.Network(behaviour=Times(1, draw(st.sampled_from(FAULTS))))
                    steps.insert(draw(st.integers(0, len(steps))), fault)
                case "flip" if not failing and not start:
                    start = draw(_flipped(ground, steps))
                case "crash":
                    steps.insert(draw(st.integers(0, len(steps))), do.Crash())
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **start)


def _troubles(ground: Ground) -> list[Trouble]:
    possible = {
        "fault": Flush.op in ground.capabilities.ops,
        "flip": SetConsent.op in ground.capabilities.ops,
        "crash": "child process" in ground.surroundings,
    }
    return [kind for kind in get_args(Trouble) if possible[kind]]


@st.composite
def _flipped(draw: st.DrawFn, ground: Ground, steps: Steps) -> dict[str, Any]:
    """An opt-out somewhere in ``steps``, and perhaps an opt-in later; what they start from."""
    flip: Flip = draw(flips(ground.contract))
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    out, back = sorted(draw(st.tuples(*[st.integers(0, len(steps))] * 2)))
    if draw(st.booleans()):
        steps[back:back] = [flip.on, settle]
    steps[out:out] = [flip.off, settle] if draw(st.booleans()) else [flip.off]
    return flip.start


@st.composite
def _interleaved(draw: st.DrawFn, ground: Ground) -> Steps:
    """What a program does on a good day, over seconds and hours, by a clock that may be set."""
    contract, ops = ground.contract, ground.capabilities.ops
    possible = {
        "respawn": Respawn.op in ops,
        "back": SetClock.op in ops,
        "context": catalogue.window_fold(contract) is not None,
    }
    kinds = [kind for kind in get_args(Kind) if possible.get(kind, True)]
    sessions = draw(st.lists(SESSIONS, min_size=1, max_size=3, unique=True))
    # Powers of two tell records apart, and repeats count them: a scenario has one of the two.
    marked = draw(st.booleans())
    steps: Steps = []
    now = 0
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=14)):
        index = draw(st.integers(0, len(sessions) - 1))
        session = sessions[index]
        match kind:
            case "record":
                label = f"observer-{payloads.LETTERS[index]}"
                mark = 2 ** len(steps) if marked else None
                record = draw(payloads.good_records(contract, session, label, mark=mark))
                times = 1 if marked else draw(st.sampled_from((1, 1, 2, 7)))
                steps.append(replace(record, times=times))
            case "context":
                steps.append(draw(payloads.good_contexts(contract)))
            case "end":
                steps.append(do.EndSession(session=session))
            case "respawn":
                steps.append(do.Respawn(session=session))
            case "pass":
                pause = draw(st.sampled_from((1_000, 10 * MINUTE, 40 * MINUTE, 300 * MINUTE)))
                steps.append(do.Advance(ms=pause))
                now += pause
            case "back":
                now -= draw(st.sampled_from((30_000, 10 * MINUTE, 48 * 60 * MINUTE)))
                steps.append(do.SetClock(offset_ms=now))
            case "flush":
                steps.append(do.Flush())
    return steps


@st.composite
def _afterwards(draw: st.DrawFn, ground: Ground) -> Steps:
    """What a program may still do after its shutdown, half of the time."""
    if draw(st.booleans()):
        return []
    session = draw(SESSIONS)
    late = draw(payloads.good_records(ground.contract, session, "observer-late"))
    return [late, do.EndSession(session=session), do.Shutdown()]


@st.composite
def interleavings(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Records and ends of a few sessions in any order, ends twice over and flushes among them."""
    sessions = draw(st.lists(SESSIONS, min_size=1, max_size=4, unique=True))
    steps: Steps = []
    kinds = st.sampled_from(["record", "record", "record", "end", "flush"])
    for kind in draw(st.lists(kinds, min_size=1, max_size=12)):
        index = draw(st.integers(0, len(sessions) - 1))
        session = sessions[index]
        if kind == "record":
            label = f"observer-{payloads.LETTERS[index]}"
            record = draw(payloads.good_records(ground.contract, session, label))
            times = draw(st.sampled_from([1, 1, 1, 2, 5]))
            numbers = [
                key
                for key in record.properties
                if ground.contract.properties[key].type in ("count", "number")
            ]
            if numbers and draw(st.integers(0, 4)) == 0:
                spoiled = draw(st.sampled_from(numbers))
                bad = draw(st.sampled_from(payloads.invalid(ground.contract.properties[spoiled])))
                record.properties[spoiled] = bad
            steps.append(
                do.Record(
                    event=record.event, session=session, properties=record.properties, times=times
                )
            )
        else:
            steps.append(do.EndSession(session=session) if kind == "end" else do.Flush())
    steps += [do.EndSession(session=session) for session in sessions if draw(st.booleans())]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])

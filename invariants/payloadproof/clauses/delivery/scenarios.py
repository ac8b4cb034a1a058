"""Scenarios of full queues: as many events as a batch holds, one less, one more, and an end."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st

from payloadproof.contract import Event, catalogue
from payloadproof.contract.sample import captures
from payloadproof.generate import networks, payloads
from payloadproof.generate.ground import Ground, Steps
from payloadproof.generate.near import ends_that_fit
from payloadproof.recorder.script import Slow, Times
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

MINUTE, DAY_MS = 60_000, 86_400_000
_QUEUE = 153  # events: more than a hundred wait behind those that a client sends by itself
_FEW = 400  # captures: a day that has more of an event takes too long
# On both sides of where clients cut: 10, 20, 50 and 100 events to a batch.
FLUSHED_EVERY = 50  # captures of a share, or a queue that is full would look like one
QUEUED = (1, 2, 3, 9, 11, 19, 20, 21, 49, 51, 99, 101, 103)


def full_queues(ground: Ground) -> Iterator[do.Scenario]:
    """Each length of a queue that the ceilings allow, and a shutdown without a flush."""
    for length in (3, 21, 103):
        steps: Steps = []
        for name, event in catalogue.sendable(ground.contract).items():
            number = min(length - len(steps), event.ceiling_per_day or length)
            plain = payloads.capture_of(name, event, {})
            if event.transport == "worker":
                steps += [plain] * number
        yield ground.scenario([*steps, do.Shutdown()])
    yield from _another_day(ground)
    yield from _whole_values(ground)
    yield from _behind_a_slow_answer(ground)


def _behind_a_slow_answer(ground: Ground) -> Iterator[do.Scenario]:
    """More than a queue of a hundred holds, while one answer is waited for; and one more event.

    Nothing is wrong: the service takes its time once.
    """
    contract = ground.contract
    name = next((n for n, e in catalogue.plainly_sent(contract).items() if _is_often(e)), None)
    if name is None:
        return
    one = payloads.capture_of(name, contract.events[name], {})
    slow = do.Network(behaviour=Times(1, Slow(head_s=0.9)))
    some: Steps = [one] * 25
    yield ground.scenario([slow, *some, *[one] * 128, do.Flush(), do.Shutdown()])
    if ground.virtual:
        begun: Steps = [slow, one, one, do.Advance(ms=16_000), one]
        for end in ([do.Flush(), do.Shutdown()], [do.Shutdown()]):
            yield ground.scenario([*begun, *end])


def _is_often(event: Event) -> bool:
    many = event.ceiling_per_day is None or event.ceiling_per_day > _QUEUE
    return many and event.transport == "worker" and event.sample is None


def _whole_values(ground: Ground) -> Iterator[do.Scenario]:
    """Each event with values that only just fit: a rule that is too strict loses one of them."""
    contract = ground.contract
    steps: Steps = []
    for name, event in catalogue.sendable(contract).items():
        marker = payloads.marker_of(contract, event)
        shapes = {key: contract.properties[key] for key in event.properties if key != marker}
        ends = {
            key: ends_that_fit(shape, contract.limits.string_max_chars)
            for key, shape in shapes.items()
        }
        rows = max(map(len, ends.values()), default=0)
        for row in range(min(rows, event.ceiling_per_day or rows)):
            values = {key: each[row] for key, each in ends.items() if row < len(each)}
            if marker:
                values[marker] = FIRST_MARK + len(steps)
            steps.append(payloads.capture_of(name, event, values))
    if steps:
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _another_day(ground: Ground) -> Iterator[do.Scenario]:
    """A minute before midnight one more than a day may have, and a minute after it as many."""
    events = ground.contract.events
    low = {n: most for n, most in catalogue.ceilings(ground.contract).items() if most <= _FEW}
    name = next((n for n in low if events[n].transport == "worker" and not events[n].sample), None)
    if not ground.virtual or name is None:
        return
    ceiling = low[name]
    plain = payloads.capture_of(name, events[name], {})
    steps: Steps = [
        do.Advance(ms=DAY_MS - MINUTE),
        msgspec.structs.replace(plain, times=ceiling + 1),
        do.Flush(),
        do.Advance(ms=2 * MINUTE),
        msgspec.structs.replace(plain, times=ceiling),
    ]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def shares(ground: Ground) -> Iterator[do.Scenario]:
    """Of each sampled event as many captures as tell its share from always and never."""
    for name, event in catalogue.sendable(ground.contract).items():
        number = captures(event.sample, event.ceiling_per_day) if event.sample else 0
        plain = payloads.capture_of(name, event, {})
        steps: Steps = []
        for begun in range(0, number, FLUSHED_EVERY):
            times = min(number - begun, FLUSHED_EVERY)
            steps += [msgspec.structs.replace(plain, times=times), do.Flush()]
        if steps:
            yield ground.scenario([*steps, do.Shutdown()])


def samples(ground: Ground) -> bool:
    """Whether there is a share that can be judged."""
    return next(shares(ground), None) is not None


@st.composite
def queues(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Captures of several kinds, marked where they can be, and one end or two."""
    contract = ground.contract
    steps: Steps = []
    markable = networks.can_mark(ground)
    for _ in range(draw(st.integers(1, 4))):
        at = len(steps) if markable and draw(st.booleans()) else None
        steps.append(draw(payloads.good_captures(contract, step=at)))
        if draw(st.integers(0, 3)) == 0:
            steps.append(do.Flush())
    more = networks.markable(contract)
    if more is not None and draw(st.booleans()):
        name, event, key = more
        length = min(draw(st.sampled_from(QUEUED)), (event.ceiling_per_day or 1_000) // 2)
        steps += [
            payloads.capture_of(name, event, {key: FIRST_MARK + len(steps) + number})
            for number in range(length)
        ]
    ends: Steps = draw(
        st.sampled_from([[do.Shutdown()], [do.Flush()], [do.Flush(), do.Shutdown()]])
    )
    return ground.scenario([*steps, *ends])

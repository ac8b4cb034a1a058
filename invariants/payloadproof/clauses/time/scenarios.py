"""Scenarios in which time passes between what happens and what is sent."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from payloadproof.generate import laden, networks, payloads
from payloadproof.generate.ground import SESSION, Ground, Steps
from payloadproof.protocol.messages import SetClock
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

_HOUR_MS = 3_600_000
# Up to a moment before and after a minute, an hour, midnight and a day: the scenario starts at one.
# A timer of some seconds has fired by then, and its time is none of now.
_BETWEEN_TICKS_MS = 8_000
_HOURS = (7 * _HOUR_MS, 24 * _HOUR_MS - 1, 25 * _HOUR_MS)
WAITS = (0, 1, 999, 1_500, _BETWEEN_TICKS_MS, 59_999, 61_000, *_HOURS)


def waited_out(ground: Ground) -> Iterator[do.Scenario]:
    """Two captures with time between them, flushed once; the last pair across midnight."""
    marked = networks.markable(ground.contract)
    if marked is None:
        return
    name, event, key = marked

    def capture(index: int) -> do.Capture:
        properties = {key: FIRST_MARK + index}
        return do.Capture(event=name, properties=properties, person=event.profile)

    for wait in (1_500, _BETWEEN_TICKS_MS, 24 * _HOUR_MS - 1):
        queued: Steps = [do.Advance(ms=wait), capture(1), do.Advance(ms=2_500)]
        yield ground.scenario([*queued, capture(3), do.Flush(), do.Shutdown()])


@st.composite
def waits(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Captures at odd moments, each of them marked, some of which wait for the next flush."""
    contract = ground.contract
    steps: Steps = []
    moving: Steps = [do.Advance(ms=ms) for ms in WAITS]
    if SetClock.op in ground.capabilities.ops:
        moving += [do.SetClock(offset_ms=ms) for ms in WAITS]
    moves = st.sampled_from(moving)
    for _ in range(draw(st.integers(1, 3))):
        steps.append(draw(moves))
        steps.append(draw(payloads.good_captures(contract, step=len(steps))))
        if draw(st.booleans()):
            steps.append(draw(moves))
        if draw(st.booleans()):
            steps.append(do.Flush())
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def begun_before(ground: Ground) -> Iterator[do.Scenario]:
    """A session and a window, and a clock that is set between their first record and their end."""
    over = do.Advance(ms=11 * 60_000)
    folded: tuple[tuple[Steps, Steps], ...] = (
        (laden.plain_record(ground), [do.EndSession(session=SESSION)]),
        (laden.plain_context(ground), [over]),
    )
    for records, ends in folded:
        for offset in (_HOUR_MS, -_HOUR_MS) if records else ():
            turns: Steps = [do.SetClock(offset_ms=offset), *ends, do.Flush()]
            yield ground.scenario([*records, *turns, do.Shutdown()])

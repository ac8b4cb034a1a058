"""Scenarios of full queues: as many events as a batch holds, one less, one more, and an end."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import networks, payloads
from payloadproof.generate.ground import Ground, Steps
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

# On both sides of where clients cut: 10, 20, 50 and 100 events to a batch.
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

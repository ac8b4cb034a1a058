"""Scenarios of hostile values where an error stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.errors import frames, having, label, ways
from payloadproof.generate.ground import Ground, Steps
from payloadproof.protocol.codec import TAG
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


@st.composite
def hostile_errors(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Hostile values as errors, messages, causes, tracebacks and properties; then a plain error."""
    kinds = st.sampled_from(ground.capabilities.hostile)
    steps: Steps = []
    for index in range(draw(st.integers(1, 3))):
        kind = draw(kinds)
        tag = {TAG: kind}
        plain = Fault(type=label(index), message="the lid is open", frames=frames(index))
        replaced = Fault(hostile=kind)
        fault = draw(
            st.sampled_from(
                [
                    replaced,
                    having(plain, message=tag),
                    having(plain, stack=tag),
                    having(plain, cause=replaced),
                    having(plain, cause=having(plain, message=tag)),
                    having(plain, context=having(plain, message=tag, stack=tag)),
                ]
            )
        )
        properties = draw(st.sampled_from([None, None, tag, {"error_category": tag}]))
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), properties=properties))
    steps += [draw(payloads.good_captures(ground.contract)), do.Flush(), do.Shutdown()]
    return ground.scenario(steps)


def each_hostile_error(ground: Ground) -> Iterator[do.Scenario]:
    """Every hostile value as an error, its message and its properties, by each way; an event."""
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    capture = do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
    errors = ground.contract.errors
    listed = ground.contract.events[next(iter(errors))].properties[:1]
    for way in ground.capabilities.errors:
        faults: list[Fault] = []
        for kind in ground.capabilities.hostile:
            plain = Fault(type=label(len(faults)), frames=frames(len(faults)))
            faults += [Fault(hostile=kind), having(plain, message={TAG: kind})]
        steps: Steps = [do.RaiseError(error=fault, via=way) for fault in faults]
        # What the caller says of an error stands beside it, and is as hostile.
        for index, kind in enumerate(ground.capabilities.hostile, start=len(faults)):
            plain = Fault(type=label(index), frames=frames(index))
            tag = {TAG: kind}
            said: tuple[Any, ...] = (tag, dict.fromkeys(listed, tag)) if listed else (tag,)
            steps += [do.RaiseError(error=plain, via=way, properties=one) for one in said]
        yield ground.scenario([*steps, capture, do.Flush(), do.Shutdown()])

"""Scenarios of errors while consent, or the switch for errors, is off."""

from __future__ import annotations

from hypothesis import strategies as st

from payloadproof.generate import ground as grounds
from payloadproof.generate import payloads
from payloadproof.generate.errors import frames, label, ways
from payloadproof.generate.ground import Ground, Steps
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


@st.composite
def switched_off(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The switch for errors is off, and ordinary events are captured beside them."""
    variable = ground.contract.variables.errors
    assert variable
    values = [v for roles in ground.contract.errors.values() for v in roles.switched_off]
    some = draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=3))
    steps: Steps = [
        do.RaiseError(
            error=Fault(type=label(i), message="the lid is open", frames=frames(i)),
            via=draw(ways(ground)),
        )
        for i in some
    ]
    captures = st.lists(payloads.good_captures(ground.contract), min_size=1, max_size=2)
    state = grounds.opted_in(ground.contract)
    spelled = draw(st.sampled_from(values))
    spelled = draw(
        st.sampled_from([spelled, spelled.upper(), f" {spelled}", f"{spelled.title()}\t"])
    )
    state["env"] = state["env"] | {variable: spelled}
    order = draw(st.permutations([*steps, *draw(captures)]))
    return ground.scenario([*order, do.Flush(), do.Shutdown()], **state)


@st.composite
def consent_changes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors before an opt-out, while it stands, and after it."""
    flip = draw(grounds.flips(ground.contract))
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    steps: Steps = []

    def some(least: int) -> None:
        for _ in range(draw(st.integers(least, 2))):
            index = len(steps)
            fault = Fault(type=label(index), message="the lid is open", frames=frames(index))
            times = draw(st.sampled_from([1, 3]))
            steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), times=times))

    some(0)
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps += [flip.off, settle]
    some(1)
    if draw(st.booleans()):
        steps += [do.Advance(ms=120_000)]
    steps += [flip.on, settle]
    some(1)
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **flip.start)

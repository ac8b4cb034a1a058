"""Scenarios of installs: each runs twice, since it has a secret, and so in two homes."""

from __future__ import annotations

from hypothesis import strategies as st

from payloadproof.generate import payloads
from payloadproof.generate.ground import Ground, Steps, one_session, opted_in
from payloadproof.scenario import steps as do


@st.composite
def fresh_homes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Events by every way, in one batch or in several, and a name of the person's own."""
    steps: Steps = []
    for _ in range(draw(st.integers(2, 4))):
        steps.append(draw(payloads.good_captures(ground.contract)))
        if draw(st.booleans()):
            steps.append(do.Flush())
    steps += draw(one_session(ground))
    state = opted_in(ground.contract)
    state["env"] = state["env"] | {"USER": "{canary:0}"}
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **state)

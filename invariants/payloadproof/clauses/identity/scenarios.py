"""Scenarios of installs: each runs twice, since it has a secret, and so in two homes."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st
from msgspec.structs import replace

from payloadproof.contract import catalogue
from payloadproof.contract.consent import states
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


def lost_files(ground: Ground) -> Iterator[do.Scenario]:
    """The file is written anew with a decision and without the id, and the run goes on.

    Twice, since a program may draw another one each time; consent is on throughout.
    """
    contract, layer = ground.contract, ground.contract.consent_file
    if layer is None or not layer.id_keys:
        return
    state = opted_in(contract)
    captures: Steps = [
        payloads.capture_of(name, event, {})
        for name, event in list(catalogue.plainly_sent(contract).items())[:1]
    ]
    text = layer.holding("on")
    if text is not None and contract.consent.decide(state["env"], text)[0] == "on":
        lost: Steps = [*captures, do.Flush(), do.WriteConsent(text=text)]
        yield ground.scenario([*lost, *lost, *captures, do.Flush(), do.Shutdown()], **state)


def unkept(ground: Ground) -> Iterator[do.Scenario]:
    """A home that keeps no id, and two events: a file in its place, a file that is damaged.

    Consent is on by a variable, or for want of a decision.
    """
    contract = ground.contract
    env = {"USER": "{canary:0}"}
    name, event = next(iter(catalogue.plainly_sent(contract).items()))
    sent: Steps = [payloads.capture_of(name, event, {}), do.Flush()]
    steps: Steps = [*sent, *sent, do.Shutdown()]
    state = opted_in(contract)
    if "consent_text" not in state:
        yield replace(ground.scenario(steps, env=state["env"] | env), data="file")
    layer = contract.consent_file
    damaged = "{" if layer is not None and layer.format == "json" else None
    for said in (said for one in contract.consent.layers for said, _ in states(one, "on")):
        if damaged and contract.consent.decide(said, damaged)[0] == "on":
            yield ground.scenario(steps, env=said | env, consent_text=damaged)
            return

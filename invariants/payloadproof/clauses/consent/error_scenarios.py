"""Scenarios of errors while consent, or the switch for errors, is off."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import ground as grounds
from payloadproof.generate import payloads
from payloadproof.generate.errors import frames, label, ways
from payloadproof.generate.ground import Ground, Steps
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


@st.composite
def switched_off(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The switch for errors is off, and ordinary events are captured beside them."""
    variable, _ = _switch(ground)
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


def turned(ground: Ground) -> Iterator[do.Scenario]:
    """The switch turned off and on again, with errors on each way before, between and after.

    One of them stands to be counted when it is turned off.
    """
    variable, word = _switch(ground)
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    window = max(roles.window_ms for roles in ground.contract.errors.values())
    off, on = do.SetEnv(env={variable: word}), do.SetEnv(env={variable: None})
    some = [_raised(ground, number, 3) for number in range(3)]
    plain = _captures(ground)
    between: Steps = [*some[1], *plain, do.Flush(), do.Advance(ms=2 * window), do.Flush()]
    steps: Steps = [*some[0], do.Flush(), off, settle, *between, on, settle, *some[2]]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])
    state = grounds.opted_in(ground.contract)
    state["env"] = state["env"] | {variable: word}
    steps = [*some[0], *plain, do.Flush(), on, settle, *some[1], do.Flush()]
    yield ground.scenario([*steps, do.Shutdown()], **state)
    # What waits in one batch: the errors of it may go, and the rest may not.
    queued: Steps = [*plain, *_raised(ground, 3, 1), *plain, off, *plain]
    yield ground.scenario([*queued, do.Flush(), do.Shutdown()])


@st.composite
def turned_again(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Some of the steps of these."""
    whole = draw(st.sampled_from(list(turned(ground))))
    kept = [
        step
        for step in whole.steps[:-2]
        if not isinstance(step, do.RaiseError | do.Capture | do.Flush) or draw(st.integers(0, 2))
    ]
    return msgspec.structs.replace(whole, steps=(*kept, do.Flush(), do.Shutdown()))


def _raised(ground: Ground, number: int, times: int) -> Steps:
    """An error on each way, of a class that no other has."""
    found: Steps = []
    for index, via in enumerate(ground.capabilities.errors, start=number * 8):
        fault = Fault(type=label(index), message="the lid is open", frames=frames(index))
        found.append(do.RaiseError(error=fault, via=via, times=times))
    return found


def _captures(ground: Ground) -> Steps:
    """One event of the worker's, where it has any, and as plain as can be."""
    events = catalogue.sendable(ground.contract)
    name = max(events, key=lambda one: events[one].transport == "worker")
    return [payloads.capture_of(name, events[name], {})]


def _switch(ground: Ground) -> tuple[str, str]:
    """The variable of the switch for errors, and a word by which it is off."""
    variable = ground.contract.variables.errors
    assert variable
    roles = ground.contract.errors.values()
    return variable, next(word for one in roles for word in one.switched_off)


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

"""Scenarios in which a host program is tried: slow ends, broken directories, spoiled input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.generate import payloads
from payloadproof.generate.payloads import FIRST_MARK
from payloadproof.generate.strategies import LABEL, SESSIONS, Ground, Steps, one_session, opted_in
from payloadproof.recorder.script import Answer, Behaviour, Hang, Refuse
from payloadproof.scenario import steps as do

# Each costs a client the whole of its patience: a table, and no more of it than it takes.
UNWILLING: tuple[Behaviour, ...] = (
    Hang(),
    Refuse(),
    Answer(status=503, body="", headers={"Retry-After": "30"}),
)


def slow_ends(ground: Ground) -> Iterator[do.Scenario]:
    """A connection that works, then a server that does not, and a program that wants to end."""
    events = payloads.sendable(ground.contract)
    plain = {event.transport: (name, event) for name, event in events.items()}
    captures = [
        do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
        for name, event in plain.values()
    ]
    for behaviour in UNWILLING:
        network = do.Network(behaviour=behaviour)
        yield ground.scenario([*captures, do.Flush(), network, *captures, do.Shutdown()])


def slow_ends_again(ground: Ground) -> SearchStrategy[do.Scenario]:
    """The same table: chance adds nothing to it."""
    return st.sampled_from(list(slow_ends(ground)))


@st.composite
def broken_directories(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """No data directory, or a file in its place, and everything that a program does."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=3))
    steps += draw(one_session(ground))
    scenario = ground.scenario([*steps, do.Flush(), do.Shutdown()], **_by_environment(ground))
    return msgspec.structs.replace(scenario, data=draw(st.sampled_from(["missing", "file"])))


@st.composite
def spoiled_input(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """What is sent without trouble first, then the same with a hostile value in its midst."""
    contract = ground.contract
    evil = draw(payloads.hostile(ground.capabilities.hostile))
    first = draw(payloads.good_captures(contract, step=0))
    steps: Steps = [first]
    sessions = draw(st.lists(SESSIONS, min_size=2, max_size=2, unique=True))

    def record(session: int) -> do.Record:
        return draw(payloads.good_records(contract, session, LABEL, mark=2 ** len(steps)))

    recorded = ground.sessions and draw(st.booleans())
    if recorded:
        steps.append(record(sessions[0]))
        steps.append(do.EndSession(session=sessions[0]))
    steps.append(do.Flush())

    def again(**changes: Any) -> do.Capture:
        marked = {k: _remarked(v, len(steps)) for k, v in first.properties.items()}
        return msgspec.structs.replace(first, properties=marked | changes)

    listed = [key for key in contract.events[first.event].properties if key not in first.properties]
    place = st.sampled_from([*listed, "unlisted"])
    steps.append(again())
    spoiled: do.AnyStep = again(**{draw(place): evil})
    if draw(st.integers(0, 2)) == 0:
        spoiled = msgspec.structs.replace(first, properties=evil)
    steps.append(spoiled)
    steps.append(again())
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps.append(again())
    if recorded:
        steps.append(record(sessions[1]))
        good = record(sessions[1])
        whole = draw(st.booleans())
        bad = evil if whole else good.properties | {"unlisted": evil}
        steps.append(msgspec.structs.replace(good, properties=bad))
        steps.append(record(sessions[1]))
        steps.append(do.EndSession(session=sessions[1]))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _remarked(value: Any, index: int) -> Any:
    return FIRST_MARK + index if value == FIRST_MARK else value


@st.composite
def kept_objects(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Objects that their owner goes on using: listed text, nested values, records."""
    contract = ground.contract
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract, step=len(steps)))
        more: dict[str, Any] = {"unlisted": {"inner": [1]}} if draw(st.booleans()) else {}
        steps.append(msgspec.structs.replace(good, properties=good.properties | more))
    steps += draw(one_session(ground))
    scenario = ground.scenario([*steps, do.Flush(), do.Shutdown()])
    return msgspec.structs.replace(scenario, overwrites=True)


def _by_environment(ground: Ground) -> dict[str, Any]:
    """Consent by environment where the contract can say so: there is no directory for a file."""
    state = opted_in(ground.contract)
    return {"env": state["env"]}

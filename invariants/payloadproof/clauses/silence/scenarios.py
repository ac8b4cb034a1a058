"""Scenarios in which a host program is tried: hostile values, bad networks, broken directories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import laden, payloads
from payloadproof.generate.errors import can_raise, frames, label, logs
from payloadproof.generate.ground import (
    LABEL,
    SESSIONS,
    Ground,
    Steps,
    all_flips,
    least_session,
    one_session,
    opted_in,
)
from payloadproof.generate.property import can_change
from payloadproof.protocol.messages import Fault, Instrument
from payloadproof.recorder.script import (
    Answer,
    Behaviour,
    Cut,
    Hang,
    Refuse,
    Reset,
    Withhold,
)
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK, FULL, Instead

# Each costs a client the whole of its patience: a table, and no more of it than it takes.
UNWILLING: tuple[Behaviour, ...] = (
    Hang(),
    Refuse(),
    Answer(status=503, body="", headers={"Retry-After": "30"}),
)

_NO_FOLDERS: tuple[Instead, ...] = ("file", "pipe", "loop")


def slow_ends(ground: Ground) -> Iterator[do.Scenario]:
    """A connection that works, then a server that does not, and a program that wants to end."""
    captures = _one_for_each_transport(ground)
    for behaviour in UNWILLING:
        network = do.Network(behaviour=behaviour)
        steps: Steps = [*captures, do.Flush(), network, *captures, *_open_sessions(ground)]
        yield ground.scenario([*steps, do.Shutdown()])


def _open_sessions(ground: Ground) -> Steps:
    """Records of several sessions that nobody ends, and of a window: all of them are due."""
    records = (step for step in least_session(ground) if isinstance(step, do.Record))
    found: Steps = [
        msgspec.structs.replace(record, session=(record.session or 0) + number)
        for record in records
        for number in range(3)
    ]
    return [*found, *laden.plain_context(ground)]


def _one_for_each_transport(ground: Ground) -> list[do.Capture]:
    events = catalogue.plainly_sent(ground.contract)
    plain = {event.transport: (name, event) for name, event in events.items()}
    return [
        do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
        for name, event in plain.values()
    ]


@st.composite
def broken_directories(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """No data directory, or a file in its place, and everything that a program does."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=3))
    steps += [*draw(one_session(ground)), *worth_a_line(ground)]
    scenario = ground.scenario([*steps, do.Flush(), do.Shutdown()], **_by_environment(ground))
    return msgspec.structs.replace(scenario, data=draw(st.sampled_from(["missing", "file"])))


def worth_a_line(ground: Ground) -> Steps:
    """What a program logs: a stray event, a line of its own, an error that its logger is given."""
    steps: Steps = [do.Capture(event=name) for name in ground.contract.forbidden_events[:1]]
    if Instrument.op in ground.capabilities.ops:
        steps.append(do.Instrument(component="WORKER", level="warn", message="begun and done"))
    if logs(ground):
        fault = Fault(type=label(0), message="the lid is open", frames=frames(0))
        steps.append(do.RaiseError(error=fault, via="logger"))
    return steps


def taken_log_folders(ground: Ground) -> Iterator[do.Scenario]:
    """Something else where the log's folder should be, and something that is worth a line of it."""
    captures = _one_for_each_transport(ground)
    for instead in _NO_FOLDERS:
        steps: Steps = [*captures, *worth_a_line(ground), do.Flush(), *captures, do.Shutdown()]
        yield msgspec.structs.replace(ground.scenario(steps), instead={"log": instead})


def logs_in_a_folder(ground: Ground) -> bool:
    """Whether the contract's log has a folder of its own in the data directory."""
    return any("/" in pattern for pattern in ground.contract.files.log)


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


@st.composite
def hostilities(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Values that JSON cannot hold, as properties, inside them, and as the event's name."""
    contract = ground.contract
    evil = payloads.hostile(ground.capabilities.hostile)
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        listed = contract.events[good.event].properties
        keys = st.sampled_from(listed) if listed else payloads.unlisted_keys(contract)
        inside = st.dictionaries(
            keys | payloads.unlisted_keys(contract), evil, min_size=1, max_size=3
        )
        properties = draw(evil) if draw(st.booleans()) else good.properties | draw(inside)
        event = draw(st.just(good.event) | evil) if draw(st.booleans()) else good.event
        steps.append(
            do.Capture(
                event=event,
                properties=properties,
                person=good.person,
                transport=good.transport,
            )
        )
    if ground.sessions:
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        inside = st.dictionaries(st.sampled_from([*record.properties]), evil, min_size=1)
        bad = draw(evil) if draw(st.booleans()) else record.properties | draw(inside)
        steps += [
            do.Record(event=record.event, session=session, properties=bad),
            do.EndSession(session=session),
            do.EndSession(session=session),
        ]
    steps += [draw(payloads.good_captures(contract)), do.Flush(), do.Shutdown()]
    return ground.scenario(steps)


NETWORKS: tuple[Behaviour, ...] = (
    Withhold(),
    Answer(status=500, body="oops"),
    Answer(status=503, body=""),
    Answer(body="<html>not what you expected"),
    Reset(),
    Cut(),
    Refuse(),
)


@st.composite
def bad_networks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Enough captures to make a client send, while the server does not answer as it should."""
    contract = ground.contract
    behaviour = draw(st.sampled_from(NETWORKS))
    some = st.lists(payloads.good_captures(contract), min_size=1, max_size=3)
    steps: Steps = [*draw(some)]
    # A connection that is open already when the trouble begins, or none.
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps.append(do.Network(behaviour=behaviour))
    # A worker may be busy. A command captures once, and each of its captures may wait.
    many, times = draw(some), draw(st.sampled_from([1, 25]))
    steps += [*many, *[one for one in many if one.transport == "worker"] * (times - 1)]
    if ground.sessions:
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        steps += [record, do.EndSession(session=session)]
    steps += draw(some)
    if isinstance(behaviour, Withhold):
        steps.append(do.Flush())  # the runner releases first: whoever sends only now has been seen
    return ground.scenario(steps)


def withheld_roads(ground: Ground) -> Iterator[do.Scenario]:
    """All that a program does while the server keeps its answer back: each name, and each road.

    On a connection that is open and on none. A command may wait for its own event, and is left out.
    """
    contract = ground.contract
    captures: Steps = [
        payloads.capture_of(name, event, {})
        for name, event in catalogue.plainly_sent(contract).items()
        if event.transport == "worker"
    ]
    steps: Steps = [do.Network(behaviour=Withhold()), *captures, *worth_a_line(ground)]
    if can_raise(ground):
        fault = Fault(type=label(1), message="no water", frames=frames(1))
        steps += [do.RaiseError(error=fault, via=via) for via in ground.capabilities.errors]
    steps += [*laden.plain_context(ground), *least_session(ground)]
    if ground.virtual:
        # Until windows are closed and timers have sent what waits.
        steps += [do.Advance(ms=11 * 60_000), *captures[:1]]
    flip = next(iter(all_flips(contract)), None) if can_change(ground) else None
    if flip is not None:
        steps += [flip.off, *captures[:1], flip.on, *captures[:1]]
    state = flip.start if flip else opted_in(contract)
    for before in ([], [*captures[:1], do.Flush()]):
        yield ground.scenario([*before, *steps, do.Flush(), do.Shutdown()], **state)
    # Gone, and time for everything that sends by itself.
    if ground.virtual:
        for gone in (Refuse(), Reset()):
            later: Steps = [do.Network(behaviour=gone), *captures, do.Advance(ms=11_000)]
            yield ground.scenario([*captures[:1], do.Flush(), *later, *captures[:1]], **state)
    # More than a client sends without being asked to, and more than a short queue holds.
    busy: Steps = [do.Network(behaviour=Withhold()), *captures[-1:] * 45]
    yield ground.scenario([*busy, do.Flush(), do.Shutdown()], **state)


@st.composite
def full_disks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Something to log, then a disk that is full, and everything that a program does."""
    contract = ground.contract
    strays = [*contract.forbidden_events, "undeclared_event"]
    steps: Steps = []

    def some() -> None:
        steps.append(do.Capture(event=draw(st.sampled_from(strays)), properties={}))
        steps.append(draw(payloads.good_captures(contract)))
        steps.extend((*draw(one_session(ground)), *worth_a_line(ground)))
        if draw(st.booleans()):
            steps.append(do.Flush())

    some()
    steps.append(do.FillDisk())
    some()
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def has_full_device() -> bool:
    """Whether the platform has a device that is always full."""
    return FULL.is_char_device()

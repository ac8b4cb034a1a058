"""Scenarios of calls that log and hand over: telemetry well, and telemetry in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import Event, catalogue
from payloadproof.contract.catalogue import window_fold
from payloadproof.generate import payloads
from payloadproof.generate.ground import LABEL, SESSIONS, Ground, Steps, can_flip, flips, opted_in
from payloadproof.protocol.messages import Instrument, Level, SetConsent, Shutdown
from payloadproof.recorder.script import Answer, Behaviour, Reset, Withhold
from payloadproof.scenario import steps as do

COMPONENTS = st.sampled_from(["WORKER", "SESSION", "HTTP", "DB"])
LEVELS: SearchStrategy[Level] = st.sampled_from(["info", "warn", "error", "debug"])
WORDS = st.lists(st.sampled_from(["read", "12", "of", "rows", "again"]), max_size=5)
RARELY = st.sampled_from([False] * 7 + [True])
LONGEST = 8  # lines of so many words: more than 64 kB and less than 1 MB
LONG = 3_000  # words of a message that no buffer holds by chance
DAMAGED = '{"enabled'
# None of them makes a client wait: the network is sound again before anything is flushed.
FAILING: tuple[Behaviour, ...] = (Answer(status=400, body="no"), Reset(), Withhold())

Kind = Literal["nothing", "capture", "session", "window", "stray", "hostile"]


class Trouble(NamedTuple):
    """What telemetry is brought into, and out of; ``start`` is the scenario's state before."""

    start: dict[str, Any]
    begins: tuple[do.AnyStep, ...]
    ends: tuple[do.AnyStep, ...] = ()


def can_instrument(ground: Ground) -> bool:
    """Whether there is a call that logs and captures, and an event for it that can be counted."""
    worker = (event.transport == "worker" for event in _direct(ground).values())
    return Instrument.op in ground.capabilities.ops and any(worker)


def can_be_read(ground: Ground) -> bool:
    """Whether, beyond that, the contract says where the log is."""
    return bool(ground.contract.files.log) and can_instrument(ground)


def _direct(ground: Ground) -> dict[str, Any]:
    events = catalogue.sendable(ground.contract).items()
    return {name: event for name, event in events if event.kind == "direct"}


@st.composite
def calls(draw: st.DrawFn, ground: Ground, step: int, kinds: tuple[Kind, ...]) -> do.Instrument:
    """One call, with a message that holds a word of its own at either end."""
    words = draw(WORDS)
    if draw(RARELY):
        words *= LONG // 5
    # What a log may hold of a person's work is nothing that telemetry may send (A7).
    private = ["{canary:0}"] if draw(RARELY) else []
    plain = do.Instrument(
        component=draw(COMPONENTS),
        level=draw(LEVELS),
        message=" ".join([f"begun{step}", *words, *private, f"done{step}"]),
    )
    return msgspec.structs.replace(plain, **draw(_described(ground, kinds)))


@st.composite
def _described(draw: st.DrawFn, ground: Ground, kinds: tuple[Kind, ...]) -> dict[str, Any]:
    contract = ground.contract
    window = window_fold(contract)
    kind = draw(st.sampled_from(kinds))
    match kind:
        case "nothing":
            return {}
        case "session" if ground.sessions:
            record = draw(payloads.good_records(contract, draw(SESSIONS), LABEL))
            told = {"properties": record.properties, "session": record.session}
            return {"event": record.event, "rollup": "session", **told}
        case "window" if window:
            keys = contract.occurrences[window.occurrence].properties
            properties = draw(payloads.good_properties(contract, keys))
            return {"event": window.occurrence, "rollup": "window", "properties": properties}
        case _:
            capture = draw(_captures(ground))
            described = {"event": capture.event, "properties": capture.properties}
            if kind == "stray":
                strays = st.sampled_from([*contract.forbidden_events, "undeclared_event"])
                described["event"] = draw(strays)
            elif kind == "hostile" and ground.capabilities.hostile:
                evil = draw(payloads.hostile(ground.capabilities.hostile))
                whole = draw(st.booleans())
                described["properties"] = evil if whole else capture.properties | {"more": evil}
            return described


@st.composite
def _captures(draw: st.DrawFn, ground: Ground) -> do.Capture:
    events = [name for name, e in _direct(ground).items() if e.transport == "worker"]
    event = draw(st.sampled_from(events))
    keys = ground.contract.events[event].properties
    return do.Capture(event=event, properties=draw(payloads.good_properties(ground.contract, keys)))


@st.composite
def handed_over(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Calls of every sound kind, ordinary captures and records among them, to the end."""
    steps: Steps = []
    for _ in range(draw(st.integers(1, 6))):
        call = draw(
            calls(ground, len(steps), ("nothing", "capture", "capture", "session", "window"))
        )
        beside = call.handed_over
        steps.append(call)
        if beside and draw(st.integers(0, 3)) == 0:
            steps.append(beside)
        if call.rollup == "session" and draw(st.booleans()):
            assert call.session is not None
            steps.append(do.EndSession(session=call.session))
        if draw(st.integers(0, 3)) == 0:
            steps.append(do.Flush())
    scenario = ground.scenario([*steps, do.Flush(), do.Shutdown()])
    return msgspec.structs.replace(scenario, overwrites=draw(st.booleans()))


def one_beside_another(ground: Ground) -> Iterator[do.Scenario]:
    """Calls that describe something between calls that describe nothing, and equal calls."""
    event = next(name for name, e in _direct(ground).items() if e.transport == "worker")

    def call(step: int, described: str | None = None) -> do.Instrument:
        message = f"begun{step} done{step}"
        return do.Instrument(
            component="WORKER", level="info", message=message, event=described, properties={}
        )

    steps: Steps = [call(0), call(1, event), call(2), call(3, event), call(4)]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])
    twice = call(0, event)
    yield ground.scenario([twice, twice, call(1, event), twice, do.Flush(), do.Shutdown()])
    yield from _odd_messages(ground)
    yield from _odd_calls(ground)
    yield from _long_and_equal(ground)
    yield from _first_session(ground)


def _odd_messages(ground: Ground) -> Iterator[do.Scenario]:
    """A message that breaks lines, one of other letters and none at all, among plain ones."""
    odd = ("first\nsecond\nthird", "one\r\ntwo", "\u00e9t\u00e9 \u65e5\u672c", "\ttab", "50 % \\ 7")
    said = [f"begun{2 * n} {one} done{2 * n}" for n, one in enumerate(odd)]
    plain = [f"begun{2 * n + 1} done{2 * n + 1}" for n in range(len(odd))]
    mixed = [text for both in zip(said, plain, strict=True) for text in both]
    lines = [
        do.Instrument(component="WORKER", level="info", message=text)
        for text in (*mixed, "", f"begun{len(mixed)}")
    ]
    yield ground.scenario([*lines, do.Flush(), do.Shutdown()])


def _odd_calls(ground: Ground) -> Iterator[do.Scenario]:
    """Calls that describe what is not sent, with a person, and with more than they need."""
    events = {n: e for n, e in catalogue.sendable(ground.contract).items() if _by_worker(e)}
    described: list[dict[str, Any]] = [{"event": name} for name in events]
    described += [{"event": n, "person": True} for n, e in events.items() if e.profile]
    described += [{"event": "undeclared_event"}, {}]
    window = window_fold(ground.contract)
    if window and ground.sessions:
        described += [{"event": window.occurrence, "rollup": "window", "session": 7}, {}]
    steps: Steps = [
        do.Instrument(
            component="WORKER",
            level="info",
            message=f"begun{number} done{number}",
            **{"properties": {}, **one},
        )
        for number, one in enumerate([{}, {}, *described, {}])
    ]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _by_worker(event: Event) -> bool:
    return event.transport == "worker"


def _long_and_equal(ground: Ground) -> Iterator[do.Scenario]:
    """More than a small log would hold, then lines that are one and the same."""
    long = [
        do.Instrument(
            component="WORKER", level="info", message=f"begun{n} {'again ' * LONG}done{n}"
        )
        for n in range(LONGEST)
    ]
    same = do.Instrument(component="WORKER", level="info", message="equal lines of one kind")
    yield ground.scenario([*long, same, same, same, do.Flush(), do.Shutdown()])


def _first_session(ground: Ground) -> Iterator[do.Scenario]:
    """A line that describes a record of a session whose number is 0, which is a number."""
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    if fold is not None:
        carrier = str(fold.properties[str(fold.attribution)].of)
        line = do.Instrument(
            component="SESSION",
            level="info",
            message="begun0 done0",
            event=fold.occurrence,
            rollup="session",
            properties={carrier: LABEL},
            session=0,
        )
        yield ground.scenario([line, do.EndSession(session=0), do.Flush(), do.Shutdown()])


@st.composite
def troubled(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A call while telemetry is well, and some while it is not, of every kind."""
    trouble = draw(st.sampled_from(_troubles(ground)) | _flipped(ground))
    steps: Steps = [draw(calls(ground, 0, ("capture",))), do.Flush(), *trouble.begins]
    kinds: tuple[Kind, ...] = ("nothing", "capture", "session", "window", "stray", "hostile")
    for _ in range(draw(st.integers(1, 4))):
        steps.append(draw(calls(ground, len(steps), kinds)))
    steps += trouble.ends
    steps.append(draw(calls(ground, len(steps), kinds)))
    steps += [do.Flush(), do.Shutdown()]
    steps.append(draw(calls(ground, len(steps), kinds)))
    return ground.scenario(steps, **trouble.start)


def in_each_trouble(ground: Ground) -> Iterator[do.Scenario]:
    """Every trouble once, and a call that describes what would be sent."""
    event = next(name for name, e in _direct(ground).items() if e.transport == "worker")

    def call(step: int) -> do.Instrument:
        message = f"begun{step} done{step}"
        return do.Instrument(
            component="WORKER", level="info", message=message, event=event, properties={}
        )

    hung = do.Network(behaviour=Withhold())
    # A request that is under way while lines are written; the next answer is a good one.
    stray = msgspec.structs.replace(call(3), event="undeclared_event")
    under_way: Steps = [call(0), do.Flush(), hung, call(3), do.Advance(ms=20_000)]
    under_way += [call(len(under_way)), stray, msgspec.structs.replace(call(7), event=None)]
    healthy = do.Network(behaviour=Answer())
    if ground.virtual:
        yield ground.scenario([*under_way, healthy, do.Flush(), do.Shutdown()])
    for trouble in _troubles(ground):
        steps: Steps = [call(0), do.Flush(), *trouble.begins]
        steps += [call(len(steps)), *trouble.ends, do.Flush(), do.Shutdown()]
        yield ground.scenario(steps, **trouble.start)


def _troubles(ground: Ground) -> list[Trouble]:
    start = opted_in(ground.contract)
    healthy = do.Network(behaviour=Answer())
    found = [Trouble(start, (do.Network(behaviour=bad),), (healthy,)) for bad in FAILING]
    found.append(Trouble(start, ()))
    if Shutdown.op in ground.capabilities.ops:
        found.append(Trouble(start, (do.Shutdown(),)))
    if ground.contract.consent_file:
        found.append(Trouble(start, (do.WriteConsent(text=DAMAGED),)))
    debug = ground.contract.variables.debug
    if debug and SetConsent.op in ground.capabilities.ops:
        begins, ends = (do.SetEnv(env={debug: value}) for value in ("1", None))
        found.append(Trouble(start, (begins,), (ends,)))
    return found


@st.composite
def _flipped(draw: st.DrawFn, ground: Ground) -> Trouble:
    if not can_flip(ground):
        return Trouble(opted_in(ground.contract), ())
    flip = draw(flips(ground.contract))
    if isinstance(flip.off, do.SetEnv) and SetConsent.op not in ground.capabilities.ops:
        return Trouble(flip.start, ())
    return Trouble(flip.start, (flip.off,), (flip.on,) if draw(st.booleans()) else ())

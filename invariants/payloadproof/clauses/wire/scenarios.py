"""Scenarios of delivery and of shapes: one fault that a retry mends, and values in wrong places.

Each strategy takes a :class:`Ground`; where a small table is all there is, its cases walk it whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import Contract, Event
from payloadproof.contract.values import misfit
from payloadproof.generate import payloads
from payloadproof.generate.cases import SESSION
from payloadproof.generate.strategies import LABEL, SESSIONS, Ground, Steps
from payloadproof.protocol.messages import Record
from payloadproof.recorder.script import Answer, Cut, LoseAnswer, Reset, Single, Slow, Times
from payloadproof.scenario import steps as do

# Each happens once; then the service is well.
FAULTS: tuple[Single, ...] = (
    LoseAnswer(),
    Reset(),
    Cut(),
    Answer(status=500),
    Answer(status=503, headers={"Retry-After": "1"}),
    Answer(status=429),
    Answer(body="<html>not what you expected"),
    Slow(head_s=0.1, body_s=0.1),
)
# Answers that say that trying again is of no use.
REFUSALS = tuple(Answer(status=status) for status in (400, 401, 403, 404, 422))
PERSON_MS = 61_000  # after which PostHog upgrades what shares a distinct id with a person

# What people type and machines know, as it turns up where a short name is expected.
PRIVATE = (
    "please summarise the merger with Acme",
    "/home/acme/work/merger",
    "C:\\Users\\acme\\merger",
    "jane.doe@acme.example",
    "https://acme.example/?q=merger",
    "192.0.2.17",
)
_ODD: tuple[Any, ...] = (-5, 1.5, True, 7, "12", "yes", "out-of-set", "2026-13-45", *PRIVATE)


def can_mark(ground: Ground) -> bool:
    """Whether a worker's event can carry a number that tells it from the others."""
    return _marked(ground.contract) is not None


def has_profiles(ground: Ground) -> bool:
    """Whether some events build a person and others do not."""
    return len({event.profile for event in payloads.sendable(ground.contract).values()}) > 1


def _marked(contract: Contract) -> tuple[str, Event, str] | None:
    """A worker's event and the property that holds the marker."""
    for name, event in payloads.sendable(contract).items():
        for key in event.properties if event.transport == "worker" else ():
            if contract.properties[key].type in ("count", "number"):
                return name, event, key
    return None


def each_fault(ground: Ground) -> Iterator[do.Scenario]:
    """Every fault once, with one event before it, and two and a session after."""
    marked = _marked(ground.contract)
    if marked is None:
        return
    name, event, key = marked
    first, *others = (
        do.Capture(event=name, properties={key: 1_000 + n}, person=event.profile) for n in range(3)
    )
    session = least_session(ground)
    for fault in FAULTS:
        trouble = do.Network(behaviour=Times(1, fault))
        yield ground.scenario([first, trouble, *others, *session, do.Flush(), do.Shutdown()])
    window = payloads.window_fold(ground.contract)
    if window is not None and Record.op in ground.capabilities.ops and ground.virtual:
        context = do.Record(event=window.occurrence, properties={})
        over = do.Advance(ms=2 * (ground.contract.limits.window_ms or 0))
        trouble = do.Network(behaviour=Times(1, Reset()))
        yield ground.scenario([context, trouble, over, do.Flush(), do.Shutdown()])


def each_refusal(ground: Ground) -> Iterator[do.Scenario]:
    """Every refusal once, and time for a client that tries again all the same."""
    marked = _marked(ground.contract)
    if marked is None:
        return
    name, event, key = marked
    for refusal in REFUSALS:
        trouble = do.Network(behaviour=Times(1, refusal))
        capture = do.Capture(event=name, properties={key: 1_000}, person=event.profile)
        yield ground.scenario([trouble, capture, do.Flush(), capture, do.Flush(), do.Shutdown()])


@st.composite
def refusing_networks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Some captures refused, some not."""
    captures = payloads.good_captures(ground.contract)
    some = st.lists(captures, min_size=1, max_size=3)
    refusal = do.Network(behaviour=Times(draw(st.integers(1, 2)), draw(st.sampled_from(REFUSALS))))
    steps: Steps = [*draw(some), refusal, *draw(some), do.Flush(), *draw(some)]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def least_session(ground: Ground) -> Steps:
    """One record and an end, where there are sessions."""
    fold = payloads.session_fold(ground.contract) if ground.sessions else None
    if fold is None:
        return []
    carrier = str(fold.properties[str(fold.attribution)].of)
    record = do.Record(event=fold.occurrence, session=SESSION, properties={carrier: LABEL})
    return [record, do.EndSession(session=SESSION)]


@st.composite
def lossy_networks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """One fault among marked captures and records; connections open already, or none."""
    contract = ground.contract
    session = draw(SESSIONS)
    steps: Steps = []

    def some(least: int) -> None:
        for _ in range(draw(st.integers(least, 3))):
            marked = payloads.good_captures(contract, step=len(steps))
            steps.append(draw(marked.filter(lambda step: step.transport == "worker")))
        if ground.sessions and draw(st.booleans()):
            mark = 2 ** len(steps)
            steps.append(draw(payloads.good_records(contract, session, "observer-a", mark=mark)))

    some(0)
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps.append(do.Network(behaviour=Times(1, draw(st.sampled_from(FAULTS)))))
    some(1)
    if ground.sessions:
        steps.append(do.EndSession(session=session))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _odd(contract: Contract, keys: Iterable[str], value: Any) -> dict[str, Any]:
    """A primitive under those of the keys that it does not fit."""
    longest = contract.limits.string_max_chars
    shapes = {key: contract.properties[key] for key in keys}
    return {
        key: value for key, prop in shapes.items() if misfit(prop, value, string_max_chars=longest)
    }


def each_odd_value(ground: Ground) -> Iterator[do.Scenario]:
    """For each event, every odd value in every key that it does not fit."""
    contract = ground.contract
    for name, event in payloads.sendable(contract).items():
        places = [_odd(contract, event.properties, value) for value in _ODD]
        captures = [_capture(name, event, place) for place in (*places, {})]
        yield ground.scenario([*captures, do.Flush(), do.Shutdown()])


@st.composite
def misplaced(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Good captures with other events' keys, odd values, and dirt where a person is described."""
    contract = ground.contract
    events = payloads.sendable(contract)
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        event = events[good.event]
        properties = {**good.properties, **draw(_foreign(contract, event))}
        if draw(st.booleans()) and event.properties:
            key = draw(st.sampled_from(event.properties))
            properties |= _odd(contract, [key], draw(st.sampled_from(_ODD)))
        if event.profile and contract.person:
            about = tuple(key for key in contract.person if key in event.properties)
            properties |= draw(payloads.dirt(contract, about, ground.capabilities.hostile))
        steps.append(_capture(good.event, event, properties))
    steps.append(draw(payloads.good_captures(contract)))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _foreign(contract: Contract, event: Event) -> SearchStrategy[dict[str, Any]]:
    """Listed keys that the event does not declare, with values that fit."""
    own = {*event.properties, *event.own_properties, *contract.base}
    foreign = [key for key in contract.properties if key not in own]
    if not foreign:
        return st.just({})
    some = st.lists(st.sampled_from(foreign), min_size=1, max_size=3, unique=True)
    return some.flatmap(
        lambda keys: st.fixed_dictionaries(
            {key: payloads.fitting(contract.properties[key]) for key in keys}
        )
    )


def one_person(ground: Ground) -> Iterator[do.Scenario]:
    """The least that PostHog upgrades: small from the start, since it is found in most products."""
    captures = {
        event.profile: _capture(name, event, {})
        for name, event in reversed(payloads.sendable(ground.contract).items())
    }
    steps = (captures[True], do.Flush(), do.Advance(ms=PERSON_MS), captures[False], do.Flush())
    yield ground.scenario([*steps, do.Shutdown()])


@st.composite
def persons_and_others(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """An event that builds a person, and over a minute later others that must not."""
    captures = payloads.good_captures(ground.contract)
    about = draw(captures.filter(lambda step: step.person))
    others = draw(st.lists(captures.filter(lambda step: not step.person), min_size=1, max_size=3))
    wait = do.Advance(ms=PERSON_MS)
    return ground.scenario([about, do.Flush(), wait, *others, do.Flush(), do.Shutdown()])


def _capture(name: str, event: Event, properties: dict[str, Any]) -> do.Capture:
    return do.Capture(
        event=name, properties=properties, person=event.profile, transport=event.transport
    )

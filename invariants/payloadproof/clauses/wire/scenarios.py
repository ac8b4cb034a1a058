"""Scenarios of delivery: faults that a retry mends, refusals, and what comes after shutdown.

Each strategy takes a :class:`Ground`; where a small table is all there is, its cases walk it whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st
from msgspec.structs import replace as _replace

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import (
    LABEL,
    SESSIONS,
    Ground,
    Steps,
    least_session,
    one_session,
)
from payloadproof.generate.networks import BETWEEN, FAULTS, REFUSALS, markable
from payloadproof.protocol.messages import Record
from payloadproof.recorder.script import (
    Answer,
    Reset,
    Times,
)
from payloadproof.scenario import steps as do


def each_fault(ground: Ground) -> Iterator[do.Scenario]:
    """Every fault once, with one event before it, and two and a session after."""
    marked = markable(ground.contract)
    if marked is None:
        return
    name, event, key = marked
    first, *others = (
        do.Capture(event=name, properties={key: 1_000 + n}, person=event.profile) for n in range(3)
    )
    session = least_session(ground)
    for fault in (*FAULTS, *BETWEEN):
        trouble = do.Network(behaviour=Times(1, fault))
        steps: Steps = [first, trouble, *others, *session, do.Flush()]
        # Whoever keeps a note of what failed may come back to it when all is well.
        later: Steps = [do.Advance(ms=61_000), do.Flush()] if ground.virtual else []
        yield ground.scenario([*steps, *later, do.Shutdown()])
    window = catalogue.window_fold(ground.contract)
    if window is not None and Record.op in ground.capabilities.ops and ground.virtual:
        context = do.Record(event=window.occurrence, properties={})
        over = do.Advance(ms=2 * (ground.contract.limits.window_ms or 0))
        trouble = do.Network(behaviour=Times(1, Reset()))
        yield ground.scenario([context, trouble, over, do.Flush(), do.Shutdown()])


def each_refusal(ground: Ground) -> Iterator[do.Scenario]:
    """Every refusal once, and time for a client that tries again all the same."""
    marked = markable(ground.contract)
    if marked is None:
        return
    name, event, key = marked
    for refusal in REFUSALS:
        trouble = do.Network(behaviour=Times(1, refusal))
        first, *more = (
            do.Capture(event=name, properties={key: 1_000 + n}, person=event.profile)
            for n in range(4)
        )
        # Several in one batch: who looks for the bad one among them sends the others again.
        queued: Steps = [trouble, *more, do.Flush()]
        yield ground.scenario([*queued, first, do.Flush(), do.Shutdown()])


@st.composite
def refusing_networks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Some captures refused, some not."""
    captures = payloads.good_captures(ground.contract)
    some = st.lists(captures, min_size=1, max_size=3)
    refusal = do.Network(behaviour=Times(draw(st.integers(1, 2)), draw(st.sampled_from(REFUSALS))))
    steps: Steps = [*draw(some), refusal, *draw(some), do.Flush(), *draw(some)]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


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


@st.composite
def afterlives(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Shutdown, and a program that does not know it yet."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=3))
    session = draw(SESSIONS)
    if ground.sessions and draw(st.booleans()):
        steps.append(draw(payloads.good_records(contract, session, LABEL)))
    steps.append(do.Shutdown())
    # A command-line event comes from a process of its own, which this shutdown does not end.
    worker = payloads.good_captures(contract).filter(lambda step: step.transport == "worker")
    kinds = st.sampled_from(["capture", "record", "end"])
    for kind in draw(st.lists(kinds, min_size=1, max_size=4)):
        if kind == "capture" or not ground.sessions:
            steps.append(draw(worker))
        elif kind == "record":
            steps.append(draw(payloads.good_records(contract, session, LABEL)))
        else:
            steps.append(do.EndSession(session=session))
    ending: do.AnyStep = do.Flush() if draw(st.booleans()) else do.Shutdown()
    return ground.scenario([*steps, ending])


def sent_elsewhere(ground: Ground) -> Iterator[do.Scenario]:
    """A service that sends its clients to another host: an address that is nobody's."""
    captures: Steps = [
        payloads.capture_of(name, event, {})
        for name, event in catalogue.plainly_sent(ground.contract).items()
    ]
    for status in (307, 302):
        away = Answer(status=status, headers={"Location": "http://192.0.2.1/batch/"})
        steps: Steps = [do.Network(behaviour=Times(1, away)), *captures, do.Flush(), do.Shutdown()]
        yield _replace(ground.scenario(steps), enclosed=True)


@st.composite
def enclosed(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """All that a program sends, from a network where only the recorder can be reached."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=4))
    steps.append(do.Capture(event="undeclared_event", properties={}))
    steps += draw(one_session(ground))
    scenario = ground.scenario([*steps, do.Flush(), do.Shutdown()])
    return _replace(scenario, enclosed=True)

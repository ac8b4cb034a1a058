"""Scenarios of errors: with secrets in them, in crowds, on every way, hostile, long, repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.generate import payloads, strategies
from payloadproof.generate.error_texts import KINDS, ordinary, shifted, texts_of
from payloadproof.generate.strategies import Ground, Steps
from payloadproof.protocol.codec import TAG
from payloadproof.protocol.messages import Fault, Frame, RaiseError
from payloadproof.scenario import steps as do

NAMES = ("Kettle", "Boiler", "Lid", "Spout", "Handle", "Cable", "Switch", "Water", "Steam", "Scale")
FILES = ("/usr/lib/kettle/heat.py", "{home}/kettle/scale.py", "/srv/kettle/app/lid.ts")
SEEDS = st.integers(0, 10**6)
# What rules of a redaction look for, over and over: each is slow where a rule looks twice.
SLOW = ("a.", "/x", "a@", "secret_", "-----BEGIN ", "%41", "eyJ", '"a ', "::1", "\\\\", "1-", "A1")


def can_raise(ground: Ground) -> bool:
    """Whether errors can be raised here, and have a place in the contract."""
    offered = RaiseError.op in ground.capabilities.ops and bool(ground.capabilities.errors)
    return offered and bool(ground.contract.errors)


def logs(ground: Ground) -> bool:
    """Whether they can be given to a logger."""
    return can_raise(ground) and "logger" in ground.capabilities.errors


def ways(ground: Ground) -> SearchStrategy[Any]:
    """Those that the adapter has."""
    return st.sampled_from(ground.capabilities.errors)


def label(index: int) -> str:
    """The name of a class that no other error of the scenario has."""
    return f"{NAMES[index % len(NAMES)]}{payloads.LETTERS[index // len(NAMES) % 26]}Error"


def frames(index: int, depth: int = 2) -> tuple[Frame, ...]:
    """Ordinary calls; the innermost is in a function that no other error of the scenario has."""
    outer = tuple(
        Frame(function=f"boil_{payloads.LETTERS[n]}", file=FILES[0]) for n in range(depth - 1)
    )
    return (*outer, Frame(function=f"read_{label(index).lower()}", file=FILES[0]))


def first_way(ground: Ground) -> Any:
    """For what all ways do alike."""
    return ground.capabilities.errors[0]


def private(ground: Ground) -> dict[str, Any]:
    """A home whose name is secret: the first canary stands in it, once any has a number."""
    state = strategies.opted_in(ground.contract)
    state["env"] = state["env"] | {"ACME_PROJECT": "{canary:0}"}
    return state


def having(fault: Fault, **changes: Any) -> Fault:
    """A copy with some fields changed."""
    fields = {name: getattr(fault, name) for name in fault.__struct_fields__}
    return Fault(**(fields | changes))


@st.composite
def ordinary_errors(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors without a secret, then what was sent of one, raised again; long ones among them."""
    steps: Steps = []
    for index in range(draw(st.integers(1, 3))):
        text = ordinary(draw(SEEDS))
        message = text.text
        if draw(st.integers(0, 3)) == 0:
            rest = (ordinary(draw(SEEDS)).text for _ in range(60))
            message = "; ".join((message, *rest))
        fault = Fault(type=label(index), message=message, frames=frames(index, draw(DEPTHS)))
        properties = draw(st.none() | st.just({"error_category": "unknown"}))
        steps.append(
            do.RaiseError(
                error=fault, via=draw(ways(ground)), survives=text.keeps, properties=properties
            )
        )
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


DEPTHS = st.sampled_from([1, 2, 14])


@st.composite
def said_again(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A message of any kind, and what was sent of it as the message of another error."""
    kind = draw(st.sampled_from(list(KINDS)))
    seed = draw(SEEDS)
    text = texts_of(kind, seed, first=1)
    message = draw(st.sampled_from([text.text, shifted(text, seed, 500).text]))
    via = draw(ways(ground))
    first = Fault(type=label(0), message=message, frames=frames(0))
    again = Fault(type=label(1), message=do.SENT, frames=frames(1))
    steps: Steps = [
        do.RaiseError(error=first, via=via, plants=kind),
        do.Flush(),
        do.RaiseError(error=again, via=via),
        do.Flush(),
    ]
    return ground.scenario([*steps, do.Shutdown()], **private(ground))


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
    state = strategies.opted_in(ground.contract)
    state["env"] = state["env"] | {variable: draw(st.sampled_from(values))}
    order = draw(st.permutations([*steps, *draw(captures)]))
    return ground.scenario([*order, do.Flush(), do.Shutdown()], **state)


@st.composite
def consent_changes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors before an opt-out, while it stands, and after it."""
    flip = draw(strategies.flips(ground.contract))
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
    """Every hostile value as an error and as a message, by each way, and an ordinary event."""
    name, event = next(iter(payloads.sendable(ground.contract).items()))
    capture = do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
    for way in ground.capabilities.errors:
        faults: list[Fault] = []
        for kind in ground.capabilities.hostile:
            plain = Fault(type=label(len(faults)), frames=frames(len(faults)))
            faults += [Fault(hostile=kind), having(plain, message={TAG: kind})]
        steps = [do.RaiseError(error=fault, via=way) for fault in faults]
        yield ground.scenario([*steps, capture, do.Flush(), do.Shutdown()])


def slow_texts(ground: Ground) -> Iterator[do.Scenario]:
    """Each of the texts that are slow for some rule, at 200 kB, beside an ordinary one."""
    for piece in SLOW:
        usual = Fault(type=label(0), message="the lid is open, again. " * 80, frames=frames(0))
        text = piece * (200_000 // len(piece))
        hostile = Fault(type=label(1), message=text, frames=frames(1))
        ending = having(hostile, message=f"{text}@!", type=label(2), frames=frames(2))
        steps = [do.RaiseError(error=f, via=first_way(ground)) for f in (usual, hostile, ending)]
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


@st.composite
def slow_texts_again(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """One of them; all are looked at first."""
    return draw(st.sampled_from(list(slow_texts(ground))))


@st.composite
def logged(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors given to the logger, each once."""
    steps: Steps = []
    for index in range(draw(st.integers(1, 3))):
        seed = draw(SEEDS)
        kind = draw(st.sampled_from(["e-mail", "token-like key", "long hex", "password"]))
        text = texts_of(kind, seed, first=1 + 4 * index) if draw(st.booleans()) else ordinary(seed)
        fault = Fault(type=label(index), message=text.text, frames=frames(index))
        plants = kind if text.kind == kind else None
        steps.append(do.RaiseError(error=fault, via="logger", plants=plants))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])

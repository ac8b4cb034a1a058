"""Scenarios of equal errors: bursts, crowds, errors that go on, clocks that are set, storms."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from payloadproof.generate import payloads
from payloadproof.generate.error_texts import ordinary
from payloadproof.generate.errors import FILES, SEEDS, first_way, frames, label, ways
from payloadproof.generate.ground import Ground, Steps
from payloadproof.generate.property import apart
from payloadproof.protocol.messages import Fault, Frame
from payloadproof.scenario import steps as do

HOUR = 3_600_000
# What a clock is off by: a correction, a time zone, a dead battery.
SETS = (-30_000, -HOUR, -48 * HOUR, HOUR, 48 * HOUR)
DIFFERENT, EQUAL = 20, 400  # errors of a storm: those that are sent, and those that are counted
STORM_CHARS = 8_000
BEYOND = 20  # errors more than are told apart
MANY = 3_000  # errors of one scenario, at most
# Words of which a redaction has to look at each: paths, quotes, addresses of two kinds.
STORMS = ("/x", '"a', "::1", "a@b")
# Class and innermost frame: one that shares the class, one that shares the frame.
KNOWN = st.lists(st.sampled_from([(0, 0), (0, 1), (1, 1), (2, 2)]), min_size=1, unique=True)


@st.composite
def bursts(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A few errors over and over, on a clock that moves; equal in class or in frame, or in both."""
    window = _window_ms(ground)
    known = draw(KNOWN)
    pauses = st.sampled_from([1, 1_000, window // 2, window - 1_000, window + 1_000, 3 * window])
    steps: Steps = []
    for _ in range(draw(st.integers(1, 8))):
        kind, frame = draw(st.sampled_from(known))
        fault = Fault(
            type=label(kind),
            message=draw(st.sampled_from(["the lid is open", ordinary(draw(SEEDS)).text])),
            frames=frames(frame),
        )
        times = draw(st.sampled_from([1, 1, 3, 20]))
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), times=times))
        if draw(st.booleans()):
            steps.append(do.Advance(ms=draw(pauses)))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def crowds(ground: Ground) -> Iterator[do.Scenario]:
    """As many different errors in one window as are told apart, and more; all of them again.

    A program that tells one fewer apart keeps to every limit, and loses the last of them. What is
    counted of each is owed when the window closes, or at a shutdown before that: however much.
    """
    most = max(roles.kinds_max for roles in ground.contract.errors.values())
    closed = do.Advance(ms=2 * _window_ms(ground))
    ends: tuple[tuple[int, Steps], ...] = ((most + BEYOND, [do.Flush(), closed]), (most, []))
    for many, then in ends:
        steps = _different(ground, many, times=2)
        yield ground.scenario([*steps, *then, do.Shutdown()])
    # The least that is owed: one more of one error, at an end and when its window closes.
    least: tuple[Steps, ...] = ([], [do.Flush()], [do.Flush(), closed])
    for later in least:
        yield ground.scenario([*_different(ground, 1, times=2), *later, do.Shutdown()])


def beyond_a_day(ground: Ground) -> Iterator[do.Scenario]:
    """More different errors in one day than may be sent of them, over as many windows as it takes.

    What is folded by window has a ceiling for a day as well: what is sent at once, and what is sent
    when the first window closes. A process that was killed half way has used up half of it.
    """
    roles = max(ground.contract.errors.values(), key=lambda one: one.kinds_max)
    ceilings = [ground.contract.events[name].ceiling_per_day for name in ground.contract.errors]
    most = max((one for one in ceilings if one), default=0)
    windows = most // max(roles.kinds_max, 1) + 1
    if not most or windows * roles.kinds_max > MANY:
        return
    steps: Steps = []
    for number in range(windows):
        if number == windows // 2 and apart(ground):
            steps += [do.Flush(), do.Crash()]
        different = _different(ground, roles.kinds_max, times=1 if number else 3)
        steps += [*different, do.Advance(ms=2 * _window_ms(ground))]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _different(ground: Ground, many: int, *, times: int = 1) -> Steps:
    steps: Steps = []
    for index in range(many):
        name = f"{label(index % 100)}{payloads.LETTERS[index // 100]}"
        function = f"read_{name.lower()}"
        fault = Fault(
            type=name, message="no water", frames=(Frame(function=function, file=FILES[0]),)
        )
        steps.append(do.RaiseError(error=fault, via=first_way(ground), times=times))
    return steps


def _window_ms(ground: Ground) -> int:
    return max(roles.window_ms for roles in ground.contract.errors.values())


@st.composite
def drips(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors that go on, with less than a window between any two, at times with another one."""
    steps = draw(_dripping(ground))
    if draw(st.booleans()):
        steps += draw(_dripping(ground))
    return ground.scenario([*steps, do.Shutdown()])


@st.composite
def _dripping(draw: st.DrawFn, ground: Ground) -> Steps:
    """One error over three windows and more, then a flush."""
    window = _window_ms(ground)
    pause = draw(st.sampled_from([window // 3, window // 2, window - 1_000]))
    via = draw(ways(ground))
    steps: Steps = []
    passed = 0
    while passed <= 3 * window:
        fault = Fault(type=label(0), message="the lid is open", frames=frames(0))
        times = draw(st.sampled_from([1, 1, 3]))
        steps.append(do.RaiseError(error=fault, via=via, times=times))
        if draw(st.integers(0, 3)) == 0:
            other = Fault(type=label(1), message="no water", frames=frames(1))
            steps.append(do.RaiseError(error=other, via=via))
        steps.append(do.Advance(ms=pause))
        passed += pause
    return [*steps, do.Flush()]


@st.composite
def clocks_set(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """An error that goes on, over a clock that is set, back or forward, once or twice."""
    steps: Steps = []
    now = 0
    for _ in range(draw(st.integers(1, 2))):
        before = draw(_dripping(ground))[: draw(st.sampled_from([1, 2, 3, None]))]
        now += sum(step.ms for step in before if isinstance(step, do.Advance))
        now += draw(st.sampled_from(SETS))
        steps += [*before, do.SetClock(offset_ms=now)]
    return ground.scenario([*steps, *draw(_dripping(ground)), do.Shutdown()])


def storms(ground: Ground) -> Iterator[do.Scenario]:
    """Different errors with texts that are slow to redact, then one of them over and over.

    And the same with a short text: what an adapter takes for itself is no cost of the text.
    """
    for piece in STORMS:
        slow = f"{piece} " * (STORM_CHARS // (len(piece) + 1))
        steps: Steps = []
        for number, text in enumerate(("no water", slow)):
            origin = Fault(type="InnerError", message=text)
            origin = Fault(type="MiddleError", message=text, cause=origin)
            different = [
                do.RaiseError(error=Fault(type=label(index), message=text, cause=origin))
                for index in range(number * DIFFERENT, (number + 1) * DIFFERENT)
            ]
            again = do.RaiseError(error=different[0].error, times=EQUAL)
            steps += [*different, again]
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])

"""Scenarios of secrets in errors: in what they say, across a cut of it, and in their frames."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.generate.error_texts import (
    FUNCTIONS,
    KINDS,
    STRICT,
    WRAPPINGS,
    Text,
    behind_a_long_run,
    each_form,
    function_of,
    halved,
    shifted,
    stack_of,
    texts_of,
    type_of,
    wrapped,
)
from payloadproof.generate.errors import (
    FILES,
    SEEDS,
    first_way,
    frames,
    having,
    label,
    private,
    ways,
)
from payloadproof.generate.ground import Ground, Steps
from payloadproof.generate.hidden_texts import hidden
from payloadproof.protocol.messages import Fault, Frame, Via
from payloadproof.scenario import steps as do

# Of somebody else, in the home, where the file is there, and below the working directory.
FOUND = (
    "/home/{canary:%d:name}/kettle/scale.py",
    "{home}/{canary:%d:name}/kettle/scale.py",
    "{cwd}/{canary:%d:name}/kettle/scale.py",
)
# The same on another system, whatever this one separates with; and where the last directory tells.
ELSEWHERE = (
    "/srv/kettle/{canary:%d:name}/scale.py",
    "C:\\Users\\{canary:%d:name}\\kettle\\scale.py",
    "\\\\{canary:%d:name}\\kettle\\scale.py",
)
# Of a type, a message and a stack; and what a program may read of a text at all.
TYPE_CUT = 100
FORMS = 30  # of secrets in one scenario
HIDDEN = 8  # secrets in one message: it is not cut
KEY = "token-like key"
CUTS = (TYPE_CUT, 500, 500, 2_048, 4_096)


@st.composite
def secrets(draw: st.DrawFn, ground: Ground, *, kinds: tuple[str, ...]) -> do.Scenario:
    """A few errors, each with a secret of one kind somewhere in what it says."""
    steps: Steps = []
    first = 1
    for index in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(kinds))
        fault = draw(_with_secret(kind, index, first))
        first += 8
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), plants=kind))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


@st.composite
def _with_secret(draw: st.DrawFn, kind: str, index: int, first: int) -> Fault:
    seed = draw(SEEDS)
    text = texts_of(kind, seed, first=first)
    place = draw(
        st.sampled_from(["message", "message", "cut", "cut", "cause", "context", "group", "type"])
    )
    plain = Fault(type=label(index), message="the lid is open", frames=frames(index))
    inner = Fault(type="InnerError", message=text.text)
    match place:
        case "cause":
            return having(plain, cause=inner)
        case "context":
            return having(plain, context=inner)
        case "group":
            return having(plain, group=(inner,))
        case "type":
            named = type_of(kind, seed, first=first)
            return having(plain, type=named.text.replace("\n", " "))
        case "cut":
            return draw(_across_a_cut(plain, kind, seed, first))
        case _:
            whole = stack_of(kind, seed, first=first) if draw(st.booleans()) else text
            return having(plain, message=whole.text)


@st.composite
def _across_a_cut(draw: st.DrawFn, plain: Fault, kind: str, seed: int, first: int) -> Fault:
    """The secret where some cut may fall into it: of a message, of a stack in it, of a type."""
    cap = draw(st.sampled_from(CUTS))
    if cap == TYPE_CUT:
        named = shifted(type_of(kind, seed, first=first), seed, cap)
        return having(plain, type=named.text.replace("\n", " "))
    text = (stack_of if draw(st.booleans()) else texts_of)(kind, seed, first=first)
    # What a redaction makes shorter brings into sight what lay beyond a cut before it.
    shift = draw(st.sampled_from([shifted, behind_a_long_run]))
    message = shift(text, seed, cap).text
    if draw(st.booleans()):
        return having(plain, cause=Fault(type="InnerError", message=message))
    return having(plain, message=message)


def listed_secrets(ground: Ground) -> SearchStrategy[do.Scenario]:
    """Of the plan's list."""
    return secrets(ground, kinds=tuple(STRICT))


def each_place(ground: Ground) -> Iterator[do.Scenario]:
    """The same, by way and by part of an error: what one rule misses it misses everywhere."""
    for way, part in itertools.product(ground.capabilities.errors, ("message", "cause", "type")):
        steps: Steps = []
        for index, kind in enumerate(STRICT):
            first = 1 + 8 * index
            plain = Fault(type=label(index), message="the lid is open", frames=frames(index))
            text = texts_of(kind, index, first=first).text
            name = type_of(kind, index, first=first).text.replace("\n", " ")
            parts = {
                "message": having(plain, message=text),
                "cause": having(plain, cause=Fault(type="InnerError", message=text)),
                "type": having(plain, type=name),
            }
            steps.append(do.RaiseError(error=parts[part], via=way, plants=kind))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def each_wrapping(ground: Ground) -> Iterator[do.Scenario]:
    """Every part and way, then the same kinds between signs that may be taken for structure."""
    yield from each_place(ground)
    for around in WRAPPINGS:
        steps: Steps = []
        for index, text in enumerate(wrapped(around, first=1)):
            fault = Fault(type=label(index), message=text.text, frames=frames(index))
            steps.append(do.RaiseError(error=fault, plants=text.kind, via=first_way(ground)))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


@st.composite
def across_cuts(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors with a secret of the plan's list where some cut may fall into it."""
    steps: Steps = []
    for index in range(draw(st.integers(1, 4))):
        kind, seed = draw(st.sampled_from(list(STRICT))), draw(SEEDS)
        plain = Fault(type=label(index), message="the lid is open", frames=frames(index))
        fault = draw(_across_a_cut(plain, kind, seed, 1 + 8 * index))
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), plants=kind))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def each_cut(ground: Ground) -> Iterator[do.Scenario]:
    """Little is left of a key by each cut, and so it looks less and less like one."""
    for cap in sorted({*CUTS}):
        steps: Steps = []
        for index, left in enumerate((8, 9, 10, 12, 16, 24)):
            plain = Fault(type=label(index), message="the lid is open", frames=frames(index))
            text = halved(Text(KEY, f"{{canary:{index + 1}:mixed}}"), cap, left).text
            field = "type" if cap == TYPE_CUT else "message"
            fault = having(plain, **{field: text})
            steps.append(do.RaiseError(error=fault, plants=KEY, via=first_way(ground)))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def every_kind(ground: Ground) -> Iterator[do.Scenario]:
    """Errors with every kind of secret in every form, of which the figures are taken."""
    for begin in itertools.count(0, FORMS):
        steps: Steps = []
        for index, text in enumerate(each_form(begin, begin + FORMS, first=1)):
            fault = Fault(type=label(index), message=text.text, frames=frames(index))
            steps.append(do.RaiseError(error=fault, plants=text.kind, via=first_way(ground)))
        if not steps:
            return
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def each_hidden(ground: Ground) -> Iterator[do.Scenario]:
    """Each character that hides a secret from a pattern and not from a reader, some in each error.

    Few errors: what one does not see in a text it does not see in another.
    """
    steps: Steps = []
    first = 1
    for kind, alike in itertools.groupby(hidden(), key=lambda one: one.kind):
        texts = list(alike)
        for begin in range(0, len(texts), HIDDEN):
            some = [one.text for one in texts[begin : begin + HIDDEN]]
            steps.append(_with_hidden(len(steps), kind, some, first, first_way(ground)))
            first += len(some)
    for begin in range(0, len(steps), FORMS):
        these = [*steps[begin : begin + FORMS], do.Flush(), do.Shutdown()]
        yield ground.scenario(these, **private(ground))


@st.composite
def hidden_secrets(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A few of them, on any way."""
    drawn = draw(st.lists(st.sampled_from(list(hidden())), min_size=1, max_size=4))
    steps = [
        _with_hidden(index, one.kind, [one.text], 1 + index, draw(ways(ground)))
        for index, one in enumerate(drawn)
    ]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def _with_hidden(index: int, kind: str, texts: list[str], first: int, via: Via) -> do.RaiseError:
    said = [text.replace("<name>", f"{{canary:{first + n}:name}}") for n, text in enumerate(texts)]
    message = f"could not use {', '.join(said)}, giving up"
    fault = Fault(type=label(index), message=message, frames=frames(index))
    return do.RaiseError(error=fault, plants=kind, via=via)


def any_secrets(ground: Ground) -> SearchStrategy[do.Scenario]:
    """Of every kind."""
    return secrets(ground, kinds=tuple(KINDS))


@st.composite
def framed_secrets(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Secrets in source lines, variables and directories of frames, causes among them."""
    steps: Steps = []
    for index in range(draw(st.integers(1, 2))):
        first = 1 + 8 * index
        files = [*(file % first for file in FOUND), FILES[1]]
        inner_file = draw(st.sampled_from(FOUND)) % (first + 4)
        found = _framed(index, draw(st.sampled_from(files)), inner_file)
        inner = Fault(type="InnerError", message="no water", frames=found)
        outer = Fault(type=label(index), message="the lid is open", frames=found)
        chained = having(outer, cause=inner) if draw(st.booleans()) else outer
        steps.append(do.RaiseError(error=chained, via=draw(ways(ground))))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def each_file(ground: Ground) -> Iterator[do.Scenario]:
    """Errors out of a file in each place, on each way."""
    steps: Steps = []
    files = (*FOUND, *ELSEWHERE)
    for index, (via, file) in enumerate(itertools.product(ground.capabilities.errors, files)):
        first = 1 + 8 * index
        frames_ = _framed(index, file % first, file % (first + 4))
        fault = Fault(type=label(index), message="the lid is open", frames=frames_)
        steps.append(do.RaiseError(error=fault, via=via))
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def _framed(index: int, outer_file: str, inner_file: str) -> tuple[Frame, Frame]:
    """Two frames with secrets in their sources and variables; the files may hold two more."""
    first = 1 + 8 * index
    return (
        Frame(
            function="boil",
            file=outer_file,
            source=f"boil('{{canary:{first + 1}}}')",
            locals={"token": f"{{canary:{first + 2}}}", "cwd": f"/home/{{canary:{first + 3}}}"},
        ),
        Frame(
            function=f"read_{label(index).lower()}",
            file=inner_file,
            source=f"key = '{{canary:{first + 5}}}'",
            locals={"prompt": f"please {{canary:{first + 6}}}"},
        ),
    )


@st.composite
def named_frames(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Errors out of functions whose names hold a secret, at times too long for a stack."""
    steps: Steps = []
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(list(FUNCTIONS)))
        first = 1 + 16 * index
        depth = draw(st.sampled_from([1, 3, 12]))
        long = "boil_the_water_" * draw(st.sampled_from([0, 4, 12]))
        found = tuple(
            Frame(function=long + function_of(kind, draw(SEEDS), first=first + n), file=FILES[0])
            for n in range(depth)
        )
        plain = Fault(type=label(index), message="the lid is open", frames=found)
        inner = Fault(type="InnerError", message="no water", frames=found)
        within = Fault(type=label(index), message="the lid is open", cause=inner)
        fault = draw(st.sampled_from([plain, within]))
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground)), plants=kind))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))


def each_long_stack(ground: Ground) -> Iterator[do.Scenario]:
    """Frames with one long name, each time one character longer: a cut falls anywhere in it."""
    for shortest in range(60, 160, 25):
        steps: Steps = []
        for index in range(25):
            words = ("boil_the_water_" * 12)[: shortest + index]
            name = f"{words}_{{canary:{index + 1}:hex}}"
            found = tuple(Frame(function=name, file=FILES[0]) for _ in range(12))
            fault = Fault(type=label(index), message="the lid is open", frames=found)
            steps.append(do.RaiseError(error=fault, plants="long hex", via=first_way(ground)))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **private(ground))

"""Scenarios of errors: with secrets in them, in crowds, on every way, hostile, long, repeated."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from payloadproof.generate.error_texts import KINDS, each_ordinary, ordinary, shifted, texts_of
from payloadproof.generate.errors import SEEDS, first_way, frames, having, label, private, ways
from payloadproof.generate.ground import Ground, Steps
from payloadproof.protocol.messages import Fault, Via
from payloadproof.scenario import steps as do

# What rules of a redaction look for, over and over: each is slow where a rule looks twice.
SLOW = (
    *("a.", "/x", "a@", "secret_", "-----BEGIN ", "%41", "eyJ", '"a ', "::1", "\\\\", "1-", "A1"),
    *("a=", "1.", "<a>", "?a=", "a:b@", "{'a': ", "DE00 ", "aB3_"),
)


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


def plain_errors(ground: Ground) -> Iterator[do.Scenario]:
    """Long texts without a blank, and everything ordinary: a few drawn ones leave most out."""
    yield from without_a_blank(ground)
    yield from each_said(ground)


def each_said(ground: Ground) -> Iterator[do.Scenario]:
    """Everything that an ordinary error says, each once; as many of them as are told apart."""
    texts = list(each_ordinary())
    for begin in range(0, len(texts), TOGETHER):
        steps: Steps = []
        for index, text in enumerate(texts[begin : begin + TOGETHER]):
            fault = Fault(type=label(index), message=text.text, frames=frames(index))
            raised = do.RaiseError(error=fault, via=first_way(ground), survives=text.keeps)
            steps.append(raised)
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


def without_a_blank(ground: Ground) -> Iterator[do.Scenario]:
    """Long texts in a script that puts no blank between words: there is no good place for a cut."""
    steps: Steps = []
    for index, length in enumerate((501, 700, 2_100, 5_000)):
        text = (WRITTEN * length)[:length]
        fault = Fault(type=label(index), message=text, frames=frames(index))
        within = having(fault, message="the lid is open", cause=Fault(type="Inner", message=text))
        chosen = within if index % 2 else fault
        steps.append(do.RaiseError(error=chosen, via=first_way(ground)))
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


WRITTEN = "水が沸いたら火を止める"  # when the water boils, put out the fire
DEPTHS = st.sampled_from([1, 2, 14])
TOGETHER = 25  # errors in one scenario


@st.composite
def said_again(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A message of any kind, and what was sent of it as the message of another error."""
    kind = draw(st.sampled_from(list(KINDS)))
    seed = draw(SEEDS)
    text = texts_of(kind, seed, first=1)
    message = draw(st.sampled_from([text.text, shifted(text, seed, 500).text]))
    return _said_twice(ground, message, draw(ways(ground)), kind)


#: What a rule that tidies, escapes, counts or prefixes changes once more when it meets it again.
_TIDIED = (
    "salt & pepper, <kettle> and \"tea\" for 'two'",
    "the lid is open..",
    "the lid is open: and again:",
    " the lid  is\topen ",
    "the lid is open\r\n\r\nand the kettle\n",
    "50 % of %41, 3 > 2 and \\n is no line",
    "na\u00efve caf\u00e9\u2026 \u201cquoted\u201d",
    "open",
    "could not run curl\n--data kettle=9\nagain",
    "",
    "the lid is open, " * 60,
)


def tidied_again(ground: Ground) -> Iterator[do.Scenario]:
    """Ordinary words with signs that a text may be full of, and what was sent of them."""
    for text in _TIDIED:
        yield _said_twice(ground, text, first_way(ground))


def _said_twice(ground: Ground, message: str, via: Via, plants: str = "") -> do.Scenario:
    first = Fault(type=label(0), message=message, frames=frames(0))
    again = Fault(type=label(1), message=do.SENT, frames=frames(1))
    steps: Steps = [
        do.RaiseError(error=first, via=via, plants=plants),
        do.Flush(),
        do.RaiseError(error=again, via=via),
        do.Flush(),
    ]
    return ground.scenario([*steps, do.Shutdown()], **private(ground))


def slow_texts(ground: Ground) -> Iterator[do.Scenario]:
    """Each of the texts that are slow for some rule, at 200 kB, beside an ordinary one."""
    for piece in SLOW:
        usual = Fault(type=label(0), message="the lid is open, again. " * 80, frames=frames(0))
        text = piece * (200_000 // len(piece))
        hostile = Fault(type=label(1), message=text, frames=frames(1))
        # The same, an eighth as long: what grows with the square shows before it takes long.
        part = having(hostile, message=text[: len(text) // 8], type=label(3), frames=frames(3))
        ending = having(hostile, message=f"{text}@!", type=label(2), frames=frames(2))
        steps = [
            do.RaiseError(error=f, via=first_way(ground)) for f in (usual, part, hostile, ending)
        ]
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


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


def logged_whole(ground: Ground) -> Iterator[do.Scenario]:
    """What a line of a log may have no room for: several lines, and one that is very long."""
    lines = "the lid is open\nthe kettle is cold\nno water at all"
    messages = (lines, " ".join(f"again {number}" for number in range(600)), "\n" + lines)
    steps: Steps = [
        do.RaiseError(
            error=Fault(type=label(index), message=message, frames=frames(index)), via="logger"
        )
        for index, message in enumerate(messages)
    ]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])

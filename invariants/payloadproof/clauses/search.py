"""The search for what a scenario planted, in every byte that was sent.

What is undone on the way is said in :mod:`payloadproof.evidence.search`.
"""

from __future__ import annotations

import json

import msgspec

from payloadproof.clauses.once import once
from payloadproof.evidence.history import History
from payloadproof.evidence.search import Layers, layers, needles, texts_of
from payloadproof.recorder.ledger import Request
from payloadproof.scenario import steps as do


@once
def searched(history: History) -> tuple[tuple[Request, Layers], ...]:
    """Each request in the readings a person could make of it, with what is wrapped in it."""
    return tuple((request, layers(*texts_of(request))) for request in history.requests)


@once
def haystacks(history: History) -> tuple[tuple[Request, bytes], ...]:
    """Every byte of each request in the readings a person could make of it, case-folded."""
    return tuple((request, read.layers[0].hay) for request, read in searched(history))


@once
def _everything(history: History) -> bytes:
    return b"\n".join(layer.hay for _, read in searched(history) for layer in read.layers)


def found(secret: str, history: History, but: str = "") -> tuple[str, Request] | None:
    """The encoding in which a piece of ``secret`` was sent and the request that held it.

    Pieces that ``but``, another secret of the same kind, has too say nothing.
    """
    everything = _everything(history)
    # A hundred forms each are looked for in one long text, and not in each of many short ones.
    forms = [form for form in needles(secret) if form[1] in everything]
    common = {needle for _, needle in needles(but)} if forms else set()
    forms = [form for form in forms if form[1] not in common]
    for request, read in searched(history) if forms else ():
        if (encoding := read.holds(forms)) is not None:
            return encoding, request
    return None


@once
def leaked(history: History, number: int) -> tuple[str, Request] | None:
    """How a piece of canary ``number`` was sent; None where its twin's run sent that piece too."""
    twin = history.twin
    if twin is None or number >= len(history.canaries):
        return None
    canary, other = history.canaries[number], twin.canaries[number]
    leak = found(canary, history, but=other)
    return None if leak is None or found(canary, twin, but=other) else leak


def canaries_in(value: object) -> set[int]:
    """The numbers of the placeholders in anything that can be JSON."""
    # As ASCII: half of a surrogate pair has no UTF-8.
    text = json.dumps(msgspec.to_builtins(value), default=str)
    return {int(number) for number, _ in do.PLACEHOLDER.findall(text)}

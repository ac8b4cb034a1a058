"""The search for what a scenario planted, in every byte that was sent.

What is undone on the way is said in :mod:`payloadproof.evidence.search`.
"""

from __future__ import annotations

import json

import msgspec

from payloadproof.clauses.once import once
from payloadproof.evidence.history import History
from payloadproof.evidence.search import Layers, Plain, hints, needles, texts_of, unpacked
from payloadproof.recorder.ledger import Request
from payloadproof.scenario import steps as do


@once
def _plain(history: History) -> tuple[Plain, ...]:
    return tuple(Plain(*texts_of(request)) for request in history.requests)


@once
def searched(history: History) -> tuple[tuple[Request, Layers], ...]:
    """Each request in the readings a person could make of it, with what is wrapped in it."""
    return tuple(zip(history.requests, map(unpacked, _plain(history)), strict=True))


@once
def haystacks(history: History) -> tuple[tuple[Request, bytes], ...]:
    """Every byte of each request in the readings a person could make of it, case-folded."""
    # Nothing is unpacked for it: most of what a search costs is that.
    hays = (read.hay for read in _plain(history))
    return tuple(zip(history.requests, hays, strict=True))


@once
def _everything(history: History) -> bytes:
    return b"\n".join(layer.hay for _, read in searched(history) for layer in read.layers)


def found(secret: str, history: History, but: str = "") -> tuple[str, Request] | None:
    """The encoding in which a piece of ``secret`` was sent and the request that held it.

    Pieces that ``but``, another secret of the same kind, has too say nothing.
    """
    everything = _everything(history)
    # A few hints are looked for in one long text, and a hundred forms where one of them stands.
    if not any(hint in everything for hint in hints(secret)):
        return None
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

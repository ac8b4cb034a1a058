"""What a browser is sent: names as they are, and what they hold masked until somebody asks.

Rule 1: every text has passed what makes it safe to print, and the page makes text of it and never
markup.
Rule 2: a value goes out masked. As it was sent it goes to who asks for one request of it, on a page
whose address is a secret of this run.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Final

import msgspec

from payloadproof.blackbox.contacts import shown as shown_host
from payloadproof.blackbox.lines import route, status
from payloadproof.contract import Contract
from payloadproof.evidence.masking import knowing
from payloadproof.evidence.quoting import UNMASKED, masked, named, safe, whole_names
from payloadproof.live.board import Came, Standing
from payloadproof.recorder.ledger import Event

KEYS: Final = 40  # of an event
_REFUSED: Final = 400
_PLAIN = re.compile(r'"[\w$.-]+"', re.ASCII)


class Key(msgspec.Struct, frozen=True):
    """A property, or what stands beside the properties."""

    name: str
    value: str


class Shown(msgspec.Struct, frozen=True):
    """An event. ``own``: how many of the keys are the program's own; they stand first."""

    name: str
    keys: tuple[Key, ...]
    own: int
    more: int


class Line(msgspec.Struct, frozen=True):
    """A request. ``more``: events of it that are not shown."""

    number: int
    at: float
    host: str
    route: str
    status: str
    sound: bool
    words: str
    events: tuple[Shown, ...]
    more: int


class Masking:
    """Shows by what a contract knows. ``whole``: names stay whole: all else was invented."""

    def __init__(self, contract: Contract | None = None, *, whole: bool = False) -> None:
        self._contract = contract
        self._whole = whole

    def line(self, came: Came, *, unmasked: bool = False) -> Line:
        """A request, to be sent; ``unmasked``: with the values as they were sent."""
        with ExitStack() as meanwhile:
            if self._contract is not None:
                meanwhile.enter_context(knowing(self._contract))
            if self._whole:
                meanwhile.enter_context(whole_names())
            before = UNMASKED.set(unmasked)
            meanwhile.callback(UNMASKED.reset, before)
            return safe(_line(came))


def standing(how: Standing) -> Standing:
    """How it stands, to be sent."""
    hosts = tuple(
        msgspec.structs.replace(one, name=shown_host(one.name) if " " not in one.name else one.name)
        for one in how.hosts
    )
    return safe(msgspec.structs.replace(how, hosts=hosts))


def _line(came: Came) -> Line:
    said = came.said
    code = status(said)
    events = () if came.instead else tuple(map(_event, said.request.events))
    words = " ".join(filter(None, (came.instead, came.refusal and f"({came.refusal})")))
    if not words and not came.events:
        words = "no event"
    return Line(
        number=came.number,
        at=round(came.at_s, 1),
        host=shown_host(said.host) if said.host else "",
        route=route(said),
        status="-" if code is None else str(code),
        sound=not came.refusal and (code or 0) < _REFUSED,
        words=words,
        events=events,
        more=came.events - len(events) if not came.instead else 0,
    )


def _event(event: Event) -> Shown:
    properties = event.properties if isinstance(event.properties, dict) else {}
    own = [key for key in properties if key[:1] != "$"]
    theirs = [key for key in properties if key[:1] == "$"]
    pairs = [(key, properties[key]) for key in (*own, *theirs)]
    pairs += [(key, value) for key, value in event.top_level.items() if key[:1] == "$"]
    pairs.append(("distinct_id", event.distinct_id))
    return Shown(
        name=_bare(named(event.name)),
        keys=tuple(Key(_bare(named(key)), masked(value)) for key, value in pairs[:KEYS]),
        own=min(len(own), KEYS),
        more=max(len(pairs) - KEYS, 0),
    )


def _bare(name: str) -> str:
    """A name without its marks, where it is plain: what is not is seen to be in marks."""
    return name[1:-1] if _PLAIN.fullmatch(name) else name

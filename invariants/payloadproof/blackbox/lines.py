"""A request in a line, as whoever watches a recording reads it.

Rule 1: names of events and keys are shown, and never what they hold; of a path only what was asked
for, since a query may hold anything.
Rule 2: a line costs no more to make than a line: of what is large, little is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus

from payloadproof.blackbox.caught import Said
from payloadproof.blackbox.contacts import shown
from payloadproof.clauses.circumstances import answer
from payloadproof.evidence.bodies import is_unread
from payloadproof.evidence.quoting import named
from payloadproof.recorder.ledger import Event
from payloadproof.recorder.routes import TAKES_EVENTS
from payloadproof.syntax.printable import printable

SHOWN = 8  # events of a request, and properties of an event
_LARGE = 4 * 1024 * 1024  # bytes of a body that is not read again for a line


def line(said: Said) -> str:
    """Number, status, host, route and names; not yet printable."""
    names = instead(said) or _names(said)
    if why := refusal(said):
        names += f" ({why})"
    where = f"{shown(said.host)} " if said.host else ""
    return f"{said.request.number:>5}  {status(said)}  {where}{route(said)}  {names}"


def status(said: Said) -> int | None:
    """What PostHog answers; of another host, what it was answered."""
    return said.request.answered if said.other else said.request.status


def route(said: Said) -> str:
    """Method and path, printable."""
    path = printable(said.request.path.partition("?")[0])
    return f"{printable(said.request.method)} {path}"


def first_events(said: Said) -> tuple[Event, ...]:
    """As many as are shown; none of a body that is large."""
    request = said.request
    return tuple(request.events[:SHOWN]) if len(request.body or b"") <= _LARGE else ()


def instead(said: Said) -> str:
    """What is said of a request that is not one of events; "" of one that is."""
    if said.other:
        return "not PostHog"
    if is_unread(said.request):
        return "a body that cannot be decoded"
    if said.request.service not in TAKES_EVENTS:
        return f"asks PostHog's {said.request.service}"
    return ""


def refusal(said: Said) -> str:
    """Why PostHog would not take it; "" where it would."""
    if said.other or said.request.status == HTTPStatus.OK:
        return ""
    told = answer(said.request)
    return told.partition(": ")[2] or told


def _names(said: Said) -> str:
    every = len(said.request.events)
    first = first_events(said)
    names = ", ".join(_events(first))
    if not first:
        return f"{every:,} event(s)" if every else "no event"
    return names + (f" and {every - SHOWN:,} more" if every > SHOWN else "")


def _events(events: Iterable[Event]) -> Iterator[str]:
    """Their names, and the names of what they say: never what that is."""
    known: dict[tuple[object, ...], str] = {}
    for event in events:
        properties = event.properties if isinstance(event.properties, dict) else {}
        keys = tuple([key for key in properties if key[:1] != "$"])
        alike = repr(event.name), keys
        if alike not in known:
            known[alike] = _event(event.name, keys)
        yield known[alike]


def _event(name: object, keys: Sequence[str]) -> str:
    if not keys:
        return named(name)
    more = [f"and {len(keys) - SHOWN} more"] if len(keys) > SHOWN else []
    return f"{named(name)} ({', '.join([*map(named, keys[:SHOWN]), *more])})"

"""The places of a program's traffic: where in it something stands, and what stands there.

Rule 1: events are aligned by their name within a host, never by request: what is sent together, and
in what order requests to several hosts arrive, is chance. Values at one place are a bag, so that
the order of events of one name is chance too.
Rule 2: lengths and counts of requests are no place: the size of what was compressed differs by
chance. The number of events of one name is a place of its own, and so is the order of many keys.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal

import msgspec

from payloadproof.evidence.bodies import content_of, fields_of
from payloadproof.evidence.quoting import masked, named
from payloadproof.evidence.runs import Host, Run, as_text, events_of
from payloadproof.recorder.ledger import Event, Request

Step = str | int
Paths = frozenset[tuple[Step, ...]]
_UNSTEADY_HEADERS = frozenset({"content-length", "host", "connection", "date"})
_DIGIT = re.compile(r"\d")
_NUMBERED, _LONG = (
    8,
    16,
)  # characters of a segment that is a value and no route: with a digit, at all
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_STRANGE = re.compile(r"[^A-Za-z0-9._*/-]")
ROUTE = 100  # characters of a path in a report
ORDERED = 5  # keys of one object: a shuffled map has so many in one order once in 120


class Place(msgspec.Struct, frozen=True, order=True):
    """Where in the traffic. All of it is hostile until it was masked or named.

    Attributes:
        host: its name.
        what: the name of an event; ``METHOD /path`` for a request; empty for the host itself.
        path: keys, and indices of lists, from the event or request down. Of a request the first is
            ``header``, ``query``, ``path`` or ``body``.
        of: the ``value`` there; the ``keys`` that stand there; ``number``, how many such events
            there are; ``presence``, whether there is such a host or request at all; ``words``, of a
            body that is no JSON; ``order``, how the keys that stand there follow each other.
    """

    host: str
    what: str = ""
    path: tuple[Step, ...] = ()
    of: Literal["value", "keys", "number", "presence", "words", "order"] = "value"

    @property
    def text(self) -> str:
        """The path as people write it: ``properties.args[0].dir``."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")


def spoken(place: Place) -> str:
    """A place in words that are safe to print: names as they are where they are plain ones."""
    host = place.host if _HOST.fullmatch(place.host) else masked(place.host)
    if not place.what:
        return host
    method, _, route = place.what.partition(" ")
    if place.of != "number" and method.isupper() and route.startswith("/"):
        what = f"{method} {_STRANGE.sub('?', route)[:ROUTE]}"
    else:
        what = f"event {named(place.what)}"
    steps = (
        f"[{step}]" if isinstance(step, int) else "." + named(step).strip('"')
        for step in place.path
    )
    path = "".join(steps).removeprefix(".")
    words = {
        "keys": "the keys of ",
        "order": "the order of the keys of ",
        "number": "how many of them",
        "words": "words of ",
    }
    of_keys = place.of in ("keys", "order")
    said = words.get(place.of, "") + (path or ("the event" if of_keys else ""))
    return f"{host}, {what}, {said}".removesuffix(", ")


class Seen(msgspec.Struct, frozen=True):
    """One run, flattened: the values at each place, and the places below each event or request."""

    values: dict[Place, Counter[str]]
    below: dict[Place, Paths]


def flattened(run: Run) -> Seen:
    """What stands where in a run, worked out once."""
    if "flattened" not in run.worked_out:
        run.worked_out["flattened"] = _flatten_run(run)
    seen: Seen = run.worked_out["flattened"]
    return seen


def _flatten_run(run: Run) -> Seen:
    values: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    below: defaultdict[Place, set[tuple[Step, ...]]] = defaultdict(set)
    for name in dict.fromkeys([*(host.name for host in run.hosts), *run.asked]):
        values[Place(name, of="presence")]["1"] = 1
    for host in run.hosts:
        numbers: Counter[str] = Counter()
        for said in events_of(host):
            root = Place(host.name, as_text(said.event.name))
            numbers[root.what] += 1
            parts = parts_of(said.event)
            for path, value in leaves(parts):
                below[root].add(path)
                values[Place(host.name, root.what, path)][value] += 1
            for path, keys in _orders(parts):
                values[Place(host.name, root.what, path, "order")][json.dumps(keys)] += 1
        for name, number in numbers.items():
            values[Place(host.name, name, of="number")][str(number)] = 1
        for request in host.requests:
            _flatten(host, request, values, below)
    return Seen(dict(values), {root: frozenset(paths) for root, paths in below.items()})


def _flatten(
    host: Host,
    request: Request,
    values: dict[Place, Counter[str]],
    below: dict[Place, set[tuple[Step, ...]]],
) -> None:
    """The places of one request. How often it came is chance, so that each value counts once."""
    target, _, query = request.path.partition("?")
    route, segments = routed(target)
    root = Place(host.name, f"{request.method} {route}")
    values[Place(host.name, root.what, of="presence")]["1"] = 1
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.lower() not in _UNSTEADY_HEADERS:
            headers.setdefault(name.lower(), []).append(value)
    parts: dict[str, object] = {"header": {k: "\n".join(v) for k, v in headers.items()}}
    parts["query"] = fields_of(query.encode(errors="replace"))
    parts["path"] = segments
    content = content_of(request)
    if isinstance(content, frozenset):
        words = values[Place(host.name, root.what, ("body",), "words")]
        words.update(dict.fromkeys(content, 1))
    else:
        parts["body"] = content
    for path, value in leaves(parts):
        if not any(isinstance(step, int) for step in path):
            below[root].add(path)  # the length of a list in a body is what was sent together
        values[Place(host.name, root.what, path)][value] = 1


def routed(target: str) -> tuple[str, dict[str, str]]:
    """A path with ``*`` for the segments that look like values, and those segments."""
    segments: dict[str, str] = {}
    route = target.split("/")
    for index, segment in enumerate(route):
        numbered = len(segment) >= _NUMBERED and _DIGIT.search(segment)
        if numbered or len(segment) >= _LONG:
            segments[f"segment {index}"] = segment
            route[index] = "*"
    return "/".join(route), segments


def parts_of(event: Event) -> dict[str, object]:
    """An event as one object, without what it does not have."""
    own = {
        "distinct_id": event.distinct_id,
        "uuid": event.uuid,
        "timestamp": event.timestamp,
        "properties": event.properties,
    }
    return {**event.top_level, **{key: value for key, value in own.items() if value is not None}}


def leaves(value: object) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Each place in a JSON value with what stands there; a container says only what it is.

    JSON written into a text is read too, below a step ``(JSON)``.
    """
    waiting: list[tuple[tuple[Step, ...], object]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [((*path, str(key)), item) for key, item in one.items()]
            said = "{}"
        elif isinstance(one, list):
            waiting += [((*path, index), item) for index, item in enumerate(one)]
            said = "[]"
        elif isinstance(one, str) and (inner := _json_in(one)) is not None:
            waiting.append(((*path, "(JSON)"), inner))
            said = "text"
        else:
            said = json.dumps(one, default=repr)
        if path:
            yield path, said


def _orders(event: dict[str, object]) -> Iterator[tuple[tuple[Step, ...], list[str]]]:
    """The keys of each object of an event, as they came, where they are many."""
    waiting: list[tuple[tuple[Step, ...], object]] = [((key,), one) for key, one in event.items()]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [((*path, str(key)), item) for key, item in one.items()]
            if len(one) >= ORDERED:
                yield path, [str(key) for key in one]
        elif isinstance(one, list):
            waiting += [((*path, index), item) for index, item in enumerate(one)]


def _json_in(text: str) -> object:
    """The object or list that a text is the JSON of; None where it is no such text."""
    if not text.startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value

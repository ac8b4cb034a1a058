"""What of a program's traffic depends on who runs it, whatever encoding or hash hides it.

Runs of one person are compared with those of another. What is equal in all of one person's runs and
different for the other depends on who they are; what differs between runs of one person is random,
or time, and says nothing.

Rule 1: events are aligned by their name within a host, never by request: what is sent together, and
in what order requests to several hosts arrive, is chance. Values at one place are compared as a
bag, so that the order of events of one name is chance too.
Rule 2: lengths and counts of requests are no place: the size of what was compressed differs by
chance. The number of events of one name is a place of its own.
Rule 3: where runs have different numbers of values at a place, one of one person's values must be
lost and a new one must be there: an event that only sometimes comes is no finding.
Rule 4: of a value that is part chance and part person, as an id with half of it hashed, the part is
seen where all runs have it at the same characters; else it is not. The search for what was planted
is for those.
Rule 5: run them by turns (first, other, first, other), or what moves with time looks like a person.

Published work this learns from: Privacy Oracle (Jung et al., CCS 2008) and Agrigento (Continella et
al., NDSS 2017).
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from payloadproof.evidence.bodies import content_of, fields_of
from payloadproof.evidence.quoting import masked, named
from payloadproof.evidence.runs import Host, Run, as_text, events_of
from payloadproof.recorder.ledger import Event, Request

Step = str | int
_Paths = frozenset[tuple[Step, ...]]
_UNSTEADY_HEADERS = frozenset({"content-length", "host", "connection", "date"})
_DIGIT = re.compile(r"\d")
_NUMBERED, _LONG = (
    8,
    16,
)  # characters of a segment that is a value and no route: with a digit, at all
LEAST = 2  # runs of one person
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_STRANGE = re.compile(r"[^A-Za-z0-9._*/-]")
ROUTE = 100  # characters of a path in a report
KEPT = 200  # characters of a value that a dependence keeps
PART = 6  # characters that differ by person within a value, in digits 1 in 10**6 by chance


class Place(msgspec.Struct, frozen=True, order=True):
    """Where in the traffic. All of it is hostile until it was masked or named.

    Attributes:
        host: its name.
        what: the name of an event; ``METHOD /path`` for a request; empty for the host itself.
        path: keys, and indices of lists, from the event or request down. Of a request the first is
            ``header``, ``query``, ``path`` or ``body``.
        of: the ``value`` there; the ``keys`` that stand there; ``number``, how many such events
            there are; ``presence``, whether there is such a host or request at all; ``words``, of a
            body that is no JSON.
    """

    host: str
    what: str = ""
    path: tuple[Step, ...] = ()
    of: Literal["value", "keys", "number", "presence", "words"] = "value"

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
    words = {"keys": "the keys of ", "number": "how many of them", "words": "words of "}
    said = words.get(place.of, "") + (path or ("the event" if place.of == "keys" else ""))
    return f"{host}, {what}, {said}".removesuffix(", ")


class Dependence(msgspec.Struct, frozen=True):
    """A place whose content depends on who runs the program.

    ``seen``: what the first person's runs held there and what the other's did, shortened, hostile.
    ``by``: what can be told apart by it alone, in the order in which it was asked for; empty where
    that was not asked, or where only several things together change it. ``part``: whether it is
    some characters of the value; where they begin and end is chance.
    """

    place: Place
    seen: tuple[str, str]
    by: tuple[str, ...] = ()
    part: bool = False


class _Seen(msgspec.Struct, frozen=True):
    """One run, flattened: the values at each place, and the places below each event or request."""

    values: dict[Place, Counter[str]]
    below: dict[Place, _Paths]


def dependent(ones: Sequence[Run], others: Sequence[Run]) -> tuple[Dependence, ...]:
    """The places whose content is one thing in all of ``ones`` and another in all of ``others``.

    Args:
        ones: two runs or more of one person, each from an identical fresh home.
        others: one run or more of another person, from homes as fresh.

    Raises:
        ValueError: too few runs; one run alone shows nothing of what is random.
    """
    if len(ones) < LEAST or not others:
        raise ValueError("it takes two runs of one person and one of another")
    return _dependences([_flattened(run) for run in ones], [_flattened(run) for run in others])


def confirmed(
    found: Sequence[Dependence],
    ones: Sequence[Run],
    others: Sequence[Run],
    *,
    same_other: bool = True,
) -> tuple[Dependence, ...]:
    """Those of ``found`` that further runs of the first person and of another show too.

    The first person's content has to be the same again, and so has the other's where ``same_other``
    says that it is the same other person: two throws of a coin do not agree for long.
    """
    again = {one.place: one for one in dependent(ones, others)}
    return tuple(
        one
        for one in found
        if (two := again.get(one.place)) is not None
        and (
            one.place.of == "words"
            or (one.part and two.part)
            or two.seen[: 1 + same_other] == one.seen[: 1 + same_other]
        )
    )


def told_apart(
    found: Sequence[Dependence], ones: Sequence[Run], changed: Mapping[str, Run]
) -> tuple[Dependence, ...]:
    """``found`` with what can be told apart by each place.

    Args:
        found: what depends on the person.
        ones: two runs or more of the first person.
        changed: by what was changed, a run of the first person with that one thing another's.
    """
    base = [_flattened(run) for run in ones]
    moved = {
        thing: {one.place for one in _dependences(base, [_flattened(run)])}
        for thing, run in changed.items()
    }
    return tuple(
        msgspec.structs.replace(
            one, by=tuple(thing for thing, places in moved.items() if one.place in places)
        )
        for one in found
    )


def _dependences(ones: list[_Seen], others: list[_Seen]) -> tuple[Dependence, ...]:
    found: dict[Place, Dependence] = {}
    places = dict.fromkeys(place for seen in ones for place in seen.values)
    places |= dict.fromkeys(place for seen in others for place in seen.values)
    for place in places:
        mine = [seen.values.get(place, Counter[str]()) for seen in ones]
        theirs = [seen.values.get(place, Counter[str]()) for seen in others]
        if place.of in ("number", "presence"):
            mine, theirs = ([one or Counter("0") for one in side] for side in (mine, theirs))
        pair = _words(mine, theirs) if place.of == "words" else _told(mine, theirs)
        part = pair is None and place.of == "value"
        pair = _part(mine, theirs) if part else pair
        if pair is not None:
            found[place] = Dependence(place, pair, part=part)
    for one in _keys(ones, others):
        found.setdefault(one.place, one)
    hosts = {place.host for place in found if not place.what}
    kept = (place for place in found if place.host not in hosts or not place.what)
    return tuple(found[place] for place in sorted(kept, key=_order))


def _order(place: Place) -> tuple[str, ...]:
    return place.host, place.what, place.text, place.of


def _told(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """What each side has, where each agrees with itself and not with the other."""
    mine, theirs = [one for one in mine if one], [one for one in theirs if one]
    if len(mine) < LEAST or not theirs:
        return None
    if len({one.total() for one in (*mine, *theirs)}) == 1:
        # Where there are as many on both sides, what one has more of the other has less of.
        if any(one != side[0] for side in (mine, theirs) for one in side):
            return None
        lost, new = mine[0] - theirs[0], theirs[0] - mine[0]
        return (_shown(lost), _shown(new)) if lost else None
    ours, yours = [set(one) for one in mine], [set(one) for one in theirs]
    if any(one != side[0] for side in (ours, yours) for one in side):
        return None
    gone, come = ours[0] - yours[0], yours[0] - ours[0]
    return (_shown(gone), _shown(come)) if gone and come else None


def _part(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """Characters in a row that each side agrees on, and of which enough are not the other's."""
    if sum(map(bool, mine)) < LEAST or not any(theirs):
        return None
    ours, yours = ([text for one in side for text in one] for side in (mine, theirs))
    if len({len(text) for text in (*ours, *yours)}) > 1:
        return None
    columns = zip(zip(*ours, strict=True), zip(*yours, strict=True), strict=True)
    steady = [len(set(own)) == len(set(its)) == 1 for own, its in columns]
    begin = 0
    for at, agreed in enumerate((*steady, False)):
        if agreed:
            continue
        part = ours[0][begin:at], yours[0][begin:at]
        if sum(a != b for a, b in zip(*part, strict=True)) >= PART:
            return part
        begin = at + 1
    return None


def _words(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """Of bodies that are no JSON: a word that one side always has, and the other never."""
    mine, theirs = [one for one in mine if one], [one for one in theirs if one]
    if len(mine) < LEAST or not theirs:
        return None
    ours, yours = set[str].intersection(*map(set, mine)), set[str].intersection(*map(set, theirs))
    lost, new = ours.difference(*theirs), yours.difference(*mine)
    return (_shown(lost), _shown(new)) if lost and new else None


def _shown(values: Counter[str] | set[str]) -> str:
    return ", ".join(sorted(values))[:KEPT]


def _keys(ones: list[_Seen], others: list[_Seen]) -> Iterator[Dependence]:
    """Where one side has keys that the other has not, at the nearest place that both have."""
    for root in set[Place].intersection(*(set(seen.below) for seen in (*ones, *others))):
        mine = [seen.below[root] for seen in ones]
        theirs = [seen.below[root] for seen in others]
        shared = _Paths().union(*mine).intersection(*mine, *theirs)
        gone: defaultdict[tuple[Step, ...], tuple[set[str], set[str]]] = defaultdict(
            lambda: (set(), set())
        )
        for side, (have, lack) in enumerate(((mine, theirs), (theirs, mine))):
            for path in _Paths(have[0]).intersection(*have).difference(*lack):
                above = path[:-1]
                while above and above not in shared:
                    above = above[:-1]
                gone[above][side].add(str(path[len(above)]))
        for above, (lost, new) in gone.items():
            # A key that is new in every run is new in the other's too.
            if lost or len({_children(paths, above) for paths in mine}) == 1:
                place = Place(root.host, root.what, above, "keys")
                yield Dependence(place, (_shown(lost), _shown(new)))


def _children(paths: _Paths, above: tuple[Step, ...]) -> _Paths:
    length = len(above)
    return _Paths(path for path in paths if len(path) == length + 1 and path[:length] == above)


def _flattened(run: Run) -> _Seen:
    if "flattened" not in run.worked_out:
        run.worked_out["flattened"] = _flatten_run(run)
    seen: _Seen = run.worked_out["flattened"]
    return seen


def _flatten_run(run: Run) -> _Seen:
    values: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    below: defaultdict[Place, set[tuple[Step, ...]]] = defaultdict(set)
    for name in dict.fromkeys([*(host.name for host in run.hosts), *run.asked]):
        values[Place(name, of="presence")]["1"] = 1
    for host in run.hosts:
        numbers: Counter[str] = Counter()
        for said in events_of(host):
            root = Place(host.name, as_text(said.event.name))
            numbers[root.what] += 1
            for path, value in leaves(parts_of(said.event)):
                below[root].add(path)
                values[Place(host.name, root.what, path)][value] += 1
        for name, number in numbers.items():
            values[Place(host.name, name, of="number")][str(number)] = 1
        for request in host.requests:
            _flatten(host, request, values, below)
    return _Seen(dict(values), {root: frozenset(paths) for root, paths in below.items()})


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


def _json_in(text: str) -> object:
    """The object or list that a text is the JSON of; None where it is no such text."""
    if not text.startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value

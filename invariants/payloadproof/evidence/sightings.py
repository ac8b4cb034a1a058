"""Where in a run's traffic something stands that was planted on its stage.

Rule 1: every byte to every host is searched, and so is every name that was looked up.
Rule 2: one value at one place of one host is one sighting, however often it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from payloadproof.evidence.bodies import content_of
from payloadproof.evidence.placed import Place, Step, leaves, parts_of, routed
from payloadproof.evidence.runs import Host, Planted, Run, as_text
from payloadproof.evidence.search import Layers, layers, needles, texts_of
from payloadproof.recorder.ledger import Request

_PLACED = 4 * 1024 * 1024  # bytes of a request beyond which it is not said where in it


class Sighting(msgspec.Struct, frozen=True):
    """``planted`` seen at a ``place``.

    ``encoding``: how, in words. ``request``: None where it stood in a name that was looked up.
    ``host``: None then, too.
    """

    planted: Planted
    encoding: str
    place: Place
    host: Host | None = None
    request: Request | None = None


class _Wanted:
    """The forms of what was planted, and one expression for all of them: most texts hold none."""

    def __init__(self, planted: tuple[Planted, ...]) -> None:
        self.forms = {one: list(needles(one.value, one.piece)) for one in planted}
        every = {needle for forms in self.forms.values() for _, needle in forms}
        self._any = re.compile(_any_of(every))

    def within(
        self, read: Layers, among: Iterable[Planted] | None = None
    ) -> Iterator[tuple[Planted, str]]:
        """What of it, or of some of it, stands in a text, and how."""
        if not self.forms or not any(self._any.search(layer.hay) for layer in read.layers):
            return
        for planted in self.forms if among is None else among:
            if (encoding := read.holds(self.forms[planted])) is not None:
                yield planted, encoding


class _Trie(dict[int, "_Trie"]):
    """Bytes by the byte that they begin with; ``ends``: one of them is over here."""

    ends = False


def _any_of(every: Iterable[bytes]) -> bytes:
    """An expression for thousands of byte strings, which reads what they begin with once.

    Alternatives side by side are tried one after another at every place: 60 times as slow.
    """
    trie = _Trie()
    for one in every:
        node = trie
        for byte in one:
            node = node.setdefault(byte, _Trie())
        node.ends = True
    return _expressed(trie)


def _expressed(trie: _Trie) -> bytes:
    if trie.ends:  # that it is there is enough: it does not matter how it goes on
        return b""
    branches = [re.escape(bytes([byte])) + _expressed(trie[byte]) for byte in sorted(trie)]
    return branches[0] if len(branches) == 1 else b"(?:%s)" % b"|".join(branches)


@lru_cache(maxsize=32)
def _wanted(planted: tuple[Planted, ...]) -> _Wanted:
    return _Wanted(planted)


def sightings(run: Run) -> tuple[Sighting, ...]:
    """Everything planted that was seen, in the order of hosts and requests."""
    return _searched(run)[0]


def unsearched(run: Run) -> tuple[Request, ...]:
    """The requests that hold more than is unpacked: what they hold beyond that nobody looked at."""
    return _searched(run)[1]


def _searched(run: Run) -> tuple[tuple[Sighting, ...], tuple[Request, ...]]:
    if "searched" not in run.worked_out:
        run.worked_out["searched"] = _search(run)
    found: tuple[tuple[Sighting, ...], tuple[Request, ...]] = run.worked_out["searched"]
    return found


def _search(run: Run) -> tuple[tuple[Sighting, ...], tuple[Request, ...]]:
    wanted = _wanted(run.planted)
    seen: dict[tuple[str, Place], Sighting] = {}
    left: list[Request] = []
    for host in run.hosts:
        for request in host.requests:
            read = layers(*texts_of(request))
            if not read.whole:
                left.append(request)
            for one in _in_request(wanted, host, request, read):
                seen.setdefault((one.planted.what, _numberless(one.place)), one)
    for name in run.asked:
        for planted, encoding in wanted.within(layers(name.encode(errors="replace"))):
            place = Place(name, of="presence")
            seen.setdefault((planted.what, place), Sighting(planted, encoding, place))
    return tuple(seen.values()), tuple(left)


def planted_in(run: Run, text: str) -> tuple[tuple[Planted, str], ...]:
    """What was planted on a run's stage and stands in a text, with its encoding."""
    return tuple(_wanted(run.planted).within(layers(text.encode(errors="replace"))))


def _numberless(place: Place) -> Place:
    steps = tuple("*" if isinstance(step, int) else step for step in place.path)
    return msgspec.structs.replace(place, path=steps)


def _in_request(wanted: _Wanted, host: Host, request: Request, read: Layers) -> Iterator[Sighting]:
    hits = dict(wanted.within(read))
    if not hits:
        return
    placed: set[Planted] = set()
    if len(request.wire) + len(request.body or b"") <= _PLACED:
        for what, path, text in _texts(request):
            for planted, encoding in wanted.within(layers(text), hits):
                placed.add(planted)
                yield Sighting(planted, encoding, Place(host.name, what, path), host, request)
    what = f"{request.method} {routed(request.path.partition('?')[0])[0]}"
    for planted, encoding in hits.items():
        if planted not in placed:
            # Across two values, or in bytes that are no JSON.
            yield Sighting(planted, encoding, Place(host.name, what), host, request)


def _texts(request: Request) -> Iterator[tuple[str, tuple[Step, ...], bytes]]:
    """Each value of a request with its key, and where it stands."""
    target, _, query = request.path.partition("?")
    what = f"{request.method} {routed(target)[0]}"
    heads: Iterable[tuple[tuple[Step, ...], str]] = [
        (("path",), target),
        (("query",), query),
        *((("header", name.lower()), f"{name}: {value}") for name, value in request.headers),
    ]
    yield from ((what, path, text.encode(errors="replace")) for path, text in heads)
    for event in request.events:
        name = as_text(event.name)
        yield name, ("event",), name.encode(errors="replace")
        yield from _spread(name, parts_of(event), ())
    content = content_of(request)
    if not isinstance(content, frozenset):
        yield from _spread(what, content, ("body",))


def _spread(
    what: str, value: object, above: tuple[Step, ...]
) -> Iterator[tuple[str, tuple[Step, ...], bytes]]:
    for path, text in leaves(value):
        yield what, (*above, *path), f"{path[-1]}: {text}".encode(errors="replace")

"""What the states of all parts come to: which events came again, and how many there are of a day.

Rule 1: one share of the records is looked at at a time, of all states.
Rule 2: what is found does not depend on the order of the states, nor on where one of them ends: a
place is that of its file among all files, and the first is the one that stands first.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Final, NamedTuple

from payloadproof.audit.records import Partitions, Records, Share, shares
from payloadproof.audit.state import (
    SORT_SHIFT,
    Place,
    Refusal,
    Sort,
    among_all,
    are_numbered_alike,
    place_of,
    told,
)
from payloadproof.clauses.wire.retries import SortOfCopy, sort_of_copy

_NO_BOUND: Final = sys.maxsize
_ByName = defaultdict[int, list[int]]
KEPT: Final = 8  # pairs of each kind of copy, to be read again


class Part(NamedTuple):
    """A state, and for each of its files the number that it has among all."""

    records: Records
    sorts: Sequence[Sort]
    refused: dict[int, Refusal]
    files: Sequence[int]


class Spot(NamedTuple):
    """Where an event stands among all, and its request."""

    at: int
    method: str
    path: str

    @property
    def place(self) -> Place:
        """The place, its file by the number that it has among all."""
        return place_of(self.at)


class Pair(NamedTuple):
    """A copy, and the event that it is one of; what it is of ``name``."""

    again: Spot
    first: Spot
    name: str


class Crowd(NamedTuple):
    """All events of one name, installation and UTC day, but for copies.

    ``who``: a digest of the installation; ``day``: an ordinal, ``NO_DAY`` for none; ``known``: as
    the contract has the name.
    """

    name: str
    known: bool
    who: int
    day: int
    times: int


class _Word(NamedTuple):
    """A record, with what it refers to."""

    at: int
    part: int
    who: int
    word: int


class Copies:
    """What was found of copies: how many of each kind, and the first few pairs of it."""

    def __init__(self) -> None:
        self.times: Counter[tuple[SortOfCopy, str]] = Counter()
        self.pairs: defaultdict[tuple[SortOfCopy, str], list[Pair]] = defaultdict(list)
        self.again = 0
        #: the first event that came again after a refusal: that refusal, its file, and the event
        self.not_given_up: tuple[Spot, int, Pair] | None = None

    def add(self, sort: SortOfCopy, pair: Pair) -> None:
        """One more."""
        if sort == "again":
            self.again += 1
            return
        kind = sort, pair.name
        self.times[kind] += 1
        pairs = self.pairs[kind]
        pairs.append(pair)
        if len(pairs) > KEPT * 4:
            self.pairs[kind] = nsmallest(KEPT, pairs)

    def refused(self, again: Spot, first: Spot, answered: int, name: str) -> None:
        """One that came again after a refusal."""
        if self.not_given_up is None or again.at < self.not_given_up[0].at:
            self.not_given_up = again, answered, Pair(again, first, name)


class Crowds:
    """Reads the states once for copies; then what is left of them for crowds."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.copies = Copies()
        self.installs = 0
        self.days: Counter[tuple[str, bool]] = Counter()  # of installations with one, by name
        self._by_who = Partitions()
        self._copied = False  # whether one of these is a copy
        self._names: dict[tuple[str, bool, int], int] = {}
        self._requests: dict[tuple[str, str], int] = {}
        self._of_sorts = [self._numbered(part.sorts) for part in parts]
        for _, every in shares([part.records for part in parts]):
            self._copies_in(every)

    def _numbered(self, sorts: Sequence[Sort]) -> tuple[list[int], list[int]]:
        """Of each sort of a part: the number of its name and day, and of its request, twice."""
        names, requests = self._names, self._requests
        named = [names.setdefault((one.name, one.known, one.day), len(names)) for one in sorts]
        asked = [requests.setdefault((one.method, one.path), len(requests)) * 2 for one in sorts]
        return named, asked

    def _copies_in(self, every: Sequence[Share]) -> None:
        again = _twice([keys for keys, _, _, _ in every])
        groups: defaultdict[int, list[_Word]] = defaultdict(list)
        for n, share in enumerate(every if again else ()):
            for key, at, who, word in zip(*share, strict=True):
                if key in again:
                    there = among_all(self._parts[n].files, at)
                    groups[key].append(_Word(there, n, who, word))
        copies = {at for key, group in groups.items() for at in self._group(key, group)}
        for n, share in enumerate(every):
            self._by_who.add(*self._leading(n, share, copies))

    def _group(self, key: int, group: list[_Word]) -> Iterator[int]:
        """Events under one key; the places of those that are copies."""
        group.sort()
        first = group[0]
        sort, time, said = told(first.word)
        held = self._parts[first.part].sorts[sort]
        if held.held == "alone":
            return
        refusal = self._refusal(key)
        for one in group[1:]:
            its, then, content = told(one.word)
            other = self._parts[one.part].sorts[its]
            pair = Pair(self._spot(one), self._spot(first), other.name)
            if held.held == "bare":
                if pair.again.place[:2] != pair.first.place[:2]:
                    self.copies.add("bare", pair)
                    yield one.at
                continue
            same = sort_of_copy(same_time=time == then, same_content=said == content)
            self.copies.add(same, pair)
            yield one.at
            if refusal and not other.past:
                spot, answered = refusal
                if spot.at < one.at and spot.place[:2] != pair.again.place[:2]:
                    self.copies.refused(pair.again, spot, answered, other.name)

    def _refusal(self, key: int) -> tuple[Spot, int] | None:
        found = [
            (Spot(among_all(part.files, one.at), one.method, one.path), one.answered)
            for n, part in enumerate(self._parts)
            if (one := part.refused.get(key))
        ]
        return min(found, default=None)

    def _spot(self, word: _Word) -> Spot:
        sort = self._parts[word.part].sorts[told(word.word)[0]]
        return Spot(word.at, sort.method, sort.path)

    def _leading(self, part: int, share: Share, copies: set[int]) -> tuple[Iterable[int], ...]:
        """The records again, led by who sent them."""
        named, asked = self._of_sorts[part]
        files = self._parts[part].files
        _, places, whos, words = share
        if not are_numbered_alike(files):
            places = array("Q", [among_all(files, at) for at in places])
        of = [word >> SORT_SHIFT for word in words]
        request: Iterable[int] = map(asked.__getitem__, of)
        if copies:
            self._copied = True
            request = [one + (at in copies) for one, at in zip(request, places, strict=True)]
        return whos, places, map(named.__getitem__, of), request

    def crowds(
        self, places_over: dict[str, int], on_crowd: Callable[[Crowd], None] | None = None
    ) -> Iterator[tuple[Crowd, Spot]]:
        """The crowds over a bound, each with the place of the first event too many.

        Args:
            places_over: by an event of the contract, how many there may be.
            on_crowd: is told of every crowd.
        """
        names, requests = list(self._names), list(self._requests)
        bounds = [
            places_over.get(name, _NO_BOUND) if known else _NO_BOUND for name, known, _ in names
        ]
        for _, [share] in shares([self._by_who]):
            self.installs += len(set(share[0]))
            every, once = self._by_name(share)
            for n, some in every.items():
                self.days[names[n][:2]] += len(set(some))
            over: dict[tuple[int, int], int] = {}
            for n, some in once.items():
                if on_crowd is None and len(some) <= bounds[n]:
                    continue
                for who, many in Counter(some).items():
                    if on_crowd is not None:
                        on_crowd(Crowd(*names[n][:2], who, names[n][2], many))
                    if many > bounds[n]:
                        over[who, n] = many
            places: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
            for who, at, n, request in zip(*share, strict=True) if over else ():
                if (who, n) in over and not request & 1:
                    places[who, n].append((at, request >> 1))
            for who, n in sorted(over):
                name, known, day = names[n]
                at, request = sorted(places[who, n])[places_over[name]]
                yield (
                    Crowd(name, known, who, day, over[who, n]),
                    Spot(at, *requests[request]),
                )
        self._by_who.close()

    def _by_name(self, share: Share) -> tuple[_ByName, _ByName]:
        """Who sent events of each name and day: all of them, and without copies.

        A few lists that are looked at in turn: a table of all pairs would lie all over the memory.
        """
        whos, _, which, asked = share
        every: _ByName = defaultdict(list)
        for who, n in zip(whos, which, strict=True):
            every[n].append(who)
        if not self._copied:
            return every, every
        once: _ByName = defaultdict(list)
        for who, n, request in zip(whos, which, asked, strict=True):
            if not request & 1:
                once[n].append(who)
        return every, once


def _twice(columns: Sequence[array[int]]) -> set[int]:
    """What is in them more than once."""
    if len(set().union(*columns)) == sum(map(len, columns)):
        return set()
    seen: set[int] = set()
    twice: set[int] = set()
    for column in columns:
        for key in column:
            (twice if key in seen else seen).add(key)
    return twice


__all__ = ["Copies", "Crowd", "Crowds", "Pair", "Part", "Spot"]

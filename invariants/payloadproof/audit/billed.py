"""What PostHog would bill of all parts of an audit: the same as of one that saw all of it in turn.

Rule 1: events are taken in the order of their places, files in the order of their paths: who has a
person when is a matter of order. A test holds this equal to :class:`payloadproof.billing.Meter`.
Rule 2: one share of the records is looked at at a time; ids that are made one are counted
together, the others by themselves.
Rule 3: two ids are taken for one where 64 bits of a digest agree, as elsewhere in an audit. Behind
the 4,096th event of one request, events stand at one place, and none of them upgrades another.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Final, NamedTuple

from payloadproof.audit.bill import (
    CHEAP,
    FULL,
    KIND_BITS,
    KINDS,
    MODE_BITS,
    NO_KEY,
    NOBODY,
    PAST,
    SORTS,
    Bill,
)
from payloadproof.audit.marks import ORIGIN, TICK
from payloadproof.audit.records import Partitions, Record, Share, low_bytes, shares
from payloadproof.audit.state import among_all, are_numbered_alike
from payloadproof.billing.meter import Metered
from payloadproof.recorder.ledger import Event
from payloadproof.recorder.persons import UPGRADE_AFTER, People

_DAY: Final = (dt.timedelta(days=1) // TICK) << KIND_BITS  # of a word
_LATER: Final = UPGRADE_AFTER // TICK
_KIND: Final = KINDS - 1
_MODE: Final = 2**MODE_BITS - 1
_PAST: Final = PAST << MODE_BITS
_NO_DAY: Final = -1
_NOBODY_YET: Final = (2**64, 2**64)  # a place behind all others, and a time beyond all words
#: Of the least byte of a word: its kind, and whether that is one of these.
_OF_KIND: Final = bytes(byte & _KIND for byte in range(256))
_IS_FULL: Final = bytes(byte & _MODE == FULL for byte in range(256))
_IS_CHEAP: Final = bytes(not byte & _KIND for byte in range(256))
_MAKER: Final = Event(
    name=None, distinct_id=None, uuid=None, timestamp=None, properties=None, top_level={}
)


class Billed(NamedTuple):
    """What a part remembers, and for each of its files the number that it has among all."""

    bill: Bill
    files: Sequence[int]


def billed(parts: Sequence[Billed]) -> Metered:
    """What was counted of all of them."""
    return _Count(parts).total()


class _Count:
    def __init__(self, parts: Sequence[Billed]) -> None:
        self._parts = parts
        self._kinds: Counter[int] = Counter()
        self._days: set[int] = set()
        self._upgraded = self._repeats = self._installs = 0
        self._asked = set().union(*(part.bill.asked for part in parts))
        self._joins: dict[tuple[int, int, bool], int] = {}
        for part in parts:
            for ids, at in part.bill.joins.items():
                there = among_all(part.files, at)
                self._joins[ids] = min(there, self._joins.get(ids, there))
        self._group = _groups(self._joins)
        self._joined = Partitions()
        for is_in, every in shares([part.bill.records for part in parts]):
            self._by_themselves(self._rows(every), is_in)
        if self._group:
            for is_in, [share] in shares([self._joined]):
                self._together(share, is_in)
        self._joined.close()

    def total(self) -> Metered:
        """All of it."""
        by_sort: Counter[str | None] = Counter()
        cheap = 0
        for kind, times in self._kinds.items():
            sort = SORTS[kind >> MODE_BITS]
            by_sort[sort] += times
            if sort == "events" and kind & _MODE in (CHEAP, NOBODY):
                cheap += times
        events, exceptions = by_sort.pop("events", 0), by_sort.pop("exceptions", 0)
        past = by_sort.pop(None, 0)
        return Metered(
            events=events,
            identified=events - cheap + self._upgraded,
            upgraded=self._upgraded,
            exceptions=exceptions,
            flags=sum(part.bill.flags for part in self._parts),
            apart={str(sort): times for sort, times in sorted(by_sort.items(), key=str)},
            past=past,
            repeats=self._repeats,
            installs=self._installs,
            days=len(self._days - {_NO_DAY}),
        )

    def _rows(self, every: Sequence[Share]) -> Share:
        """The same of all parts in one."""
        if len(every) == 1 and are_numbered_alike(self._parts[0].files):
            return every[0]
        columns = array("Q"), array("Q"), array("Q"), array("Q")
        for part, share in zip(self._parts, every, strict=True):
            for column, some in zip(columns, share, strict=True):
                column.extend(some)
            if not are_numbered_alike(part.files):
                begin = len(columns[1]) - len(share[1])
                columns[1][begin:] = array("Q", [among_all(part.files, at) for at in share[1]])
        return columns

    def _by_themselves(self, columns: Share, is_in: Callable[[int], bool]) -> None:
        """Ids that no event makes one with another; the rows of the others are put aside."""
        if self._group and not self._group.keys().isdisjoint(columns[0]):
            rows = list(zip(*columns, strict=True))
            self._joined.add_each(_pairs(self._group, rows))
            columns = _columns(row for row in rows if row[0] not in self._group)
        if repeats := _repeats(columns):
            self._repeats += len(repeats)
            # A copy that is not counted may be who makes the person: only its first is.
        whos, ats, _, words = columns
        full = low_bytes(words).translate(_IS_FULL)
        # The last that is put in stays: of each the one that stands first.
        latest = sorted(_where(full, ats, words, whos), reverse=True)
        makers = {who: (at, word >> KIND_BITS) for at, word, who in latest}
        if repeats:
            rows = list(zip(*columns, strict=True))
            left = _columns(row for n, row in enumerate(rows) if n not in repeats)
            whos, ats, _, words = left
        low = low_bytes(words).translate(_OF_KIND)
        kinds = {kind: low.count(kind) for kind in set(low)}
        self._kinds.update(kinds)
        # Behind which place, and from which word on, an event upgrades: it is later than that.
        upgrades = {
            who: (first, born + _LATER + 1 << KIND_BITS)
            for who, (first, born) in makers.items()
            if born
        }
        if upgrades:
            for who, at, word in _where(low.translate(_IS_CHEAP), whos, ats, words):
                first, least = upgrades.get(who, _NOBODY_YET)
                if first < at and least <= word:
                    self._upgraded += 1
        mine = set(filter(is_in, self._asked)) - self._group.keys()
        if any(kind >= _PAST for kind in kinds):
            self._days.update(_day(word) for word in words if word & _KIND < _PAST)
            present = {who for who, word in zip(whos, words, strict=True) if word & _KIND < _PAST}
            self._installs += len(present | mine)
        else:
            self._days.update([(word - KINDS) // _DAY for word in words])
            self._installs += len(mine.union(whos))

    def _together(self, share: Share, is_in: Callable[[int], bool]) -> None:
        """Groups of ids that are made one, each with all that happened to it in its order."""
        happened: defaultdict[int, list[tuple[int, int, int, int, int]]] = defaultdict(list)
        records = zip(*share, strict=True)
        for (group, who, at, _), (_, key, word, _) in zip(records, records, strict=True):
            happened[group].append((at, 1, who, key, word))
        for (who, other, dangerously), at in self._joins.items():
            if is_in(self._group[who]):
                happened[self._group[who]].append((at, 0, who, other, dangerously))
        asked: defaultdict[int, set[str]] = defaultdict(set)
        for who in self._asked & self._group.keys():
            asked[self._group[who]].add(str(who))
        for group, steps in happened.items():
            people = People()
            present = self._in_turn(sorted(steps), people) | asked[group]
            self._installs += len({people.root(who) for who in present})

    def _in_turn(self, steps: Sequence[tuple[int, int, int, int, int]], people: People) -> set[str]:
        """What happened to some ids; those that something is counted of."""
        seen: set[tuple[int, int, int]] = set()
        present: set[str] = set()
        for _, is_row, number, key, word in steps:
            who = str(number)
            if not is_row:
                people.join(who, str(key), dangerously=bool(word))
                continue
            time = word >> KIND_BITS
            at = ORIGIN + (time - 1) * TICK if time else None
            if word & _MODE == FULL:
                people.make(who, _MAKER, at)
            copy = number, key, _day(word)
            if key != NO_KEY and copy in seen:
                self._repeats += 1
                continue
            seen.add(copy)
            kind = word & _KIND
            self._kinds[kind] += 1
            if kind < _PAST:
                present.add(who)
                self._days.add(_day(word))
                if not kind and people.upgrades(who, at) is not None:
                    self._upgraded += 1
        return present


def _day(word: int) -> int:
    return (word - KINDS) // _DAY


def _where(those: bytes, *columns: array[int]) -> Iterator[tuple[int, int, int]]:
    """The rows of three columns that a byte of each says something of."""
    whos, ats, words = (compress(column, those) for column in columns)
    return zip(whos, ats, words, strict=True)


def _groups(joins: dict[tuple[int, int, bool], int]) -> dict[int, int]:
    """Of each id that is made one with another, or may be: an id that stands for all of these."""
    leader: dict[int, int] = {}

    def root(who: int) -> int:
        while (above := leader.setdefault(who, who)) != who:
            leader[who] = leader[above]
            who = above
        return who

    for who, other, _ in joins:
        one, two = sorted((root(who), root(other)))
        leader[two] = one
    return {who: root(who) for who in list(leader)}


def _pairs(group: dict[int, int], rows: Sequence[Record]) -> Iterator[Record]:
    """Two records for each row of an id that is in a group: they lie behind one another."""
    for who, at, key, word in rows:
        if who in group:
            yield group[who], who, at, 0
            yield group[who], key, word, 0


def _columns(rows: Iterable[Record]) -> Share:
    whos, ats, keys, words = array("Q"), array("Q"), array("Q"), array("Q")
    for who, at, key, word in rows:
        whos.append(who)
        ats.append(at)
        keys.append(key)
        words.append(word)
    return whos, ats, keys, words


def _repeats(columns: Share) -> set[int]:
    """Which rows are copies of one that stands before them."""
    whos, ats, keys, words = columns
    distinct = set(keys)
    if len(distinct) == len(keys):
        return set()
    copies: defaultdict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    often = Counter(keys)
    for n, key in enumerate(keys):
        if key != NO_KEY and often[key] > 1:
            copies[whos[n], key, _day(words[n])].append((ats[n], n))
    return {n for some in copies.values() for _, n in sorted(some)[1:]}


__all__ = ["Billed", "billed"]

"""What is remembered of every event, so that copies and crowds of it are found at the end.

Rule 1: one record an event (:mod:`payloadproof.audit.records`), which begins with a hash.
Rule 2: a hash is the same in every process and on every machine, so that two states can be read as
one. Two events are taken for one where 64 bits of a digest agree: among 20 million different ones
that happens once in 90,000 audits.
Rule 3: no text of an event is kept, but the names that the contract knows, others as they are
shown, and the paths of requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from payloadproof.audit.marks import (
    MARK_BITS,
    days_of,
    digest,
    digests_of_who,
    key_of,
    keys_of,
)
from payloadproof.audit.records import IN_MEMORY, Partitions, Records
from payloadproof.clauses.wire.retries import has_uuid
from payloadproof.evidence.runs import as_text

#: What a place has room for; whatever is beyond stands at the last one.
FILES: Final = 2**20
_NUMBERS, _INDEXES = 2**32, 2**12
EACH_NUMBER: Final = _INDEXES  # by how much a place goes up from one number to the next
_SORTS = 2**24
_SAID_BITS, _TIME_BITS = 20, MARK_BITS
SORT_SHIFT: Final = _SAID_BITS + _TIME_BITS
_SAID, _TIME = 2**_SAID_BITS - 1, 2**_TIME_BITS - 1


class Sort(NamedTuple):
    """What many events have in common.

    ``name``: as the contract has it, else as a report quotes it; ``known``: which of the two;
    ``day``: the ordinal of the UTC day that it names; ``method`` and ``path``: of its request, the
    query left out; ``held``: how a copy can be told: by its uuid, by all that it says, or not at
    all; ``past``: it came in a backfill.
    """

    name: str
    known: bool
    day: int
    method: str
    path: str
    held: Literal["uuid", "bare", "alone"]
    past: bool


class Place(NamedTuple):
    """Where an event stands: the file, the line or request in it, and the event in that."""

    file: int
    number: int
    event: int


def placed(place: Place) -> int:
    """A place as one integer that sorts as places do."""
    file, number, index = place
    return (min(file, FILES - 1) * _NUMBERS + min(number, _NUMBERS - 1)) * _INDEXES + min(
        index, _INDEXES - 1
    )


def place_of(at: int) -> Place:
    """The place that an integer stands for."""
    at, index = divmod(at, _INDEXES)
    return Place(*divmod(at, _NUMBERS), index)


def among_all(files: Sequence[int], at: int) -> int:
    """A place of a part, with its file by the number that ``files`` say it has among all."""
    file, number, index = place_of(at)
    return placed(Place(files[file], number, index))


def are_numbered_alike(files: Sequence[int]) -> bool:
    """Whether :func:`among_all` would change no place."""
    return list(files) == list(range(len(files)))


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """An event that the service refused for good, the first time: where, and with which answer."""

    at: int
    method: str
    path: str
    answered: int


class Batch(NamedTuple):
    """Events of one name and one kind of request, a column of each of their fields.

    ``quoted``: the name as a report has it; ``known``: whether the contract has it; ``answered``:
    as the service refused the request for good; ``ids`` and ``plain``: the distinct ids and the
    uuids where all of them are plain ids; ``marks``: of what the timestamps say; ``said``: a digest
    of what a copy has to say, too.
    """

    name: str
    quoted: str
    known: bool
    method: str
    path: str
    past: bool
    answered: int | None
    places: Sequence[int]
    who: Sequence[object]
    uuids: Sequence[object]
    timestamps: Sequence[object]
    ids: Sequence[str] | None
    plain: Sequence[str] | None
    times: Sequence[int]
    marks: Sequence[int]
    said: Sequence[int]


class State:
    """All of it, of one audit or of a part of one."""

    def __init__(self, bound: int = IN_MEMORY) -> None:
        self._kept = Partitions(bound)
        self.records: Records = self._kept
        self.sorts: dict[Sort, int] = {}
        self.refused: dict[int, Refusal] = {}

    def add(self, batch: Batch) -> tuple[Sequence[int], Sequence[int]]:
        """Events, in the order of their places; digests of each, and of who sent it."""
        whos = digests_of_who(batch.who, batch.ids)
        days = days_of(batch.times)
        keys: Sequence[int]
        if batch.plain is not None and (batch.answered is None or batch.past):
            keys = keys_of(batch.name, batch.plain)
            sorts = {day: self._sort(batch, day, "uuid") << SORT_SHIFT for day in set(days)}
            words = [
                sorts[day] | mark << _SAID_BITS | content & _SAID
                for day, mark, content in zip(days, batch.marks, batch.said, strict=True)
            ]
        else:
            keys, words = self._one_by_one(batch, days)
        self._kept.add(keys, batch.places, whos, words)
        return keys, whos

    def _one_by_one(self, batch: Batch, days: Sequence[int]) -> tuple[list[int], list[int]]:
        name = batch.name
        keys, words = [], []
        by_day: dict[tuple[int, str], int] = {}
        refuses = batch.answered is not None and not batch.past
        ids = zip(batch.places, batch.who, batch.uuids, strict=True)
        rest = zip(batch.timestamps, days, batch.marks, batch.said, strict=True)
        for (at, who, uuid), (timestamp, day, mark, content) in zip(ids, rest, strict=True):
            held: Literal["uuid", "bare", "alone"] = "uuid"
            if isinstance(uuid, str) and has_uuid(uuid):
                key = key_of(name, uuid)
                if refuses:
                    self._refuse(key, at, batch)
            elif isinstance(timestamp, str):
                held = "bare"
                key = digest(f"{name}\0{as_text(who)}\0{timestamp}\0{content}\0")
            else:
                held = "alone"
                key = digest(f"{at}")
            sort = by_day.get((day, held))
            if sort is None:
                sort = by_day[day, held] = self._sort(batch, day, held)
            keys.append(key)
            words.append((sort << _TIME_BITS | mark) << _SAID_BITS | content & _SAID)
        return keys, words

    def _sort(self, batch: Batch, day: int, held: Literal["uuid", "bare", "alone"]) -> int:
        name = batch.name if batch.known else batch.quoted
        sort = Sort(name, batch.known, day, batch.method, batch.path, held, batch.past)
        if sort not in self.sorts and len(self.sorts) == _SORTS:
            return _SORTS - 1
        return self.sorts.setdefault(sort, len(self.sorts))

    def _refuse(self, key: int, at: int, batch: Batch) -> None:
        before = self.refused.get(key)
        if batch.answered is not None and (before is None or at < before.at):
            self.refused[key] = Refusal(at, batch.method, batch.path, batch.answered)


def told(word: int) -> tuple[int, int, int]:
    """What the last integer of a record holds: the sort, a digest of the time and of the rest."""
    word, said = divmod(word, _SAID + 1)
    return (*divmod(word, _TIME + 1), said)

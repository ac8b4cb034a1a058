"""What is remembered of every event for the bill, whichever process has seen it.

Rule 1: 32 bytes an event, by distinct id, with everything that the event alone says of how it is
billed; and each pair of distinct ids that some event makes one. What depends on other events is
counted in the end (:mod:`payloadproof.audit.billed`).
Rule 2: no rule of the service is written here: they are asked of :mod:`payloadproof.recorder`.
Rule 3: no text of an event is kept, of distinct ids a digest.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from payloadproof.audit.marks import ORIGIN, TICK, digest_of_who, each_once, key_of
from payloadproof.audit.records import IN_MEMORY, Partitions, Record, Records
from payloadproof.audit.state import Batch
from payloadproof.billing.meter import Counted, counted_as, flags_asked
from payloadproof.evidence.history import Sent
from payloadproof.recorder.ingest import (
    PROFILE,
    Way,
    is_dropped_later,
    is_kept,
    is_nobody,
    lane_of,
    sent_at_of,
    stored_at,
    stored_id,
    stored_uuid,
    wants_a_person,
    way_of,
)
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.persons import DANGEROUSLY, joined
from payloadproof.recorder.routes import is_v1

#: A word of a record: the time, how it is billed, and whether it makes a person.
SORTS: Final[tuple[Counted | None, ...]] = (
    *("events", "exceptions", "flag calls", "surveys", "AI events"),
    None,  # sent as the past
)
PAST: Final = SORTS.index(None)
CHEAP, FULL, NOBODY = range(3)
MODES: Final[dict[Way, int]] = {"propertyless": CHEAP, "full": FULL, "nobody": NOBODY}
MODE_BITS: Final = 2
KIND_BITS: Final = 5
KINDS: Final = 2**KIND_BITS
#: The key of an event that is never taken for another.
NO_KEY: Final = 0
_PLAIN_CHARS: Final = 200
_as_stored = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


class _Around(NamedTuple):
    """What the events of a request that was recorded have in common."""

    request: Request
    kept: bool
    sent_at: dt.datetime | None
    v1: bool
    dropped: frozenset[int]  # events that the service drops, by their id in memory


class Bill:
    """All of it, of one audit or of a part of one.

    ``joins``: the first place of each event that makes two ids one, by these and whether it does so
    dangerously; ``flags``: what requests for flags cost; ``asked``: the ids that they asked for.
    """

    def __init__(self, bound: int = IN_MEMORY // 2) -> None:
        self._kept = Partitions(bound)
        self.records: Records = self._kept
        self.joins: dict[tuple[int, int, bool], int] = {}
        self.flags = 0
        self.asked: set[int] = set()
        self._around: _Around | None = None

    def asks(self, request: Request) -> None:
        """Count a request, where it is one for flags."""
        if request.service == "flags":
            cost, who = flags_asked(request)
            self.flags += cost
            if who is not None:
                self.asked.add(digest_of_who(who))

    def add(
        self, batch: Batch, digests: tuple[Sequence[int], Sequence[int]], rows: Sequence[Any]
    ) -> None:
        """Events of one name.

        Args:
            batch: as the state is told of them.
            digests: as it says of each.
            rows: their profile flags, their properties, and what they came from.
        """
        flags, properties, sources = rows
        first = sources[0]
        if isinstance(first, Sent) and first.request.method:
            each = zip(batch.places, sources, strict=True)
            self._kept.add_each(
                record for at, sent in each for record in self._sent(batch.name, at, sent)
            )
        elif batch.ids is None or batch.plain is None or batch.name[:1] == "$":
            self._kept.add_each(self._one_by_one(batch, digests, flags, properties))
        else:
            sort = SORTS.index(counted_as(batch.name)) << MODE_BITS
            kinds = {at: sort | wants_a_person(flag) for at, flag in each_once(flags).items()}
            if len({*kinds.values()}) == 1:
                (kind,) = {*kinds.values()}
                words = [time << KIND_BITS | kind for time in batch.times]
            else:
                words = [
                    time << KIND_BITS | kinds[at]
                    for time, at in zip(batch.times, map(id, flags), strict=True)
                ]
            keys, whos = digests
            self._kept.add(whos, batch.places, keys, words)

    def _one_by_one(
        self,
        batch: Batch,
        digests: tuple[Sequence[int], Sequence[int]],
        flags: Sequence[object],
        properties: Sequence[object],
    ) -> Iterator[Record]:
        """Of events that no request is told of."""
        name = batch.name
        sort = SORTS.index(counted_as(name)) << MODE_BITS
        special = name[:1] == "$"  # no other is treated in a way of its own
        ids = zip(*digests, batch.places, batch.who, batch.uuids, strict=True)
        rest = zip(flags, properties, batch.times, strict=True)
        for (key, its, at, who, uuid), (flag, held, time) in zip(ids, rest, strict=True):
            full = wants_a_person(flag)
            if special and (
                is_dropped_later(name, held) or way_of(name, wants=full, nobody=False) is None
            ):
                continue
            if type(who) is not str or len(who) > _PLAIN_CHARS or "\0" in who:
                its = digest_of_who(stored_id(who))  # noqa: PLW2901 - as the service has it
            if special and full:
                self._join(name, at, its, stored_id(who), held)
            if type(uuid) is not str or not _as_stored(uuid):
                key = _key(name, uuid)  # noqa: PLW2901 - as the service has it
            yield its, at, key, time << KIND_BITS | sort | full

    def _sent(self, name: str, at: int, sent: Sent) -> Iterator[Record]:
        """Of an event in a request that was recorded."""
        event, request = sent.event, sent.request
        properties: Any = event.properties
        around = self._around
        if around is None or around.request is not request:
            around = self._around = _around(request)
        if not around.kept or id(event) in around.dropped or is_dropped_later(name, properties):
            return
        stored = stored_id(event.distinct_id)
        its = digest_of_who(stored)
        flag = properties.get(PROFILE) if type(properties) is dict else None
        nobody = around.v1 and is_nobody(stored)
        way = way_of(name, wants=wants_a_person(flag), nobody=nobody)
        if way is None:
            return
        mode = MODES[way]
        if mode == FULL:
            self._join(name, at, its, stored, properties)
        past = lane_of(name, request) == "historical"
        kind = (PAST if past else SORTS.index(counted_as(name))) << MODE_BITS | mode
        moment = stored_at(event, around.sent_at, None)
        word = (_time(moment) << KIND_BITS | kind) if moment else kind
        yield its, at, _key(name, event.uuid), word

    def _join(self, name: str, at: int, its: int, who: str, properties: object) -> None:
        other = joined(name, who, properties)
        if other is not None:
            ids = its, digest_of_who(other), name == DANGEROUSLY
            self.joins[ids] = min(at, self.joins.get(ids, at))


def _around(request: Request) -> _Around:
    return _Around(
        request,
        is_kept(request) and request.service != "flags",
        sent_at_of(request),
        is_v1(request.path),
        frozenset(id(request.events[number]) for number, _ in request.dropped),
    )


def _key(name: str, uuid: object) -> int:
    if not isinstance(uuid, str) or not uuid:
        return NO_KEY
    return key_of(name, stored_uuid(uuid))


def _time(moment: dt.datetime) -> int:
    return (moment - ORIGIN) // TICK + 1

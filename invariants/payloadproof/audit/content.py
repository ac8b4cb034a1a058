"""A digest of what an event says beside its name, id, uuid and time.

Rule 1: it is the same where :func:`payloadproof.clauses.wire.retries.said_by` is, whatever the
order of the keys, and whether an event is looked at alone or among others of its keys.
Rule 2: it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any
from zlib import crc32

import msgspec

from payloadproof.clauses.wire.retries import said_by

written = msgspec.msgpack.Encoder(order="deterministic").encode
UNWRITTEN = (TypeError, ValueError, OverflowError, RecursionError)
Way = tuple[Callable[[Sequence[Any]], Any], int]


class Contents:
    """Of events with the same keys, of which nothing stands beside the properties.

    ``places``: where the values of the keys stand in a row, if it has others, too.
    """

    def __init__(self, keys: Sequence[str], places: Sequence[int] | None = None) -> None:
        where = zip(keys, range(len(keys)) if places is None else places, strict=True)
        self._order = [place for _, place in sorted(where)]
        self._keys = sorted(keys)
        self._way: Way | None = None

    @property
    def way(self) -> Way:
        """What of a row is written, and the digest that it adds to.

        Raises:
            ValueError: or another of ``UNWRITTEN``, where that cannot be said.
        """
        if self._way is None:
            order = self._order
            if not order:
                raise ValueError("there is nothing to write")
            pick: Callable[[Sequence[Any]], Any] = itemgetter(*order)
            if len(order) > 1 and order == [*range(order[0], order[-1] + 1)]:
                pick = itemgetter(slice(order[0], order[-1] + 1))
            self._way = pick, crc32(written(self._keys))
        return self._way

    def of(self, cells: Sequence[Sequence[Any]]) -> list[int] | None:
        """As :func:`contents` has it of rows, if it can be told of them; a column for each place.

        All of them have these keys and no others.
        """
        try:
            _, begun = self.way
            columns = [cells[place] for place in self._order]
            # Of one key the value is written, as ``contents`` picks it; else all of them in order.
            rows = zip(*columns, strict=True) if len(columns) > 1 else columns[0]
            return list(map(crc32, map(written, rows), repeat(begun)))
        except UNWRITTEN:
            return None


def contents(properties: Sequence[Any], top: Sequence[dict[str, Any]]) -> list[int]:
    """Digests of events with the same keys; ``top``: what stands beside their properties."""
    first = properties[0]
    if type(first) is not dict or not first:
        return [_alone(one, beside) for one, beside in zip(properties, top, strict=True)]
    try:
        # Keys are put in order once, and values are written as they stand then.
        keys = sorted(first)
        begun, values = crc32(written(keys)), itemgetter(*keys)
    except UNWRITTEN:
        return [_alone(one, beside) for one, beside in zip(properties, top, strict=True)]
    found = []
    for one, beside in zip(properties, top, strict=True):
        if beside and beside.get("$set") is not None:
            found.append(_alone(one, beside))
            continue
        try:
            found.append(crc32(written(values(one)), begun))
        except UNWRITTEN:
            found.append(_alone(one, beside))
    return found


def _alone(properties: object, beside: dict[str, Any]) -> int:
    return crc32(said_by(properties, beside.get("$set")))

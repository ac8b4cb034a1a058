"""A digest of what an event says beside its name, id, uuid and time.

Rule 1: it is the same where :func:`payloadproof.clauses.wire.retries.said_by` is, whatever the
order of the keys, and whether an event is looked at alone or among others of its keys.
Rule 2: it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any
from zlib import crc32

import msgspec

from payloadproof.clauses.wire.retries import said_by

_written = msgspec.msgpack.Encoder(order="deterministic").encode
_UNWRITTEN = (TypeError, ValueError, OverflowError, RecursionError)


class Contents:
    """Of events with the same keys, of which nothing stands beside the properties."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._order = sorted(range(len(keys)), key=keys.__getitem__)
        self._alone = not keys
        try:
            self._begun = crc32(_written(sorted(keys)))
        except _UNWRITTEN:
            self._alone = True

    def of(self, cells: Sequence[Sequence[Any]]) -> list[int] | None:
        """As :func:`contents` has it, if it can be told of ``cells``, a column for each key."""
        if self._alone:
            return None
        columns = [cells[number] for number in self._order]
        values = zip(*columns, strict=True) if len(columns) > 1 else columns[0]
        begun = self._begun
        try:
            return [crc32(written, begun) for written in map(_written, values)]
        except _UNWRITTEN:
            return None


def contents(properties: Sequence[Any], top: Sequence[dict[str, Any]]) -> list[int]:
    """Digests of events with the same keys; ``top``: what stands beside their properties."""
    first = properties[0]
    if type(first) is not dict or not first:
        return [_alone(one, beside) for one, beside in zip(properties, top, strict=True)]
    try:
        # Keys are put in order once, and values are written as they stand then.
        keys = sorted(first)
        begun, values = crc32(_written(keys)), itemgetter(*keys)
    except _UNWRITTEN:
        return [_alone(one, beside) for one, beside in zip(properties, top, strict=True)]
    found = []
    for one, beside in zip(properties, top, strict=True):
        if beside and beside.get("$set") is not None:
            found.append(_alone(one, beside))
            continue
        try:
            found.append(crc32(_written(values(one)), begun))
        except _UNWRITTEN:
            found.append(_alone(one, beside))
    return found


def _alone(properties: object, beside: dict[str, Any]) -> int:
    return crc32(said_by(properties, beside.get("$set")))

"""Records of four integers, many of them, in memory or on disk.

Rule 1: 32 bytes a record. Beyond a bound they lie on disk, in partitions by their first integer,
and one partition is in memory at a time.
Rule 2: records that begin with the same integer are read together, whoever has kept them. Where all
are few they are read at once: to put them apart costs more than to look at them.
"""

from __future__ import annotations

import sys
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from struct import iter_unpack
from typing import IO, Final, Protocol

PARTITIONS: Final = 64
AT_ONCE: Final = 2**19  # records that are few
_UPPER: Final = 58  # the bits above tell the partition
_EACH: Final = 2**15  # records that are put apart at once
IN_MEMORY: Final = 64 * 1024 * 1024  # bytes of one state
RECORD: Final = 32  # bytes
_FIELDS: Final = 4
_WORD: Final = 8  # bytes
#: Of the greatest byte of an integer: the partition that it tells.
_PARTITION: Final = bytes((byte << 56) >> _UPPER for byte in range(256))
Record = tuple[int, int, int, int]
#: Some records, a column of each integer.
Share = tuple["array[int]", "array[int]", "array[int]", "array[int]"]


class Records(Protocol):
    """What shares of records are read from."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def partition(self, number: int) -> Share:
        """All records of one partition."""
        ...

    def packed(self, number: int) -> bytes:
        """The same as they are written, one behind the other."""
        ...

    def whole(self) -> Share:
        """All records."""
        ...


def shares(every: Sequence[Records]) -> Iterator[tuple[Callable[[int], bool], list[Share]]]:
    """Share by share, what each of these has of it; and which integers begin a record of it."""
    if sum(map(len, every)) <= AT_ONCE:
        yield _is_any, [one.whole() for one in every]
        return
    for number in range(PARTITIONS):
        yield partial(_is_in, number), [one.partition(number) for one in every]


def _is_any(_: int) -> bool:
    return True


def _is_in(number: int, word: int) -> bool:
    return partition_of(word) == number


def partition_of(word: int) -> int:
    """The number of the partition in which the records that begin with this lie."""
    return word >> _UPPER


class Partitions:
    """Records as they come."""

    def __init__(self, bound: int = IN_MEMORY) -> None:
        self._bound = bound
        self._kept = _none()
        self._apart: list[bytearray] = []  # the same, by partition, once they are asked for so
        self._files: list[IO[bytes]] = []
        self._written = 0

    def __len__(self) -> int:
        return self._written + sum(map(len, self._apart)) // RECORD + len(self._kept[0])

    def add(self, *columns: Iterable[int]) -> None:
        """More of them, a column of each integer."""
        for kept, column in zip(self._kept, columns, strict=True):
            kept.extend(column if type(column) is array else array("Q", column))
        if len(self._kept[0]) * RECORD > self._bound:
            self._spill()

    def add_each(self, records: Iterable[Record]) -> None:
        """The same, one by one."""
        columns = list(zip(*records, strict=True))
        if columns:
            self.add(*columns)

    def _spill(self) -> None:
        if not self._files:
            self._files = [tempfile.TemporaryFile() for _ in range(PARTITIONS)]  # noqa: SIM115 - until the end
            weakref.finalize(self, _close, self._files)
        self._written += len(self._kept[0])
        for number, records in _apart(self._kept):
            self._files[number].write(records)
        self._kept = _none()

    def partition(self, number: int) -> Share:
        """All records of one partition."""
        return share_of(self.packed(number))

    def packed(self, number: int) -> bytes:
        """The same as they are written, one behind the other."""
        if len(self._kept[0]):
            self._apart = self._apart or [bytearray() for _ in range(PARTITIONS)]
            for its, records in _apart(self._kept):
                self._apart[its] += records
            self._kept = _none()
        return self._spilled(number) + bytes(self._apart[number] if self._apart else b"")

    def whole(self) -> Share:
        """All records."""
        if not self._files and not self._apart:
            return self._kept
        every = _none()
        for number in range(PARTITIONS):
            for column, some in zip(every, self.partition(number), strict=True):
                column.extend(some)
        return every

    def _spilled(self, number: int) -> bytes:
        if not self._files:
            return b""
        self._files[number].seek(0)
        return self._files[number].read()

    def close(self) -> None:
        """Let go of what lies on disk."""
        _close(self._files)
        self._files = []


def _none() -> Share:
    return array("Q"), array("Q"), array("Q"), array("Q")


def _close(files: Sequence[IO[bytes]]) -> None:
    for file in files:
        file.close()


def _apart(share: Share) -> Iterator[tuple[int, bytes]]:
    """The records by the number of their partition, as bytes, in their order."""
    for begin in range(0, len(share[0]), _EACH):
        some = tuple(column[begin : begin + _EACH] for column in share)
        kept: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        append = [one.append for one in kept]
        into = high_bytes(some[0]).translate(_PARTITION)
        for number, (record,) in zip(into, iter_unpack(f"{RECORD}s", bytes_of(some)), strict=True):
            append[number](record)
        for number, records in enumerate(kept):
            if records:
                yield number, b"".join(records)


def bytes_of(share: Sequence[array[int]]) -> bytes:
    """Records one behind the other, the same on every machine."""
    words = array("Q", bytes(RECORD * len(share[0])))
    for number, column in enumerate(share):
        words[number::_FIELDS] = column
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def low_bytes(column: array[int]) -> bytes:
    """The least byte of each integer: many of them can be looked at for the cost of a few."""
    return column.tobytes()[0 if sys.byteorder == "little" else _WORD - 1 :: _WORD]


def high_bytes(column: array[int]) -> bytes:
    """The greatest byte of each."""
    return column.tobytes()[_WORD - 1 if sys.byteorder == "little" else 0 :: _WORD]


def share_of(records: bytes) -> Share:
    """The columns of such records."""
    words = array("Q")
    words.frombytes(records)
    if sys.byteorder == "big":
        words.byteswap()
    return words[0::_FIELDS], words[1::_FIELDS], words[2::_FIELDS], words[3::_FIELDS]

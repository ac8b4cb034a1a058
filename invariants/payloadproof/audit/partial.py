"""A part of an audit as a file, which is put together with others on any machine.

Rule 1: what is written is read back as it was, or refused: a version, the contract and a digest of
everything stand in it.
Rule 2: no text of an event is in it that a report would not show.

A first line that says what it is; for each part a head as JSON with its length before it, and the
records of its partitions one behind the other, then those for the bill; at the end a digest of all
of it.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from payloadproof.audit.records import PARTITIONS, RECORD, Records, Share, share_of
from payloadproof.audit.state import Refusal, Sort
from payloadproof.audit.tally import FileRead, FlawedLine, Kind, Met, Tally
from payloadproof.clauses.finding import Finding
from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.evidence.quoting import UNMASKED
from payloadproof.evidence.surface import Surface
from payloadproof.scenario.whole import whole

SCHEMA: Final = 3
_MAGIC: Final = b"payloadproof partial audit\n"
_LENGTH: Final = 8  # bytes of the head's length
_DIGEST: Final = 32
_CHUNK: Final = 1 << 20


class _Met(msgspec.Struct, frozen=True, array_like=True):
    times: int
    at: int
    finding: Finding


class _Join(msgspec.Struct, frozen=True, array_like=True):
    who: int
    other: int
    dangerously: bool
    at: int


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of a part but its records."""

    schema: int = SCHEMA
    contract: str  # a digest
    unmasked: bool
    files: tuple[FileRead, ...]
    found: tuple[_Met, ...]
    judged: dict[str, int]
    about: dict[str, int]
    services: dict[str, int]
    stored: dict[str, int]
    aside: dict[str, int]
    seen: Surface
    flaws: tuple[FlawedLine, ...]
    flawed: int
    sorts: tuple[Sort, ...]
    refused: tuple[tuple[int, Refusal], ...]
    joins: tuple[_Join, ...]
    flags: int
    asked: tuple[int, ...]
    partitions: tuple[int, ...]  # bytes of each
    billed: tuple[int, ...]


class _Schema(msgspec.Struct, frozen=True):
    schema: int


def contract_digest(contract: Contract) -> str:
    """The same for the same contract, on every machine."""
    return hashlib.blake2b(
        msgspec.json.encode(contract, order="deterministic"), digest_size=16
    ).hexdigest()


def write(tallies: Sequence[Tally], contract: Contract, path: Path) -> None:
    """Write parts of an audit.

    Raises:
        OSError: it cannot be written.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST)
    with whole(path) as file:
        _put(file, digest, _MAGIC)
        for tally in tallies:
            head = msgspec.json.encode(_head_of(tally, contract))
            _put(file, digest, len(head).to_bytes(_LENGTH, "big"))
            _put(file, digest, head)
            for kept in (tally.state.records, tally.bill.records):
                for number in range(PARTITIONS):
                    _put(file, digest, kept.packed(number))
        file.write(digest.digest())


def _head_of(tally: Tally, contract: Contract) -> Head:
    bill = tally.bill
    return Head(
        contract=contract_digest(contract),
        unmasked=UNMASKED.get(),
        files=tuple(tally.files),
        found=tuple(_Met(met.times, met.at, met.finding) for met in tally.found.values()),
        judged=tally.judged,
        about=tally.about,
        services=tally.services,
        stored=tally.stored,
        aside=tally.aside,
        seen=tally.seen.surface({}, 0),
        flaws=tuple(tally.flaws),
        flawed=tally.flawed,
        sorts=tuple(tally.state.sorts),
        refused=tuple(tally.state.refused.items()),
        joins=tuple(_Join(*ids, at) for ids, at in bill.joins.items()),
        flags=bill.flags,
        asked=tuple(bill.asked),
        partitions=_sizes(tally.state.records),
        billed=_sizes(bill.records),
    )


def _sizes(records: Records) -> tuple[int, ...]:
    return tuple(len(records.packed(number)) for number in range(PARTITIONS))


def _put(file: IO[bytes], digest: Any, piece: bytes) -> None:
    file.write(piece)
    digest.update(piece)


class _Written:
    """The records of a part, read from its file as they are asked for."""

    def __init__(self, path: Path, begin: int, sizes: tuple[int, ...]) -> None:
        self._path = path
        self._places = [begin + sum(sizes[:number]) for number in range(PARTITIONS)]
        self._sizes = sizes

    def __len__(self) -> int:
        return sum(self._sizes) // RECORD

    def partition(self, number: int) -> Share:
        return share_of(self.packed(number))

    def packed(self, number: int) -> bytes:
        return self._read(self._places[number], self._sizes[number])

    def whole(self) -> Share:
        return share_of(self._read(self._places[0], sum(self._sizes)))

    def _read(self, begin: int, size: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(begin)
            return file.read(size)


def read(path: Path, contract: Contract) -> list[Tally]:
    """The parts as they were written; their records stay in the file.

    Raises:
        HarnessError: it is no part of an audit, is damaged, of another version, of another
            contract, or masked where this run is not.
    """
    tallies = []
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if file.read(len(_MAGIC)) != _MAGIC:
                raise _damaged(path, "it does not begin as one does")
            while file.tell() < size - _DIGEST:
                head = _head(file, path, size)
                _fits(head, contract, path)
                begin = file.tell()
                middle = begin + sum(head.partitions)
                tally = _tally(head)
                tally.state.records = _Written(path, begin, head.partitions)
                tally.bill.records = _Written(path, middle, head.billed)
                tallies.append(tally)
                file.seek(middle + sum(head.billed))
            if file.tell() != size - _DIGEST:
                raise _damaged(path, "it was cut, or something was added to it")
            _check(file, path, size)
    except OSError as error:
        raise _damaged(path, error.strerror or "it cannot be read") from error
    return tallies


def _fits(head: Head, contract: Contract, path: Path) -> None:
    if head.contract != contract_digest(contract):
        raise _misfit(path, "it was made with another contract", "name the same --contract")
    if head.unmasked != UNMASKED.get():
        raise _misfit(
            path,
            f"its text is {'not ' if head.unmasked else ''}masked",
            "give --show-secrets to all parts and to the merge, or to none",
        )


def _head(file: IO[bytes], path: Path, size: int) -> Head:
    length = int.from_bytes(file.read(_LENGTH), "big")
    if length > size:
        raise _damaged(path, "it was cut")
    raw = file.read(length)
    try:
        schema = msgspec.json.decode(raw, type=_Schema).schema
        if schema != SCHEMA:
            raise _misfit(
                path,
                f"it is of version {schema}, and this one reads version {SCHEMA}",
                "audit all parts with one version of payloadproof",
            )
        head = msgspec.json.decode(raw, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(path, f"its head cannot be read: {error}") from error
    every = (head.partitions, head.billed)
    sound = all(one >= 0 and one % RECORD == 0 for sizes in every for one in sizes)
    if any(len(sizes) != PARTITIONS for sizes in every) or not sound:
        raise _damaged(path, "its records are of no length that they can have")
    return head


def _check(file: IO[bytes], path: Path, size: int) -> None:
    digest = hashlib.blake2b(digest_size=_DIGEST)
    file.seek(0)
    left = size - _DIGEST
    while left and (piece := file.read(min(_CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    if file.read(_DIGEST) != digest.digest():
        raise _damaged(path, "its digest is not that of what it holds")


def _tally(head: Head) -> Tally:
    tally = Tally()
    tally.files = list(head.files)
    for one in head.found:
        finding = one.finding
        kind: Kind = finding.clause, finding.expected, finding.observed
        tally.found[kind] = Met(one.times, one.at, finding)
    tally.judged = Counter(head.judged)
    tally.about = Counter(head.about)
    tally.services = Counter(head.services)
    tally.stored = Counter(head.stored)
    tally.aside = Counter(head.aside)
    tally.seen.merge(head.seen)
    tally.flaws = list(head.flaws)
    tally.flawed = head.flawed
    tally.state.sorts = {sort: number for number, sort in enumerate(head.sorts)}
    tally.state.refused = dict(head.refused)
    tally.bill.joins = {(one.who, one.other, one.dangerously): one.at for one in head.joins}
    tally.bill.flags = head.flags
    tally.bill.asked = set(head.asked)
    return tally


def _damaged(path: Path, why: str) -> HarnessError:
    return HarnessError(
        code="partial-unreadable",
        message=f"{path} is no part of an audit that can be read: {why}",
        causes=("audit --partial was stopped before its end", "the file was changed, or cut"),
        next="write it again: payloadproof audit FILE... --partial OUT",
    )


def _misfit(path: Path, why: str, what: str) -> HarnessError:
    return HarnessError(
        code="partial-other", message=f"{path} cannot be merged here: {why}", next=what
    )

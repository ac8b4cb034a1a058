"""Copies that were found by a digest, read again: a digest can be shared, and a finding cannot.

Rule 1: a file is passed over once, and no further than the last place that is asked for.
Rule 2: where a file is gone, or is another one by now, nothing can be said against the digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from payloadproof.audit.crowds import Pair
from payloadproof.audit.tally import FileRead
from payloadproof.clauses.wire.retries import SortOfCopy, said_by, sort_of_copy
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Flaw, event_line, read
from payloadproof.evidence.forms import SAID, Found
from payloadproof.evidence.lines import Block
from payloadproof.evidence.packed import Packing
from payloadproof.evidence.runs import as_text
from payloadproof.recorder.decode import event_of
from payloadproof.recorder.ledger import Event

Pairs = Mapping[tuple[SortOfCopy, str], Sequence[Pair]]


def differs(files: Sequence[FileRead], pairs: Pairs) -> Callable[[SortOfCopy, Pair], bool]:
    """Whether a pair is what its digests say, for all of these pairs."""
    wanted: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for some in pairs.values():
        for spot in (spot for pair in some for spot in (pair.first, pair.again)):
            wanted[spot.place.file].add(spot.place[1:])
    events = {
        (file, *where): event
        for file, places in wanted.items()
        for where, event in _events(files[file], places)
    }

    def sure(sort: SortOfCopy, pair: Pair) -> bool:
        first, again = (events.get(spot.place) for spot in (pair.first, pair.again))
        return first is None or again is None or _is(sort, first, again)

    return sure


def _is(sort: SortOfCopy, first: Event, again: Event) -> bool:
    same_content = _said(first) == _said(again)
    same_time = first.timestamp == again.timestamp
    if first.name != again.name:
        return False
    if sort == "bare":
        who = as_text(first.distinct_id) == as_text(again.distinct_id)
        return who and same_time and same_content
    same = first.uuid == again.uuid
    return same and sort_of_copy(same_time=same_time, same_content=same_content) == sort


def _said(event: Event) -> bytes:
    return said_by(event.properties, event.top_level.get("$set"))


def _events(
    file: FileRead, places: set[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Event]]:
    form = next(form for form, said in SAID.items() if said == file.said)
    packing: Packing = next(one for one in get_args(Packing) if one == file.packing)
    path = Path(file.path)
    last = max(number for number, _ in places)
    try:
        if path.stat().st_size != file.size:
            return
        evidence = read(Found(path, form, packing, file.size))
        if evidence.lines is not None:
            yield from _on_lines(evidence.lines, {number for number, _ in places})
            return
        for piece in evidence.pieces:
            if isinstance(piece, Flaw):
                continue
            for index, event in enumerate(piece.events):
                if (piece.number, index) in places:
                    yield (piece.number, index), event
            if piece.number > last:
                return
    except (OSError, HarnessError):
        return


def _on_lines(
    lines: Iterator[Block | Flaw], numbers: set[int]
) -> Iterator[tuple[tuple[int, int], Event]]:
    last = max(numbers)
    for block in lines:
        if isinstance(block, Flaw):
            continue
        if block.number > last:
            return
        for number in sorted(numbers.intersection(range(block.number, last + 1))):
            if number - block.number >= len(block.lines):
                break
            raw = event_line(number, block.lines[number - block.number])
            if isinstance(raw, dict):
                yield (number, 0), event_of(raw)

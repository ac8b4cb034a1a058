"""Events of one name on lines that a type reads: judged together, whichever keys each of them has.

Rule 1: which keys an event has is a part of what its verdict depends on, as it is elsewhere.
Rule 2: what a type cannot tell, that each key stands on a line once, is counted of many lines
together, and where that is not sure of each of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, Final, NamedTuple
from zlib import crc32

from msgspec import UNSET

from payloadproof.audit.cells import NO_TOKENS, Column, Tokens
from payloadproof.audit.content import UNWRITTEN, Contents, contents, written
from payloadproof.audit.groups import Verdicts
from payloadproof.audit.shapes import (
    NOTHING,
    TOP,
    Around,
    Cells,
    Columns,
    ColumnTokens,
    Shape,
)
from payloadproof.evidence.fields import PERSON_KEYS
from payloadproof.evidence.lines import are_all_keys, inner_keys
from payloadproof.evidence.surface import Events

PATTERNS: Final = 256  # which keys a row has: of so many of them something is remembered
#: A line that waits: its place, itself, and what a type has made of it: the distinct id, the uuid,
#: the timestamp, and the values of its properties.
Line = tuple[int, bytes, object, object, str, tuple[Any, ...]]


class Makers(NamedTuple):
    """Of a name.

    ``column``: of a key, by the person's key that it stands within, if any; ``verdicts``: what is
    remembered of events with such properties.
    """

    column: Callable[[str, str], Column]
    verdicts: Callable[[dict[str, Any]], Verdicts]


class _Persons(NamedTuple):
    """Rows whose persons have the same keys, under the key of this number."""

    number: int
    columns: list[Column]
    rows: list[int]


class Wide(Shape):
    """Of events that all have some keys, ``often`` of them, and each some of the others.

    What stands for a key that a row has not is ``UNSET``. A mask has a bit for each of the other
    keys, and for each order of keys that a person had. ``waiting``: lines that are not judged yet.
    """

    def __init__(
        self, name: str, often: int, keys: Sequence[str], events: Events, makers: Makers
    ) -> None:
        super().__init__(name, Around(), dict.fromkeys(keys), NOTHING, events=events, verdicts={})
        self.colons = len(TOP) + often
        self.waiting: list[Line] = []
        #: of each key that all rows have: what its type takes, where that is a few texts or truths
        self.only: Sequence[frozenset[Any]] = [frozenset()] * often
        self.taken = 0  # bytes of the lines that were taken last
        self._often = often
        self._makers = makers
        self._columns = [makers.column("", key) for key in keys]
        self._deep = [
            number
            for number, key in enumerate(keys)
            if dict in self._columns[number].kinds and key not in PERSON_KEYS
        ]
        self._bits: dict[tuple[int, tuple[str, ...] | None], tuple[int, list[Column]]] = {}
        self._times: Counter[int] = Counter()
        self._known: dict[int, tuple[Contents, Verdicts]] = {}
        # Of the rows of one batch:
        self._masks: list[int] = []
        self._had: dict[int, list[int]] = {}  # by a key's number, who have it
        self._inner: list[_Persons] = []

    def take(self) -> tuple[Columns, Cells, list[Line]]:
        """All that waits; and what is left out of it: lines that may have a key twice."""
        lines = self.waiting[:]
        self.waiting.clear()
        columns, cells = self._read(lines)
        text = b"".join([line[1] for line in lines])
        self.taken = len(text)
        within = "".join(columns[3]).count(":")
        many = self.colons * len(lines) + sum(map(len, self._had.values()))
        many += sum(len(one.columns) * len(one.rows) for one in self._inner)
        many += sum(self._inner_keys(cells).values())
        if are_all_keys(text, many, within):
            return columns, cells, []
        keys = self._keys_of_each(cells)
        odd = [
            row
            for row, (_, line, _, _, time, _) in enumerate(lines)
            if not are_all_keys(line, keys[row], time.count(":"))
        ]
        left = [line for row, line in enumerate(lines) if row not in {*odd}]
        return *self._read(left), [lines[row] for row in odd]

    def _read(self, lines: Sequence[Line]) -> tuple[Columns, Cells]:
        ats, _, who, uuids, times, values = zip(*lines, strict=True) if lines else ((),) * 6
        cells = list(zip(*values, strict=True))
        self._sort(cells)
        return (
            ats,
            who,
            uuids,
            times,
            values,
            (NOTHING,) * len(lines),
            (None,) * len(lines),
        ), cells

    def _sort(self, cells: Cells) -> None:
        """Find which rows have which keys."""
        if len(self._bits) > PATTERNS:
            self._bits.clear()
            self._known.clear()
            self.paths.clear()
        had: dict[int, list[int]] = {}
        masks = [0] * (len(cells[0]) if cells else 0)
        self._inner = []
        for number in range(self._often, len(cells)):
            cell = cells[number]
            many = len(cell) - cell.count(UNSET)
            if not many:
                continue
            # UNSET is false: where no value is, the rows that have one are found without a loop.
            rows = list(compress(range(len(cell)), cell))
            if len(rows) < many:
                rows = [row for row, one in enumerate(cell) if one is not UNSET]
            had[number] = rows
            bit = 1 << number
            for row in rows:
                masks[row] |= bit
            if self.keys[number] in PERSON_KEYS:
                self._sort_persons(number, cell, rows, masks)
        self._had, self._masks = had, masks

    def _sort_persons(
        self, number: int, cell: Sequence[Any], rows: Sequence[int], masks: list[int]
    ) -> None:
        alike: defaultdict[tuple[str, ...] | None, list[int]] = defaultdict(list)
        for row in rows:
            person = cell[row]
            alike[tuple(person) if type(person) is dict else None].append(row)
        for keys, some in alike.items():
            known = self._bits.get((number, keys))
            if known is None:
                columns = [self._makers.column(self.keys[number], key) for key in keys or ()]
                known = 1 << len(self.keys) + len(self._bits), columns
                self._bits[number, keys] = known
            bit, columns = known
            for row in some:
                masks[row] |= bit
            if keys:
                self._inner.append(_Persons(number, columns, some))

    def _inner_keys(self, cells: Cells) -> dict[int, int]:
        """Of rows that have objects under keys of the event's own: how many keys these have."""
        found: dict[int, int] = {}
        for number in self._deep:
            for row, one in enumerate(cells[number]):
                if type(one) is dict:
                    found[row] = found.get(row, 0) + inner_keys(one)
        return found

    def _keys_of_each(self, cells: Cells) -> list[int]:
        deep = self._inner_keys(cells)
        keys = [self.colons + deep.get(row, 0) for row in range(len(cells[0]) if cells else 0)]
        for rows in self._had.values():
            for row in rows:
                keys[row] += 1
        for one in self._inner:
            for row in one.rows:
                keys[row] += len(one.columns)
        return keys

    def patterns(self) -> Iterator[tuple[Sequence[str], int]]:
        """The keys that rows had, and how many of them, but for what is too seldom."""
        odd = 0
        for mask, times in self._times.most_common(PATTERNS):
            odd += times
            yield [self.keys[number] for number in self._numbers(mask)], times
        yield self.keys[: self._often], self.times - odd

    def _numbers(self, mask: int) -> list[int]:
        seldom = range(self._often, len(self.keys))
        return [*range(self._often), *(number for number in seldom if mask >> number & 1)]

    def properties_of(self, values: Sequence[Any]) -> dict[str, Any]:
        """Properties as they were sent, of their values in a row."""
        cells = zip(self.keys, values, strict=True)
        return {key: one for key, one in cells if one is not UNSET}

    def masks(self, rows: int) -> Sequence[int]:  # noqa: ARG002 - of the others
        """Which keys each row has; 0 is for those that all have."""
        self._times.update(filter(None, self._masks))
        if len(self._times) > PATTERNS * 8:
            self._times = Counter(dict(self._times.most_common(PATTERNS)))
        return self._masks

    def flags(self, cells: Cells, rows: int) -> Sequence[object]:
        """What the rows say of a profile; of those that say nothing, something else."""
        flags = super().flags(cells, rows)
        if self._flag is None or self._flag < self._often:
            return flags
        return [NOTHING if one is UNSET else one for one in flags]

    def said(
        self, cells: Cells, values: Sequence[Sequence[Any]], top: Sequence[dict[str, Any]]
    ) -> list[int]:
        """A digest of what each row says."""
        known = {mask: self._known_of(mask)[0] for mask in set(self._masks)}
        if len(known) == 1:
            (held,) = known.values()
            if (found := held.of(cells)) is not None:
                return found
        try:
            ways = {mask: held.way for mask, held in known.items()}
            return [
                crc32(written(pick(one)), begun)
                for one, (pick, begun) in zip(
                    values, map(ways.__getitem__, self._masks), strict=True
                )
            ]
        except UNWRITTEN:
            each = zip(values, top, strict=True)
            return [contents((self.properties_of(one),), (beside,))[0] for one, beside in each]

    def verdicts_of(self, mask: int) -> Verdicts:
        """What is known of rows with such keys."""
        return self._known_of(mask)[1]

    def _known_of(self, mask: int) -> tuple[Contents, Verdicts]:
        known = self._known.get(mask)
        if known is None:
            if len(self._known) >= PATTERNS:
                self._known.clear()
            numbers = self._numbers(mask)
            properties: dict[str, Any] = dict.fromkeys(self.keys[number] for number in numbers)
            for (number, keys), (bit, _) in self._bits.items():
                if keys is not None and mask & bit:
                    properties[self.keys[number]] = dict.fromkeys(keys)
            held = Contents([*properties], numbers)
            known = self._known[mask] = held, self._makers.verdicts(properties)
        return known

    def tokens(self, cells: Cells, _: Sequence[dict[str, Any]]) -> Iterator[ColumnTokens]:
        """Of each column that has some."""
        rows = len(self._masks)
        for number, only in enumerate(self.only):
            column = self._columns[number]
            if column.knows(only, rows):
                continue
            tokens = column.tokens(cells[number])
            if tokens is not NO_TOKENS:
                yield column, tokens
        for number, some in self._had.items():
            cell = cells[number]
            yield from _of_rows(self._columns[number], [cell[row] for row in some], some)
        for number, columns, some in self._inner:
            persons = [cells[number][row].values() for row in some]
            for column, values in zip(columns, zip(*persons, strict=True), strict=True):
                yield from _of_rows(column, values, some)


def _of_rows(column: Column, values: Sequence[Any], rows: Iterable[int]) -> Iterator[ColumnTokens]:
    """Tokens of a column that some rows have, by these rows."""
    every, some = column.tokens(values)
    if every is not None:
        yield column, Tokens(None, dict.fromkeys(rows, every))
    elif some:
        yield column, Tokens(None, {row: some[n] for n, row in enumerate(rows) if n in some})

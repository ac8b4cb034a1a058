"""What events of one name and shape have in common, and those of them that wait to be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from payloadproof.audit.cells import NO_TOKENS, Column, Tokens
from payloadproof.audit.content import Contents, contents
from payloadproof.audit.groups import Paths, Verdicts
from payloadproof.evidence.fields import PERSON_KEYS, PROFILE
from payloadproof.evidence.surface import Events

TOP: Final = ("event", "uuid", "distinct_id", "timestamp", "properties")
NOTHING: Final[dict[str, Any]] = {}
Columns = tuple[Sequence[Any], ...]  # of the fields of some rows
Cells = Sequence[Sequence[Any]]  # a column for each key
ColumnTokens = tuple[Column, Tokens]
#: A row that waits: its place, distinct id, uuid, timestamp and the values of its properties, what
#: stands beside these, and what it came from: the JSON of a line, itself with its request, or None
#: where all of it is told already.
Source = tuple[int, object, object, object, Any, dict[str, Any], Any]


class Around(NamedTuple):
    """What the requests of many events have in common.

    ``answered``: as the service refused them for good; ``looked_up`` and ``person``: the keys that
    a row of an export has of these.
    """

    method: str = ""
    path: str = "line"
    past: bool = False
    answered: int | None = None
    looked_up: tuple[str, ...] = ()
    person: tuple[str, ...] = ()


class Shape:
    """Of events with the same keys in the same order.

    ``keys``: of the properties; ``times``: how many were judged; ``of_a_line``: they have no
    request, and nothing stands beside the usual fields.
    """

    def __init__(
        self,
        name: str,
        around: Around,
        properties: dict[str, Any],
        top: dict[str, Any],
        *,
        events: Events,
        verdicts: Verdicts,
    ) -> None:
        self.name = name
        self.around = around
        self.events = events
        self.keys = [*properties]
        self.times = 0
        self.of_a_line = around == Around() and not top
        self.rows: list[Source] = []
        self.paths = Paths()
        self._verdicts = verdicts
        #: objects of a row with keys of their own: where they stand, and a column for each key
        self.blocks: list[tuple[tuple[bool, str], list[Column]]] = []
        self._flag = self.keys.index(PROFILE) if PROFILE in properties else None
        self._contents = None if top else Contents(self.keys)

    def patterns(self) -> Iterator[tuple[Sequence[str], int]]:
        """The keys that rows had, and how many of them."""
        yield self.keys, self.times

    def properties_of(self, values: Sequence[Any]) -> dict[str, Any]:
        """Properties as they were sent, of their values in a row."""
        return dict(zip(self.keys, values, strict=True))

    def masks(self, rows: int) -> Sequence[int]:
        """Which keys each row has: 0 where all have the same."""
        return (0,) * rows

    def verdicts_of(self, mask: int) -> Verdicts:  # noqa: ARG002 - of the others
        """What is known of rows with such keys."""
        return self._verdicts

    def flags(self, cells: Cells, rows: int) -> Sequence[object]:
        """What the rows say of a profile; of those that say nothing, something else."""
        return cells[self._flag] if self._flag is not None else (NOTHING,) * rows

    def said(
        self, cells: Cells, values: Sequence[Sequence[Any]], top: Sequence[dict[str, Any]]
    ) -> list[int]:
        """A digest of what each row says."""
        if self._contents is not None and (found := self._contents.of(cells)) is not None:
            return found
        return contents([self.properties_of(one) for one in values], top)

    def tokens(self, cells: Cells, top: Sequence[dict[str, Any]]) -> Iterator[ColumnTokens]:
        """Of each column that has some."""
        for (is_top, directive), columns in self.blocks:
            inner = cells
            if is_top or directive:
                objects = top
                if directive and is_top:
                    objects = [one[directive] for one in top]
                elif directive:
                    objects = cells[self.keys.index(directive)]
                inner = list(zip(*map(dict.values, objects), strict=True))
            for column, values in zip(columns, inner, strict=True):
                tokens = column.tokens(values)
                if tokens is not NO_TOKENS:
                    yield column, tokens


def persons_of(properties: dict[str, Any], top: dict[str, Any]) -> tuple[Any, ...]:
    """What else an event has keys in: beside its properties, and of persons; () for most."""
    if not top and "$set" not in properties and "$set_once" not in properties:
        return ()
    persons = [one.get(key) for one in (properties, top) for key in PERSON_KEYS]
    return (tuple(top), *(tuple(one) if type(one) is dict else None for one in persons))


def row_of(columns: Columns, number: int) -> Source:
    """One row of some."""
    at, who, uuid, time, values, top, source = (column[number] for column in columns)
    return at, who, uuid, time, values, top, source

"""What events of one name and shape have in common, and those of them that wait to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from payloadproof.audit.cells import Column
from payloadproof.audit.content import Contents, contents
from payloadproof.audit.tally import Kind
from payloadproof.evidence.fields import PERSON_KEYS, PROFILE
from payloadproof.evidence.surface import Events

TOP: Final = ("event", "uuid", "distinct_id", "timestamp", "properties")
NOTHING: Final[dict[str, Any]] = {}
Columns = tuple[Sequence[Any], ...]  # of the fields of some rows
Verdict = tuple[tuple[Kind, int], ...]
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
    request, and nothing stands beside the usual fields; ``colons``: of such a line, as far as they
    belong to keys, those of a person among them.
    """

    def __init__(
        self,
        name: str,
        around: Around,
        properties: dict[str, Any],
        top: dict[str, Any],
        events: Events,
    ) -> None:
        self.name = name
        self.around = around
        self.events = events
        self.keys = [*properties]
        self.times = 0
        self.of_a_line = around == Around() and not top
        persons = [properties[key] for key in PERSON_KEYS if key in properties]
        inner = sum(len(one) for one in persons if type(one) is dict)
        self.colons = len(TOP) + len(properties) + inner
        self.rows: list[Source] = []
        self.verdicts: dict[tuple[Any, ...], Verdict] = {}
        #: objects of a row with keys of their own: where they stand, and a column for each key
        self.blocks: list[tuple[tuple[bool, str], list[Column]]] = []
        self._flag = self.keys.index(PROFILE) if PROFILE in properties else None
        self._contents = None if top else Contents(self.keys)

    def objects(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Properties as they were sent, of their values."""
        return [dict(zip(self.keys, one, strict=True)) for one in rows]

    def flags(self, cells: Sequence[Sequence[Any]], rows: int) -> Sequence[object]:
        """What the rows say of a profile; of those that say nothing, something else."""
        return cells[self._flag] if self._flag is not None else (NOTHING,) * rows

    def said(self, cells: Sequence[Sequence[Any]], columns: Columns) -> list[int]:
        """A digest of what each row says; ``cells``: a column for each key."""
        _, _, _, _, values, top, _ = columns
        if self._contents is not None and (found := self._contents.of(cells)) is not None:
            return found
        return contents(self.objects(values), top)

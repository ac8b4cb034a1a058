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
#: A row that waits: its place, distinct id, uuid, timestamp and properties, what stands beside
#: these, and what it came from: the JSON of its line, or itself with its request.
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

    ``keys``: of the properties; ``plain``: nothing stands beside these, and they say nothing of a
    person; ``colons``: of a line with such an event, as far as they belong to its keys.
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
        self.plain = not top and not any(key in properties for key in PERSON_KEYS)
        self.colons = len(TOP) + len(properties)
        self.rows: list[Source] = []
        self.verdicts: dict[tuple[Any, ...], Verdict] = {}
        #: objects of a row with keys of their own: where they stand, and a column for each key
        self.blocks: list[tuple[tuple[bool, str], list[Column]]] = []
        self._flag = self.keys.index(PROFILE) if PROFILE in properties else None
        self._contents = Contents(self.keys)

    def cells(self, properties: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """A column for each key."""
        return list(zip(*map(dict.values, properties), strict=True))

    def flags(self, cells: Sequence[Sequence[Any]], rows: int) -> Sequence[object]:
        """What the rows say of a profile; of those that say nothing, something else."""
        return cells[self._flag] if self._flag is not None else (NOTHING,) * rows

    def said(self, cells: Sequence[Sequence[Any]], columns: Columns) -> list[int]:
        """A digest of what each row says."""
        _, _, _, _, properties, top, _ = columns
        if self.plain:
            return self._contents.of(cells, properties)
        return contents(properties, top)

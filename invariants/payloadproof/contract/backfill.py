"""What a contract says of the past: which rows make which figures, and how they are told apart.

Rule 1: a figure is said as arithmetic over the rows of one UTC day, never as a query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from payloadproof.contract.problem import Flaw, guessed, quoted
from payloadproof.syntax import toml

Count = Annotated[int, msgspec.Meta(ge=1)]


class HistoryTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the program's database, as far as figures need it."""

    epoch: str  # the column with a row's time, in seconds or milliseconds
    text: tuple[str, ...] = ()  # the columns that hold text
    numbers: tuple[str, ...] = ()  # the columns that hold whole numbers

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (self.epoch, *self.text, *self.numbers)


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one property follows from the rows of a day.

    ``count``: rows, or those whose ``of`` equals ``equals``; ``others``: rows whose ``of`` is none
    of ``but``; ``present``: rows whose ``of`` is not null; ``distinct``: values of ``of`` over all
    the tables together; ``sum``: of ``of``; ``tokens``: the characters of ``of`` in each row,
    divided by the contract's ``chars_per_token`` and rounded up; ``less``: the figure ``of`` less
    the figure ``less``, never below 0, on days that have both. On a day none of whose rows counts
    for one of the two it is 0, or left out.
    """

    op: Literal["count", "others", "present", "distinct", "sum", "tokens", "less"]
    tables: tuple[str, ...] = ()  # one, or several for distinct
    of: str | None = None  # a column, or a figure for less
    equals: str | None = None
    but: tuple[str, ...] = ()
    less: str | None = None  # a figure


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file, relative to the data directory, that says that the past has been sent."""

    path: str
    version: Count  # the present one; an older marker is sent anew
    version_key: str
    through_key: str  # its value is the last day, ``YYYY-MM-DD``
    count_key: str  # its value is the number of events
    install_id_key: str


class Backfill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The past of an install, sent once: an event for each day, and one for its beginning."""

    day_event: str  # the event of a day
    install_event: str  # the event of the beginning
    first_day: str  # the property of it that holds the first day
    flag: str  # the property that is true on both
    lag_ms: Count  # the last day is that of now less so much
    floor_ms: Count  # rows before this time are ignored
    seconds_below: Count  # a smaller time is in seconds
    chars_per_token: Count
    namespace: str  # of the UUIDs (version 5)
    name: str  # what they are made from, with ``{install}``, ``{event}`` and ``{day}``
    install_day: str  # what stands for the day in the name of the install event
    first_activity: tuple[str, ...]  # the first of these tables with a row gives the first day
    marker: Marker
    tables: dict[str, HistoryTable]
    figures: dict[str, Figure]  # by property of the day's event
    never: tuple[str, ...] = ()  # keys of what the database never knew
    stamps_of_today: tuple[str, ...] = ()  # stamps of the SDK that name the present system


def backfill_flaws(
    backfill: Backfill | None, events: Collection[str], properties: Collection[str]
) -> Iterator[Flaw]:
    """What every table allows by itself, and the contract as a whole does not."""
    if backfill is None:
        return
    for role in ("day_event", "install_event"):
        yield from _unknown(getattr(backfill, role), events, f"backfill.{role}", "[events]")
    for role in ("first_day", "flag"):
        name = getattr(backfill, role)
        yield from _unknown(name, properties, f"backfill.{role}", "[properties]")
    try:
        UUID(backfill.namespace)
    except ValueError:
        example = 'namespace = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"'
        yield Flaw("backfill.namespace", "a UUID", quoted([backfill.namespace]), example)
    for name in backfill.first_activity:
        example = toml.assigned("first_activity", [_first(backfill.tables)])
        key = "backfill.first_activity"
        yield from _unknown(name, backfill.tables, key, "[backfill.tables]", example)
    for name, figure in backfill.figures.items():
        key = toml.dotted("backfill.figures", name)
        figure_of = {"op": "count", "tables": [_first(backfill.tables)]}
        example = toml.assigned(_first(properties), figure_of)
        yield from _unknown(name, properties, key, "[properties]", example)
        yield from _figure_flaws(backfill, figure, key)


def _figure_flaws(backfill: Backfill, figure: Figure, key: str) -> Iterator[Flaw]:
    if figure.op == "less":
        for role in ("of", "less"):
            name = getattr(figure, role) or ""
            yield from _unknown(name, backfill.figures, f"{key}.{role}", "[backfill.figures]")
        return
    if not figure.tables:
        example = toml.assigned("tables", [_first(backfill.tables)])
        yield Flaw(f"{key}.tables", "the table whose rows are counted", "nothing", example)
    for name in figure.tables:
        example = toml.assigned("tables", [_first(backfill.tables)])
        yield from _unknown(name, backfill.tables, f"{key}.tables", "[backfill.tables]", example)
        columns = backfill.tables[name].columns if name in backfill.tables else ()
        if figure.of is not None or figure.op != "count":
            yield from _unknown(figure.of or "", columns, f"{key}.of", f"the table {name}")


def _unknown(
    name: str, known: Collection[str], key: str, where: str, example: str = ""
) -> Iterator[Flaw]:
    """``example``: for a key that holds something else than the one name."""
    if name not in known:
        copied = example or toml.assigned(key.rpartition(".")[2], _first(known))
        yield Flaw(key, f"a name from {where}", guessed(name, known), copied)


def _first(known: Collection[str]) -> str:
    """A name to show; one that is made up where there is none."""
    return next(iter(known), "version")

"""What the rows of a database amount to, day by day: plain arithmetic over the scenario's own rows.

Nothing here knows SQL. Where two readings of a row are both sound, both figures are right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from payloadproof.contract.backfill import Backfill, Figure
from payloadproof.scenario.databases import READABLE, Database, Table, Value

_DAY_MS = 86_400_000
#: Days that a date can name; what lies beyond is later than every last day.
_FAR = "9999-12-31"
_LAST_MS = 253_402_300_799_999


class Amount(NamedTuple):
    """What a figure may be, and whether its key may be left out: an absent figure is a zero."""

    right: frozenset[int]
    may_lack: bool


class Past(NamedTuple):
    """What there is to send: the figures of each active day, and the first and the last day.

    ``in_seconds``: the days that only rows with a time in seconds tell of.
    """

    days: dict[str, dict[str, Amount]]
    first: str
    last: str
    in_seconds: frozenset[str] = frozenset()


class _Line(NamedTuple):
    """One row of a day, as often as it stands there."""

    values: dict[str, Value]
    times: int
    in_seconds: bool


_LACKING = Amount(frozenset(), may_lack=True)


def day_of(ms: float) -> str:
    """The UTC day of a time in milliseconds."""
    if ms > _LAST_MS:
        return _FAR
    return dt.datetime.fromtimestamp(ms // _DAY_MS * 86_400, dt.UTC).date().isoformat()


def last_day(backfill: Backfill, now_ms: int) -> str:
    """The newest day that may be sent."""
    return day_of(now_ms - backfill.lag_ms)


def past(backfill: Backfill, database: Database | None, now_ms: int) -> Past | None:
    """What a backfill at ``now_ms`` has to send; None for what cannot be read whole."""
    if database is None or database.state not in READABLE:
        return None
    if database.state == "empty":
        database = Database()
    last = last_day(backfill, now_ms)
    first = _first_day(backfill, database)
    if first is None or first > last:
        return Past({}, first or last, last)
    by_table = {name: _by_day(backfill, database, name) for name in backfill.tables}
    found = {day for days in by_table.values() for day in days if first <= day <= last}
    lines = {day: {t: by_table[t].get(day, []) for t in by_table} for day in sorted(found)}
    return Past(
        {day: _figures(backfill, database, rows) for day, rows in lines.items()},
        first,
        last,
        frozenset(
            day
            for day, rows in lines.items()
            if all(line.in_seconds for table in rows.values() for line in table)
        ),
    )


def ignored(backfill: Backfill, database: Database, now_ms: int) -> bool:
    """Whether some rows are too old or too new to be sent."""
    last = last_day(backfill, now_ms)
    for name in backfill.tables:
        table = _table(backfill, database, name)
        for row in table.rows if table else ():
            ms = _ms(backfill, row.values.get(backfill.tables[name].epoch))
            if ms is not None and (ms < backfill.floor_ms or day_of(ms) > last):
                return True
    return False


def _table(backfill: Backfill, database: Database, name: str) -> Table | None:
    """The table, if this install has it, with a time in its rows."""
    table = database.tables.get(name)
    return table if table and backfill.tables[name].epoch in table.columns else None


def _ms(backfill: Backfill, epoch: Value) -> float | None:
    """A row's time in milliseconds; None where it has none."""
    if not isinstance(epoch, int | float):
        return None
    return epoch if epoch >= backfill.seconds_below else epoch * 1_000


def _times(backfill: Backfill, database: Database, name: str) -> Iterator[tuple[float, _Line]]:
    """The rows at or above the floor, with their times."""
    table = _table(backfill, database, name)
    for row in table.rows if table else ():
        epoch = row.values.get(backfill.tables[name].epoch)
        ms = _ms(backfill, epoch)
        if ms is not None and ms >= backfill.floor_ms:
            yield ms, _Line(row.values, row.times, in_seconds=ms != epoch)


def _by_day(backfill: Backfill, database: Database, name: str) -> dict[str, list[_Line]]:
    days: dict[str, list[_Line]] = {}
    for ms, line in _times(backfill, database, name):
        days.setdefault(day_of(ms), []).append(line)
    return days


def _first_day(backfill: Backfill, database: Database) -> str | None:
    for name in backfill.first_activity:
        times = [ms for ms, _ in _times(backfill, database, name)]
        if times:
            return day_of(min(times))
    return None


def _figures(
    backfill: Backfill, database: Database, rows: dict[str, list[_Line]]
) -> dict[str, Amount]:
    made = {
        name: _amount(backfill, database, figure, rows)
        for name, figure in backfill.figures.items()
        if figure.op != "less"
    }
    for name, figure in backfill.figures.items():
        if figure.op == "less" and figure.of and figure.less:
            tables = backfill.figures[figure.less].tables
            there = any(rows[table] for table in tables)
            made[name] = _difference(made[figure.of], made[figure.less], there=there)
    return made


def _amount(
    backfill: Backfill, database: Database, figure: Figure, rows: dict[str, list[_Line]]
) -> Amount:
    for name in figure.tables:
        table = _table(backfill, database, name)
        if table is None or (figure.of is not None and figure.of not in table.columns):
            return _LACKING
    lines = [line for name in figure.tables for line in rows[name]]
    right = _counted(figure, lines, backfill.chars_per_token)
    return Amount(frozenset(right), may_lack=0 in right)


def _counted(figure: Figure, lines: list[_Line], chars_per_token: int) -> set[int]:
    cells = [(line.values.get(figure.of or ""), line.times) for line in lines]
    match figure.op:
        case "count" if figure.of is None:
            return {sum(times for _, times in cells)}
        case "count":
            return {sum(times for value, times in cells if value == figure.equals)}
        case "others":
            return {sum(times for value, times in cells if value not in figure.but)}
        case "present":
            return {sum(times for value, times in cells if value is not None)}
        case "distinct":
            return {len({value for value, _ in cells if value is not None})}
        case "sum":
            # Text and negative numbers are no counts of anything.
            valid = ((v, n) for v, n in cells if isinstance(v, int) and v >= 0)
            return {sum(value * times for value, times in valid)}
        case _:
            texts = [(value, times) for value, times in cells if isinstance(value, str)]
            # Characters are code points; who counts UTF-16 units is right too.
            lengths = (len, lambda text: len(text.encode("utf-16-le")) // 2)
            return {
                sum(-(-length(text) // chars_per_token) * times for text, times in texts)
                for length in lengths
            }


def _difference(of: Amount, less: Amount, *, there: bool) -> Amount:
    """``of`` less ``less``, on a day with rows that ``less`` is made from."""
    if not less.right:
        return _LACKING
    if not there or not of.right:
        return Amount(frozenset({0}), may_lack=True)
    right = frozenset(max(0, a - b) for a in of.right for b in less.right)
    return Amount(right, may_lack=less.may_lack)

"""What an install may remember: rows where mistakes are made, in the tables of the contract.

At midnight, at the floor, at the last day and the day after, in seconds and in milliseconds, in
tables that an older install lacks.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import Contract
from payloadproof.contract.backfill import Backfill, HistoryTable
from payloadproof.scenario.databases import Database, Row, State, Table, Value

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
LONG = 130  # days: more than fit into one batch of a client's usual size
_SECRET = "{canary:1}"  # noqa: S105  # the placeholder of one


def backfill_of(contract: Contract) -> Backfill:
    """What the contract says of the past, where it says anything."""
    assert contract.backfill is not None
    return contract.backfill


def last_midnight(backfill: Backfill, now_ms: int) -> int:
    """When the last day that may be sent began."""
    return (now_ms - backfill.lag_ms) // DAY_MS * DAY_MS


def _moments(backfill: Backfill, now_ms: int) -> SearchStrategy[int]:
    """Milliseconds around every boundary."""
    last = last_midnight(backfill, now_ms)
    midnights = [last + n * DAY_MS for n in (1, 0, -1, -2, -7, -40)]
    midnights += [backfill.floor_ms, backfill.floor_ms - DAY_MS, last + 3 * DAY_MS]
    within = st.sampled_from([0, 1, DAY_MS // 2, DAY_MS - 1]) | st.integers(0, DAY_MS - 1)
    return st.builds(int.__add__, st.sampled_from(midnights), within)


def _epochs(backfill: Backfill, now_ms: int) -> SearchStrategy[Value]:
    moments = _moments(backfill, now_ms)
    odd: SearchStrategy[Value] = st.sampled_from([None, "yesterday", 0, -5, 10**17])
    right: SearchStrategy[Value] = moments | moments.map(lambda ms: ms // 1_000)
    return st.integers(0, 9).flatmap(lambda n: right if n else odd)


def _values(backfill: Backfill, table: str, column: str, *, private: bool) -> SearchStrategy[Value]:
    """What stands in a column that holds no time."""
    uses = [
        figure
        for figure in backfill.figures.values()
        if figure.of == column and table in figure.tables
    ]
    secret = [_SECRET] if private else []
    if column in backfill.tables[table].numbers:
        whole: SearchStrategy[Value] = st.integers(0, 5_000)
        return st.integers(0, 9).flatmap(lambda n: whole if n else st.sampled_from([None, "many"]))
    if any(figure.op == "tokens" for figure in uses):
        words = ["", "abcd", "abcde", "déjà vu", "𐍈𐍈𐍈", "word " * 40, None]
        return st.sampled_from([*words, *(f"remember {one}" for one in secret)])
    said = [figure.equals for figure in uses if figure.equals]
    said += [said[0].upper(), f" {said[0]}", "else"] if said else ["alpha", "beta", ""]
    return st.sampled_from([*said, *secret, None])


@st.composite
def _tables(
    draw: st.DrawFn, backfill: Backfill, name: str, *, now_ms: int, private: bool
) -> Table | None:
    known: HistoryTable = backfill.tables[name]
    lacks = draw(st.integers(0, 11))
    if lacks == 0:
        return None
    columns = list(known.columns)
    if lacks == 1:
        columns.remove(draw(st.sampled_from(columns)))
    cells = {
        column: _epochs(backfill, now_ms)
        if column == known.epoch
        else _values(backfill, name, column, private=private)
        for column in columns
    }
    rows = st.builds(
        lambda values, times: Row(values=values, times=times),
        st.fixed_dictionaries(cells),
        st.sampled_from([1, 1, 2, 30]),
    )
    return Table(columns=tuple(columns), rows=tuple(draw(st.lists(rows, max_size=6))))


@st.composite
def databases(draw: st.DrawFn, backfill: Backfill, now_ms: int, *, private: bool) -> Database:
    """What a program may remember, sound or in the log of another process."""
    made = {
        name: draw(_tables(backfill, name, now_ms=now_ms, private=private))
        for name in backfill.tables
    }
    tables = {name: table for name, table in made.items() if table is not None}
    if draw(st.integers(0, 3)) == 0:
        tables |= busy(backfill, now_ms, LONG)
    state: State = draw(st.sampled_from(["sound", "sound", "sound", "wal"]))
    return Database(tables=tables, state=state)


def busy(backfill: Backfill, now_ms: int, days: int) -> dict[str, Table]:
    """A row on each of the last ``days`` days, in the table that says when it all began."""
    last = last_midnight(backfill, now_ms)
    return rows_at(backfill, (last - n * DAY_MS + (n % 24) * HOUR_MS for n in range(days)))


def rows_at(backfill: Backfill, moments: Iterable[int]) -> dict[str, Table]:
    """A row at each, in the table that says when it all began."""
    name = backfill.first_activity[0]
    table = backfill.tables[name]
    values: dict[str, Value] = dict.fromkeys(table.text, "alpha")
    rows = (Row(values=values | {table.epoch: moment}) for moment in moments)
    return {name: Table(columns=table.columns, rows=tuple(rows))}


def bare(backfill: Backfill) -> dict[str, Table]:
    """Every table, and no row."""
    return {name: Table(columns=table.columns) for name, table in backfill.tables.items()}

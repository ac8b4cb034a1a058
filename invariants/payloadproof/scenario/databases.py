"""The program's own database: plain JSON in a scenario, a real SQLite file in a run.

Rule 1: what a scenario says of a database is all there is in it: a table or column that it does
not name does not exist, as in an older install.
Rule 2: a file that cannot be read whole is made from a sound one, so that a reader has to notice.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from payloadproof.contract.backfill import HistoryTable

Value = int | float | str | None

_PAGE = 1024  # bytes
_MANY = 1_000  # equal rows
_COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
_HEADER = 100  # bytes of the first page that say that this is a database

State = Literal[
    "sound", "wal", "empty", "missing", "directory", "encrypted", "locked", "corrupt", "torn"
]
# Those that can be read whole; the empty one has no tables.
READABLE: tuple[State, ...] = ("sound", "wal", "empty")


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some equal rows; a column without a value is null."""

    values: dict[str, Value]
    times: int = 1


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The columns that this install has, and what stands in them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()


class Database(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the program remembers.

    ``state``: ``wal`` is sound, all rows still in the log of a process that has it open.
    ``empty`` is a file of no bytes; ``missing`` no file; ``directory`` a directory in its place;
    ``encrypted`` bytes that mean nothing; ``locked`` held by another process; ``corrupt`` broken
    from its first page on; ``torn`` broken in its last table alone.
    """

    tables: dict[str, Table] = {}
    state: State = "sound"


class Held:
    """A database in use by somebody else, until it is closed."""

    def __init__(self, connection: sqlite3.Connection | None = None) -> None:
        self._connection = connection

    def close(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            self._connection.close()


def build(
    database: Database,
    known: Mapping[str, HistoryTable],
    path: Path,
    plant: Callable[[Any], Any] = lambda value: value,
) -> Held:
    """Make the file at ``path``, in the state that the scenario has it in.

    Args:
        database: what to make.
        known: the contract's tables; columns of time and number are declared as such.
        path: a name that nothing has yet.
        plant: applied to every value; puts canaries in the place of their placeholders.
    """
    match database.state:
        case "missing":
            return Held()
        case "empty":
            path.touch()
            return Held()
        case "directory":
            path.mkdir()
            return Held()
        case "encrypted":
            path.write_bytes(_noise(16 * _PAGE))
            return Held()
    connection = _filled(database, known, path, plant)
    match database.state:
        case "wal":
            return Held(connection)
        case "locked":
            connection.execute("BEGIN EXCLUSIVE")
            return Held(connection)
        case "corrupt":
            connection.close()
            _overwrite(path, _HEADER, _PAGE - _HEADER)
        case "torn":
            page = _first_page(connection, list(database.tables)[-1])
            connection.close()
            _overwrite(path, (page - 1) * _PAGE, _PAGE)
    connection.close()
    return Held()


def _filled(
    database: Database,
    known: Mapping[str, HistoryTable],
    path: Path,
    plant: Callable[[Any], Any],
) -> sqlite3.Connection:
    """A connection to a new file with all the rows, in no transaction."""
    # Closed by whoever ends the scenario, who may be another thread.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA page_size = {_PAGE}")
    connection.execute("PRAGMA synchronous = OFF")
    for name, table in database.tables.items():
        columns = ", ".join(f"{_quoted(c)} {_kind(known[name], c)}" for c in table.columns)
        connection.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
    if database.state == "wal":
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("BEGIN")
    for name, table in database.tables.items():
        places = ", ".join("?" * len(table.columns))
        # Names are the scenario's, quoted; values are bound.
        insert = f"INSERT INTO {_quoted(name)} VALUES ({places})"  # noqa: S608  # as said above
        # Many equal rows are SQLite's to make: one by one they take longer than any program.
        many = f"INSERT INTO {_quoted(name)} {_COUNTED} SELECT {places} FROM n"  # noqa: S608  # likewise
        connection.executemany(insert, _values(table, plant, below=_MANY))
        for row in (row for row in table.rows if row.times >= _MANY):
            connection.execute(many, (row.times, *_planted(row, table, plant)))
    connection.execute("COMMIT")
    return connection


def _values(
    table: Table, plant: Callable[[Any], Any], *, below: int
) -> Iterator[tuple[Value, ...]]:
    for row in table.rows:
        if row.times < below:
            yield from itertools.repeat(_planted(row, table, plant), row.times)


def _planted(row: Row, table: Table, plant: Callable[[Any], Any]) -> tuple[Value, ...]:
    return tuple(plant(row.values.get(column)) for column in table.columns)


def _kind(table: HistoryTable, column: str) -> str:
    return "INTEGER" if column in (table.epoch, *table.numbers) else "TEXT"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_page(connection: sqlite3.Connection, table: str) -> int:
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    page: int = connection.execute(query, [table]).fetchone()[0]
    return page


def _overwrite(path: Path, begin: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(_noise(length))


def _noise(length: int) -> bytes:
    """Bytes without any meaning, the same every time."""
    blocks = (hashlib.sha256(n.to_bytes(8)).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]

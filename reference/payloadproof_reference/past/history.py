"""The product's own database, looked at and left as it is.

Rule 1: it is read through SQLite alone. To open and close the file beside SQLite would drop the
locks that the worker's own connection holds on it (POSIX locks are the process's).
Rule 2: read-only, one transaction: every figure is of the same moment, and writers go on meanwhile.
Rule 3: no file is made beside the database, one case aside; see :meth:`History._uri`.
Rule 4: only numbers come out. Texts, titles and names are measured and compared in the query.
Rule 5: ``columns`` says what an older install lacks; other trouble is ``UnreadableError``.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

#: Smaller epochs are seconds, others milliseconds.
SECONDS_BELOW = 1_000_000_000_000
#: 2024-01-01. What is older is no activity: the product did not exist.
FLOOR_MS = 1_704_067_200_000
DAY_MS = 86_400_000

BUSY_S = 1.0
#: Instructions of SQLite's between two looks at the time: some milliseconds.
_STEPS = 200_000

#: What has to stay the same where nobody can be asked for a lock.
_Signature = tuple[int, int, int]


class UnreadableError(Exception):
    """The database cannot be read whole; the message says why, and quotes nothing of it."""


def epoch_ms(column: str) -> str:
    """SQL: the milliseconds that ``column`` tells, or null where it holds no number."""
    return (
        f"CASE WHEN typeof({column}) IN ('integer', 'real') THEN CAST("
        f"CASE WHEN {column} < {SECONDS_BELOW} THEN {column} * 1000 ELSE {column} END"
        " AS INTEGER) END"
    )


class History:
    """A reading of the database; a context manager, for one thread.

    Args:
        path: The database.
        stopped: Asked every few milliseconds whether to give up.
        seconds: How long the reading may take.

    Raises:
        UnreadableError: on entering and on reading.
    """

    def __init__(
        self, path: Path, *, stopped: Callable[[], bool] = lambda: False, seconds: float = 30.0
    ) -> None:
        self._path = path.absolute()
        self._stopped = stopped
        self._deadline = time.monotonic() + seconds
        self._alone: _Signature | None = None
        self._columns: dict[str, frozenset[str]] = {}

    def __enter__(self) -> Self:
        self._connection = self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> TracebackType | None:
        self._connection.close()
        if kind is None and self._alone is not None and self._left_alone() != self._alone:
            raise UnreadableError("it was changed while it was read")
        return None

    @property
    def size_bytes(self) -> int:
        """The size of the database's file."""
        size: int = self._regular().st_size
        return size

    def columns(self, table: str) -> frozenset[str]:
        """The columns of ``table``; none where there is no such table."""
        if table not in self._columns:
            found = self._rows(f"PRAGMA table_info({table})")
            self._columns[table] = frozenset(str(row[1]).lower() for row in found)
        return self._columns[table]

    def numbers(self, query: str, *args: int | str) -> list[tuple[int, ...]]:
        """The rows of ``query``.

        Raises:
            UnreadableError: it failed, took too long, was stopped, or holds anything but integers.
        """
        rows = self._rows(query, *args)
        # Rule 4: nothing else can come out, whatever becomes of the queries.
        if any(type(value) is not int for row in rows for value in row):
            raise UnreadableError("a figure is no whole number")
        return rows

    def _rows(self, query: str, *args: int | str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, args).fetchall()
        except sqlite3.Error as error:
            raise UnreadableError(_reason(error)) from None

    def _connect(self) -> sqlite3.Connection:
        self._regular()
        try:
            connection = sqlite3.connect(
                self._uri(), uri=True, timeout=BUSY_S, isolation_level=None
            )
        except sqlite3.Error as error:
            raise UnreadableError(_reason(error)) from None
        try:
            connection.set_progress_handler(self._give_up, _STEPS)
            connection.execute("BEGIN")
            (encoding,) = connection.execute("PRAGMA encoding").fetchone()
            connection.create_function(
                "code_points",
                1,
                lambda text: len(text.decode(encoding, "replace")),
                deterministic=True,
            )
            # The transaction begins with the first reading.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise UnreadableError(_reason(error)) from None
        return connection

    def _uri(self) -> str:
        """How to open the database so that nothing is left beside it.

        To read a database in WAL mode SQLite needs its index, the ``-shm`` file, and makes one
        where there is none. With no ``-wal`` beside it nobody has the database open and all of it
        is in the one file, which is then read as it stands; that it stood still is checked
        afterwards. A ``-wal`` without an index was left by a crash or a copy: it can hold rows, so
        there the index is made.
        """
        uri = self._path.as_uri() + "?mode=ro"
        alone = self._left_alone()
        if alone is not None and self._in_wal_mode(uri):
            self._alone = alone
            return uri + "&immutable=1"
        return uri

    def _left_alone(self) -> _Signature | None:
        """What the file is now, unless somebody has it open in WAL mode."""
        beside = (self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))
        if any(path.exists() for path in beside):
            return None
        found = self._regular()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _in_wal_mode(self, uri: str) -> bool:
        # Without locks SQLite opens no database in WAL mode, and says so before it makes a file.
        try:
            with closing(sqlite3.connect(uri + "&nolock=1", uri=True)) as probe:
                probe.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            return error.sqlite_errorcode == sqlite3.SQLITE_CANTOPEN
        return False

    def _regular(self) -> Any:
        try:
            found = self._path.stat()
        except OSError as error:
            raise UnreadableError(f"it is not there ({type(error).__name__})") from None
        # To open a pipe would wait for its other end.
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableError("it is no file")
        return found

    def _give_up(self) -> bool:
        return self._stopped() or time.monotonic() > self._deadline


def _reason(error: sqlite3.Error) -> str:
    # The message itself may quote the database or its path.
    return getattr(error, "sqlite_errorname", "") or type(error).__name__

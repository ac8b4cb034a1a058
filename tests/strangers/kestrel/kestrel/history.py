"""What each past day amounted to, as the program's database remembers it.

SQLite counts, in one read-only transaction, and only numbers and days come out of it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

FLOOR_MS = 1_704_067_200_000  # 2024-01-01
LAG_MS = 216_000_000  # 60 h
_DAY_MS = 86_400_000
_SECONDS_BELOW = 1_000_000_000_000
_CHARS_PER_TOKEN = 4

_EPOCHS = {
    "sdk_sessions": "started_at_epoch",
    "observations": "created_at_epoch",
    "session_summaries": "created_at_epoch",
    "user_prompts": "created_at_epoch",
}
_FIRST_ACTIVITY = ("sdk_sessions", "observations")
_TYPES = ("bugfix", "discovery", "decision", "refactor")
_PLATFORMS = ("claude", "codex", "gemini")


class Unreadable(Exception):
    """The database is missing, locked, damaged or none at all."""


@dataclass(frozen=True)
class Past:
    install_day: str | None
    days: dict[str, dict[str, Any]]
    through: str
    odd_rows: int = 0


def day_of(ms: int) -> str:
    return dt.datetime.fromtimestamp(ms // 1000, dt.timezone.utc).strftime("%Y-%m-%d")


def _chars(value: Any) -> int:
    # SQLite's own length() stops at a NUL.
    return len(value.decode("utf-8", "replace")) if type(value) is bytes else 0


def read(path: str, now_ms: int) -> Past:
    """Everything that is to be sent. Raises Unreadable where any part of it cannot be read."""
    try:
        db = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=1.0)
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from error
    try:
        db.create_function("chars", 1, _chars, deterministic=True)
        db.execute("BEGIN")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Unreadable("damaged")
        return _Reader(db, now_ms).read()
    except (sqlite3.Error, OverflowError, ValueError) as error:
        raise Unreadable(str(error)) from error
    finally:
        db.close()


class _Reader:
    def __init__(self, db: sqlite3.Connection, now_ms: int) -> None:
        self._db = db
        self._through = day_of(now_ms - LAG_MS)
        end = dt.datetime.strptime(self._through, "%Y-%m-%d").replace(tzinfo=dt.timezone.utc)
        self._end_ms = int(end.timestamp()) * 1000 + _DAY_MS
        self._columns: dict[str, set[str]] = {}
        for table, epoch in _EPOCHS.items():
            columns = {row[1].lower() for row in db.execute(f"PRAGMA table_info({table})")}
            if epoch in columns:
                self._columns[table] = columns
        self._start_ms = FLOOR_MS

    def read(self) -> Past:
        first = self._first_ms()
        odd = self._odd_rows()
        if first is None or first >= self._end_ms:
            return Past(None, {}, self._through, odd)
        self._start_ms = first - first % _DAY_MS
        days: dict[str, dict[str, Any]] = {}
        for table in self._columns:
            for (day,) in self._rows(table, "1", group=True):
                days.setdefault(day, {})
        for name, figures in self._figures().items():
            for day in days:
                days[day][name] = figures.get(day, 0)
        for figures in days.values():
            # Where nothing was read, nothing was saved by reading it.
            if "discovery_tokens" in figures and figures.get("read_tokens"):
                saved = figures["discovery_tokens"] - figures["read_tokens"]
                figures["tokens_saved_vs_naive"] = max(0, saved)
        return Past(day_of(first), dict(sorted(days.items())), self._through, odd)

    @staticmethod
    def _ms(table: str) -> str:
        """A row's time in whole milliseconds, or NULL where it is no number."""
        epoch = _EPOCHS[table]
        return (
            f"CASE WHEN typeof({epoch}) NOT IN ('integer', 'real') THEN NULL "
            f"WHEN {epoch} < {_SECONDS_BELOW} THEN CAST({epoch} * 1000 AS INTEGER) "
            f"ELSE CAST({epoch} AS INTEGER) END"
        )

    def _first_ms(self) -> int | None:
        for table in _FIRST_ACTIVITY:
            if table not in self._columns:
                continue
            ms = self._ms(table)
            row = self._db.execute(
                f"SELECT min({ms}) FROM {table} WHERE {ms} >= ?", (FLOOR_MS,)
            ).fetchone()
            if row[0] is not None:
                return row[0]
        return None

    def _odd_rows(self) -> int:
        return sum(
            self._db.execute(f"SELECT count(*) FROM {t} WHERE {self._ms(t)} IS NULL").fetchone()[0]
            for t in self._columns
        )

    def _rows(self, table: str, where: str, group: bool = False, what: str = "") -> list[Any]:
        """Day by day: the day, and ``what`` over the rows of that day for which ``where`` holds."""
        ms = self._ms(table)
        day = f"date(({ms}) / 1000, 'unixepoch')"
        columns = f"{day}, {what}" if what else day
        return self._db.execute(
            f"SELECT {columns} FROM {table} WHERE {ms} >= ? AND {ms} < ? AND ({where}) GROUP BY 1",
            (self._start_ms, self._end_ms),
        ).fetchall()

    def _figures(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        count = "count(*)"

        def add(name: str, table: str, column: str, where: str, what: str = count) -> None:
            if table in self._columns and (not column or column in self._columns[table]):
                found[name] = {d: _whole(n) for d, n in self._rows(table, where, what=what)}

        add("observation_count", "observations", "", "1")
        add("session_count", "sdk_sessions", "", "1")
        add("summary_count", "session_summaries", "", "1")
        add("prompt_count", "user_prompts", "", "1")
        for word in _TYPES:
            add(f"obs_type_{word}", "observations", "type", f"type = '{word}'")
        add("obs_type_other", "observations", "type", _none_of("type", _TYPES))
        for word in ("completed", "failed"):
            add(f"session_{word}_count", "sdk_sessions", "status", f"status = '{word}'")
        for word in _PLATFORMS:
            where = f"platform_source = '{word}'"
            add(f"sessions_{word}_count", "sdk_sessions", "platform_source", where)
        others = _none_of("platform_source", _PLATFORMS)
        add("sessions_other_platform_count", "sdk_sessions", "platform_source", others)
        add("subagent_obs_count", "observations", "agent_type", "agent_type IS NOT NULL")
        add(
            "discovery_tokens", "session_summaries", "discovery_tokens",
            "typeof(discovery_tokens) IN ('integer', 'real')", "sum(discovery_tokens)",
        )
        per_row = f"(chars(CAST(text AS BLOB)) + {_CHARS_PER_TOKEN - 1}) / {_CHARS_PER_TOKEN}"
        add("read_tokens", "observations", "text", "text IS NOT NULL", f"sum({per_row})")
        projects = self._projects()
        if projects is not None:
            found["project_count"] = projects
        return found

    def _projects(self) -> dict[str, int] | None:
        tables = ("observations", "sdk_sessions")
        if any("project" not in self._columns.get(table, ()) for table in tables):
            return None
        parts = []
        for table in tables:
            ms = self._ms(table)
            parts.append(
                f"SELECT date(({ms}) / 1000, 'unixepoch') AS day, project FROM {table} "
                f"WHERE {ms} >= :start AND {ms} < :end AND project IS NOT NULL"
            )
        query = f"SELECT day, count(DISTINCT project) FROM ({' UNION '.join(parts)}) GROUP BY day"
        bounds = {"start": self._start_ms, "end": self._end_ms}
        return dict(self._db.execute(query, bounds).fetchall())


def _none_of(column: str, words: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IS NULL OR {column} NOT IN ({listed})"


def _whole(number: Any) -> Any:
    return int(number) if type(number) is float and number.is_integer() else number

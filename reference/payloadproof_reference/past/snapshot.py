"""What an install amounts to today: the statistics of ``worker_started``.

Rule 1: counts, a size and ages in days. No name and no text leaves the query.
Rule 2: a table or column that is not there leaves its keys out. A database that cannot be read
leaves all of them out, and nothing is raised: the worker starts all the same.
"""

# ruff: noqa: S608 - the queries are made of names that stand in this file
from __future__ import annotations

from pathlib import Path

from payloadproof_reference.past.daily import OBSERVATIONS, SESSIONS, SUMMARIES, Activity
from payloadproof_reference.past.history import DAY_MS, FLOOR_MS, History, UnreadableError, epoch_ms

#: The worker's start waits for it.
BUDGET_S = 5.0

_MB = 1024 * 1024
_COUNTS = (
    ("db_observation_count", OBSERVATIONS.name, None),
    ("db_session_count", SESSIONS.name, None),
    ("db_summary_count", SUMMARIES.name, None),
    ("db_project_count", SESSIONS.name, "project"),
)

Statistics = dict[str, int | float]


def snapshot(history_db: Path, now_ms: int) -> Statistics:
    """The statistics at ``now_ms``, whole ones in rows or days, ``db_size_mb`` to a tenth."""
    try:
        with History(history_db, seconds=BUDGET_S) as history:
            return {
                **_counts(history),
                **_age(history, now_ms),
                **_recent(history, now_ms),
                "db_size_mb": round(history.size_bytes / _MB, 1),
            }
    except (UnreadableError, OverflowError):
        return {}


def _counts(history: History) -> Statistics:
    found: Statistics = {}
    for key, table, column in _COUNTS:
        columns = history.columns(table)
        if columns and (column is None or column in columns):
            counted = "*" if column is None else f"DISTINCT {column}"
            ((found[key],),) = history.numbers(f"SELECT count({counted}) FROM {table}")
    return found


def _age(history: History, now_ms: int) -> Statistics:
    first_ms = Activity().first_ms(history)
    return {} if first_ms is None else {"install_age_days": _days_since(first_ms, now_ms)}


def _recent(history: History, now_ms: int) -> Statistics:
    if OBSERVATIONS.epoch not in history.columns(OBSERVATIONS.name):
        return {}
    when = epoch_ms(OBSERVATIONS.epoch)
    ((last_7d, last_30d, latest),) = history.numbers(
        f"SELECT count(CASE WHEN {when} >= ? THEN 1 END), count(CASE WHEN {when} >= ? THEN 1 END),"
        f" coalesce(max({when}), 0) FROM {OBSERVATIONS.name}",
        now_ms - 7 * DAY_MS,
        now_ms - 30 * DAY_MS,
    )
    found: Statistics = {"obs_count_7d": last_7d, "obs_count_30d": last_30d}
    if latest >= FLOOR_MS:
        found["days_since_last_obs"] = _days_since(latest, now_ms)
    return found


def _days_since(then_ms: int, now_ms: int) -> int:
    return max(0, now_ms - then_ms) // DAY_MS

"""The past of two days that the tests of the backfill are about, and when it is sent."""

import datetime as dt

from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Row, Table

INSTALL = "9b2f6a3e-1c4d-4e5f-8a7b-0c1d2e3f4a5b"
NOW = dt.datetime(2026, 10, 10, 13, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
LAST = "2026-10-08"  # 60 h before NOW it was the morning of this day
ONCE = (do.Backfill(),)
TWICE = (*ONCE, *ONCE)
FIRST, SECOND = "2026-10-01", "2026-10-03"


def at(day, clock="00:00:00"):
    return int(dt.datetime.fromisoformat(f"{day}T{clock}+00:00").timestamp() * 1_000)


def table(contract, name, *rows):
    columns = contract.backfill.tables[name].columns
    return Table(columns=columns, rows=tuple(Row(values=row) for row in rows))


FIGURES = {
    FIRST: {
        "session_count": 2,
        "session_completed_count": 1,
        "sessions_claude_count": 1,
        "sessions_other_platform_count": 1,
        "observation_count": 3,
        "obs_type_bugfix": 1,
        "obs_type_other": 2,
        "subagent_obs_count": 1,
        "read_tokens": 3,
        "tokens_saved_vs_naive": 0,
        "project_count": 3,
        "backfilled": True,
    },
    SECOND: {"summary_count": 1, "discovery_tokens": 70, "backfilled": True},
}


def changed(events, index, **other):
    """The events, one of which says something else."""
    return [{**one, **other} if n == index else one for n, one in enumerate(events)]

"""What each past day amounted to, counted by SQLite.

Rule 1: a day is a UTC day, as the number of days since 1970. The first is that of the first
session, the last the last full one; rows outside of them, or below the floor, do not count.
Rule 2: one scan a table, and one more for the names of projects. The inner query makes one or two
integers out of each row, so that the sorting never holds a text: the day, and a bit for each thing
that a row is or is not. Rows that are the same in all of it are counted together.
Rule 3: words are compared with closed vocabularies in the query: what is none of them is counted
as other, and never read.
Rule 4: a key needs columns. Where an older install lacks one, the key is left out; a table
without a row on a day leaves its keys out of that day, too.
Rule 5: what is no number counts as absent, as it does in live rollups (B2).
"""

# ruff: noqa: S608 - the queries are made of names that stand in this file
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from payloadproof_reference.past.history import DAY_MS, FLOOR_MS, History, epoch_ms

PLATFORMS = ("claude", "codex", "gemini")
TYPES = ("bugfix", "discovery", "decision", "refactor")
CHARS_PER_TOKEN = 4
#: The day of rows whose time is no number.
UNDATED = -1
#: Beyond it nothing leaves as a count; and sums of no more stay exact in SQLite's ``total``.
_MAX_COUNT = 2**53

Counters = dict[str, int]


@dataclass(frozen=True)
class Key:
    """One figure of a day: the sum of ``each``, SQL over the column that it needs, if any.

    ``bit``: whether ``each`` is 0 or 1 for every row, and never null. ``case``: the branch of a
    CASE over the column that says the same, where one word of the column excludes the others.
    """

    name: str
    each: str = "1"
    column: str | None = None
    bit: bool = False
    case: str = ""


@dataclass(frozen=True)
class Table:
    """One table: the column that dates its rows, and what is made of them; the rows come first."""

    name: str
    epoch: str
    keys: tuple[Key, ...]

    def present(self, history: History) -> tuple[Key, ...]:
        """The keys for which this install has the columns."""
        columns = history.columns(self.name)
        if self.epoch not in columns:
            return ()
        return tuple(key for key in self.keys if key.column is None or key.column in columns)


def _rows(name: str) -> Key:
    return Key(name, bit=True)


def _one_of(name: str, column: str, word: str) -> Key:
    return Key(name, f"{column} IS '{word}'", column, bit=True, case=f"WHEN '{word}' THEN")


def _none_of(name: str, column: str, words: tuple[str, ...]) -> Key:
    listed = ", ".join(f"'{word}'" for word in words)
    each = f"{column} IS NULL OR {column} NOT IN ({listed})"
    return Key(name, each, column, bit=True, case="ELSE")


def _marks(bits: list[Key]) -> str:
    """SQL: the bits of a row, each in the place of its key. A column's words are looked at once."""
    parts: list[str] = []
    cases: dict[str, dict[str, int]] = {}
    for place, key in enumerate(bits):
        if key.column and key.case:
            cases.setdefault(key.column, {})[key.case] = 1 << place
        else:
            parts.append(f"(({key.each}) << {place})")
    for column, branches in cases.items():
        otherwise = branches.pop("ELSE", 0)
        whens = " ".join(f"{branch} {bit}" for branch, bit in branches.items())
        parts.append(f"(CASE {column} {whens} ELSE {otherwise} END)")
    return " | ".join(parts)


#: Characters of a text, as code points. SQLite's ``length`` ends at a NUL; a function of our own
#: would cost as much again for each of the others. A text with as many bytes has no NUL, and is not
#: searched for one, which costs most of it.
_CHARACTERS = (
    "CASE WHEN typeof(text) IS NOT 'text' THEN 0"
    " WHEN length(text) = length(CAST(text AS BLOB)) THEN length(CAST(text AS BLOB))"
    " WHEN instr(CAST(text AS BLOB), x'00') THEN code_points(CAST(text AS BLOB))"
    " ELSE length(text) END"
)
_COUNT = (
    "CASE WHEN typeof({0}) IN ('integer', 'real')"
    f" AND {{0}} BETWEEN 0 AND {_MAX_COUNT} AND CAST({{0}} AS INTEGER) = {{0}}"
    " THEN {0} ELSE 0 END"
)

OBSERVATIONS = Table(
    "observations",
    "created_at_epoch",
    (
        _rows("observation_count"),
        *(_one_of(f"obs_type_{word}", "type", word) for word in TYPES),
        _none_of("obs_type_other", "type", TYPES),
        Key("subagent_obs_count", "agent_type IS NOT NULL", "agent_type", bit=True),
        Key(
            "read_tokens", f"(({_CHARACTERS}) + {CHARS_PER_TOKEN - 1}) / {CHARS_PER_TOKEN}", "text"
        ),
    ),
)
SESSIONS = Table(
    "sdk_sessions",
    "started_at_epoch",
    (
        _rows("session_count"),
        _one_of("session_completed_count", "status", "completed"),
        _one_of("session_failed_count", "status", "failed"),
        *(_one_of(f"sessions_{word}_count", "platform_source", word) for word in PLATFORMS),
        _none_of("sessions_other_platform_count", "platform_source", PLATFORMS),
    ),
)
SUMMARIES = Table(
    "session_summaries",
    "created_at_epoch",
    (
        _rows("summary_count"),
        # The same tokens stand on every observation of a turn: only a summary has them once.
        Key("discovery_tokens", _COUNT.format("discovery_tokens"), "discovery_tokens"),
    ),
)
PROMPTS = Table("user_prompts", "created_at_epoch", (_rows("prompt_count"),))


@dataclass(frozen=True)
class Past:
    """All of it: the day of the first session, and each active day up to the last full one."""

    first_day: int
    days: dict[int, Counters]
    #: By table, how many rows were left out since they have no day.
    undated: dict[str, int] = field(default_factory=dict)


class Activity:
    """The figures of a database."""

    tables = (OBSERVATIONS, SESSIONS, SUMMARIES, PROMPTS)
    floor_ms = FLOOR_MS

    def past(self, history: History, last_day: int) -> Past | None:
        """What happened up to ``last_day``; nothing where the install is younger.

        Raises:
            UnreadableError: see :class:`History`.
        """
        first_ms = self.first_ms(history)
        if first_ms is None or first_ms // DAY_MS > last_day:
            return None
        first_day = first_ms // DAY_MS
        days: dict[int, Counters] = {}
        undated: dict[str, int] = {}
        for table in self.tables:
            for day, counters in self.by_day(history, table, first_day, last_day):
                if day == UNDATED:
                    undated[table.name] = counters[table.keys[0].name]
                else:
                    days.setdefault(day, {}).update(counters)
        for day, projects in self.projects(history, first_day, last_day):
            days.setdefault(day, {})["project_count"] = projects
        for counters in days.values():
            counters.update(self.savings(counters))
        return Past(first_day, dict(sorted(days.items())), undated)

    def first_ms(self, history: History) -> int | None:
        """When the first session was, or without any the first observation."""
        for table in (SESSIONS, OBSERVATIONS):
            if table.epoch in history.columns(table.name):
                when = self.when(table.epoch)
                found = history.numbers(
                    f"SELECT ms FROM (SELECT min({when}) AS ms FROM {table.name}"
                    f" WHERE {when} >= ?) WHERE ms IS NOT NULL",
                    self.floor_ms,
                )
                if found:
                    return found[0][0]
        return None

    def by_day(
        self, history: History, table: Table, first_day: int, last_day: int
    ) -> Iterator[tuple[int, Counters]]:
        """The figures of one table, by day; those of rows without one stand under ``UNDATED``."""
        keys = table.present(history)
        if not keys:
            return
        bits = [key for key in keys if key.bit]
        sums = [key for key in keys if not key.bit]
        day = self.day(self.when(table.epoch))
        each = "".join(f", ({key.each}) AS {key.name}" for key in sums)
        # B2's rule, and no overflow: total() sums as a float, exact up to 2**53.
        totals = "".join(f", CAST(total({key.name}) AS INTEGER)" for key in sums)
        found: dict[int, Counters] = {}
        for mark, rows, *values in history.numbers(
            # Rule 2: LIMIT keeps SQLite from merging the two, and the texts out of its sorter.
            f"SELECT mark, count(*){totals} FROM (SELECT"
            f" ifnull((({day}) << {len(bits)}) | {_marks(bits)}, {UNDATED}) AS mark{each}"
            f" FROM {table.name} WHERE ifnull({day} BETWEEN ? AND ?, 1) LIMIT -1) GROUP BY mark",
            self._floor(first_day),
            last_day,
        ):
            zeros = dict.fromkeys((key.name for key in keys), 0)
            counters = found.setdefault(mark >> len(bits), zeros)
            for place, key in enumerate(bits):
                counters[key.name] += rows * (mark >> place & 1)
            for key, value in zip(sums, values, strict=True):
                counters[key.name] += value
        yield from found.items()

    def projects(
        self, history: History, first_day: int, last_day: int
    ) -> Iterator[tuple[int, int]]:
        """How many different projects observations and sessions name together, by day."""
        tables = (OBSERVATIONS, SESSIONS)
        if any(not {table.epoch, "project"} <= history.columns(table.name) for table in tables):
            return
        pairs = " UNION ".join(
            f"SELECT {self.day(self.when(table.epoch))} AS day, project FROM {table.name}"
            f" WHERE {self.day(self.when(table.epoch))} BETWEEN ?1 AND ?2"
            for table in tables
        )
        # A UNION holds each pair once; count() passes over what has no project.
        rows = history.numbers(
            f"SELECT day, count(project) FROM ({pairs}) GROUP BY day",
            self._floor(first_day),
            last_day,
        )
        yield from ((day, projects) for day, projects in rows)

    def savings(self, counters: Counters) -> Counters:
        """What reading instead of finding out again has saved, on days with something to read."""
        if "read_tokens" not in counters:
            return {}
        saved = counters.get("discovery_tokens", 0) - counters["read_tokens"]
        return {"tokens_saved_vs_naive": max(0, saved)}

    def undated(self, history: History) -> Iterator[tuple[str, int]]:
        """The tables with rows that no day can count, and how many."""
        for table in self.tables:
            if table.epoch in history.columns(table.name):
                ((rows,),) = history.numbers(
                    f"SELECT count(*) FROM {table.name}"
                    f" WHERE typeof({table.epoch}) NOT IN ('integer', 'real')"
                )
                if rows:
                    yield table.name, rows

    def _floor(self, first_day: int) -> int:
        # The floor is the beginning of a day: by the day is as good as by the millisecond, and the
        # time of a row is reckoned out less often.
        return max(first_day, self.floor_ms // DAY_MS)

    def when(self, column: str) -> str:
        """SQL: when a row is from, in milliseconds."""
        return epoch_ms(column)

    def day(self, when: str) -> str:
        """SQL: the day of a time."""
        return f"({when}) / {DAY_MS}"

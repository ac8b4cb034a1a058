"""Wrong pipelines whose defect is in how the past is sent.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from types import MappingProxyType

from mutants.mutant import breaks

from payloadproof_reference.past import daily
from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.past.daily import (
    OBSERVATIONS,
    PROMPTS,
    SESSIONS,
    SUMMARIES,
    Activity,
    Key,
)
from payloadproof_reference.past.history import DAY_MS, FLOOR_MS
from payloadproof_reference.shapes import number
from payloadproof_reference.whitelist import BASE, EVENTS, SHAPES, Event, Whitelist


def counting(base=Activity, **changed):
    """A backfill that counts otherwise."""
    return type("Counting", (Backfill,), {"activity_type": type("Wrong", (base,), changed)})


def replaced(table, name, *keys):
    """``table`` with the key ``name`` made otherwise, or left out."""
    kept = tuple(key for key in table.keys if key.name != name)
    return daily.Table(table.name, table.epoch, kept + keys)


def tables(*wrong):
    """All tables, those of the same name replaced."""
    named = {table.name: table for table in wrong}
    return tuple(named.get(t.name, t) for t in (OBSERVATIONS, SESSIONS, SUMMARIES, PROMPTS))


class _LetsThrough(Whitelist):
    """Opens the second door: historical days declare more."""

    more = ()
    events = EVENTS

    def __init_subclass__(cls):
        past = EVENTS["historical_activity"]
        declared = Event(past.kind, (*past.properties, *cls.more))
        cls.events = {**EVENTS, "historical_activity": declared}


# days and ids


@breaks("F1")
class MidnightInsteadOfNoon(Backfill):
    """A day's event is dated by the day's beginning."""

    def timestamp(self, day):
        return f"{day}T00:00:00.000+00:00"


@breaks("F1")
class DaysOfAnotherTimeZone(counting(day=lambda _, when: f"(({when}) + 36000000) / {DAY_MS}")):
    """Days begin at midnight ten hours east of UTC."""


@breaks("F1")
class AnEventForIdleDays(Backfill):
    """Days without activity are sent too, with nothing in them."""

    def events(self, past, install_id):
        if past is not None:
            span = range(min(past.days, default=0), max(past.days, default=-1) + 1)
            past.days.update({day: past.days.get(day, {}) for day in span})
        return super().events(past, install_id)


@breaks("F1")
class OnlyTheFirstBatch(Backfill):
    """What does not fit into one batch is not sent, and the marker says that it was."""

    def deliver(self, events, install_id, last_day):
        super().deliver(events[:100], install_id, last_day)


@breaks("F1")
class NoWordOfTheInstall(Backfill):
    """The days are sent, and the install is not."""

    def events(self, past, install_id):
        return [e for e in super().events(past, install_id) if e["event"] != "install_inferred"]


@breaks("F1")
class InstalledOnTheLastDay(Backfill):
    """The install is dated by the last of its days."""

    def events(self, past, install_id):
        return super().events(past and replace(past, first_day=max(past.days)), install_id)


@breaks("F1")
class DatedByTheTimeOfTheRun(Backfill):
    """A day's event has the minute of the run."""

    def timestamp(self, day):
        return f"{day}T12:{self._clock.now_ms() // 60_000 % 60:02d}:00.000+00:00"


@breaks("F2")
class RandomIds(Backfill):
    """Each event has a random id."""

    def event_id(self, install_id, event, name):
        return str(uuid.uuid4())


@breaks("F2")
class IdsWithoutTheEvent(Backfill):
    """An id is made of install id and day alone."""

    def event_id(self, install_id, event, name):
        return super().event_id(install_id, "", name)


@breaks("F2")
class TheInstallIsNamedByItsDay(Backfill):
    """The id of the install's event is made of its day, which is none for an older history."""

    def message(self, event, name, day, properties, install_id):
        return super().message(event, day, day, properties, install_id)


@breaks("F3")
class LagOf48Hours(Backfill):
    """Days are sent half a day too early."""

    def last_day(self, now_ms):
        return (now_ms - 172_800_000) // DAY_MS


@breaks("F3")
class ShipsToday(Backfill):
    """There is no lag at all."""

    def last_day(self, now_ms):
        return now_ms // DAY_MS


@breaks("F3")
class SecondsNotConverted(counting(when=lambda _, column: f"CAST({column} AS INTEGER)")):
    """Each epoch is taken for milliseconds."""


@breaks("F3")
class NoFloor(counting(floor_ms=0)):
    """Rows from before the product count as well."""


def _min_of_all(activity, history):
    first = Activity.first_ms(type("All", (Activity,), {"floor_ms": -(2**62)})(), history)
    return first if first is not None and first >= FLOOR_MS else None


@breaks("F3")
class FloorOutsideTheMin(counting(first_ms=_min_of_all)):
    """The earliest of all sessions is looked for, and then held against the floor."""


# sums


class _CutOff(Activity):
    until_ms = 0

    def when(self, column):
        ms = super().when(column)
        return f"CASE WHEN ({ms}) <= {self.until_ms} THEN ({ms}) END"


@breaks("F4")
class PartialDayShipped(Backfill):
    """The last day is counted up to the hour of the lag, and sent as if it were whole."""

    def last_day(self, now_ms):
        until = {"until_ms": now_ms - 216_000_000}
        self.activity_type = type("Partial", (_CutOff,), until)
        return super().last_day(now_ms)


@breaks("F4")
class TokensOverObservations(
    counting(
        tables=tables(
            replaced(SUMMARIES, "discovery_tokens"),
            daily.Table(
                OBSERVATIONS.name,
                OBSERVATIONS.epoch,
                (
                    *OBSERVATIONS.keys,
                    Key("discovery_tokens", "coalesce(discovery_tokens, 0)", "discovery_tokens"),
                ),
            ),
        )
    )
):
    """Discovery tokens are summed over observations, which repeat those of their turn."""


def _characters_by_day(activity, history, table, *window):
    for day, counters in Activity.by_day(activity, history, table, *window):
        if "read_tokens" in counters:
            counters["read_tokens"] = -(-counters["read_tokens"] // 4)
        yield day, counters


@breaks("F4")
class RoundsTokensByDay(
    counting(
        tables=tables(
            replaced(OBSERVATIONS, "read_tokens", Key("read_tokens", "length(text)", "text"))
        ),
        by_day=_characters_by_day,
    )
):
    """Characters are summed by day, and divided by four then."""


@breaks("F4")
class BytesForCharacters(
    counting(
        tables=tables(
            replaced(
                OBSERVATIONS,
                "read_tokens",
                Key("read_tokens", "(coalesce(length(CAST(text AS BLOB)), 0) + 3) / 4", "text"),
            )
        )
    )
):
    """Read tokens go by the bytes of a text."""


class _AnyNumber(Whitelist):
    shapes = MappingProxyType({**SHAPES, "tokens_saved_vs_naive": lambda value: number(abs(value))})


def _signed(activity, counters):
    if "read_tokens" not in counters:
        return {}
    saved = counters.get("discovery_tokens", 0) - counters["read_tokens"]
    return {"tokens_saved_vs_naive": saved}


@breaks("F4", past=_AnyNumber)
class SavingsBelowZero(counting(savings=_signed)):
    """A day that read more than it found out has saved less than nothing."""


def _added_up(activity, history, *window):
    both = {}
    for table in (OBSERVATIONS, SESSIONS):
        distinct = f"SELECT {activity.day(activity.when(table.epoch))} AS day, project AS p"
        rows = history.numbers(
            f"SELECT day, count(DISTINCT p) FROM ({distinct} FROM {table.name}"
            f" WHERE {activity.when(table.epoch)} >= ?) WHERE day BETWEEN ? AND ? GROUP BY day",
            activity.floor_ms,
            *window,
        )
        for day, projects in rows:
            both[day] = both.get(day, 0) + projects
    return both.items()


@breaks("F4")
class ProjectsCountedPerTable(counting(projects=_added_up)):
    """A project that observations and sessions name is counted twice."""


@breaks("F4")
class UnknownTypesNowhere(
    counting(
        tables=tables(
            replaced(OBSERVATIONS, "obs_type_other", Key("obs_type_other", "type IS NULL", "type"))
        )
    )
):
    """An observation of a type of its own is counted under none."""


@breaks("F4")
class PlatformsByTheirBeginning(
    counting(
        tables=tables(
            replaced(
                SESSIONS,
                "sessions_claude_count",
                Key(
                    "sessions_claude_count",
                    "coalesce(platform_source LIKE 'claude%', 0)",
                    "platform_source",
                ),
            )
        )
    )
):
    """Whatever begins with a platform's name counts as that platform, and as another one."""


@breaks("F4")
class EverySessionCompleted(
    counting(
        tables=tables(
            replaced(
                SESSIONS,
                "session_completed_count",
                Key("session_completed_count", "coalesce(status <> 'failed', 0)", "status"),
            )
        )
    )
):
    """A session that did not fail counts as completed."""


# what a past day may not carry


class _DeclaresBase(_LetsThrough):
    more = BASE


@breaks("F5", past=_DeclaresBase)
class StampsBaseOnThePast(Backfill):
    """Past days carry the version and the system of today."""

    def activity(self, counters):
        base = self._whitelist.scrub("install_inferred", self._base)
        return {**base, **super().activity(counters)}


class _DeclaresCost(_LetsThrough):
    more = ("total_cost_usd",)


@breaks("F5", past=_DeclaresCost)
class InventsACost(Backfill):
    """What the tokens of a past day have cost is guessed."""

    def activity(self, counters):
        cost = counters.get("discovery_tokens", 0) * 0.000003
        return {**super().activity(counters), "total_cost_usd": cost}


@breaks("F1")
class OneYearAtMost(Backfill):
    """Of a long past the last year is sent."""

    def events(self, past, install_id):
        if past is not None:
            for day in sorted(past.days)[:-365]:
                del past.days[day]
        return super().events(past, install_id)


@breaks("F7")
class TellsTheAgeOfTheInstall(Backfill):
    """The person of the install says how old it is, which is another age on another day."""

    def events(self, past, install_id):
        found = [*super().events(past, install_id)]
        age = self._clock.now_ms() // DAY_MS
        for event in found:
            if "$set" in event["properties"]:
                event["properties"]["$set"]["install_age_days"] = age
        return found

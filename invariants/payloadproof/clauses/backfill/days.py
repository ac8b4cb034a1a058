"""F1 to F6: what is sent of the past is what the rows say, and is told apart from the present.

Evidence is the wire, and the rows that the scenario was made with. Whether nothing came is judged
only where nothing kept a backfill from sending.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator

from payloadproof.clauses.backfill.past import Amount, day_of, ignored
from payloadproof.clauses.backfill.runs import (
    NOON_S,
    Key,
    Run,
    Said,
    at,
    historical,
    key_of,
    listed,
    of_two,
    runs,
)
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract.backfill import Backfill
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named
from payloadproof.recorder.ingest import time_of


@check("F1")
def one_event_for_each_active_day(history: History) -> Said:
    """At noon UTC, for active days only; all of them where a backfill was free to send."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    for run in runs(history):
        expected = run.expected(backfill)
        uuids: defaultdict[Key, set[object]] = defaultdict(set)
        for sent in run.sent:
            yield from _placed(backfill, run, sent)
            uuids[key_of(sent)].add(sent.event.uuid)
            if len(uuids[key_of(sent)]) > 1:
                yield Finding(
                    clause="F1",
                    expected="one event for each active day, and one for the install",
                    observed="two events with different uuids in one backfill",
                    evidence=(at(sent),),
                    kind="two uuids in one backfill" + of_two(history),
                )
        if not run.free or not expected:
            continue
        if run.sent:
            yield EXERCISED
        missing = expected - uuids.keys()
        if missing:
            yield Finding(
                clause="F1",
                expected=f"{len(expected)} events: one for each active day, one for the install",
                observed=f"nothing of {listed(missing)}",
                evidence=(f"backfill in step {run.step + 1}: {len(run.sent)} event(s)",),
                definite=False,
                kind="days missing" + amid(history),
            )


def _placed(backfill: Backfill, run: Run, sent: Sent) -> Iterator[Finding]:
    moment = time_of(sent.event)
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second if moment else -1
    if moment is None or seconds != NOON_S or moment.microsecond:
        yield Finding(
            clause="F1",
            expected="a timestamp at noon UTC",
            observed=f"{masked(sent.event.timestamp)} on {named(sent.event.name)}",
            evidence=(at(sent),),
            kind=f"{sent.event.name} not at noon",
        )
    if run.past is None or moment is None:
        return
    day = moment.date().isoformat()
    if sent.event.name == backfill.day_event:
        if run.past.first <= day <= run.past.last and day not in run.past.days:
            yield _misplaced(sent, "a day on which something happened", day)
        return
    first = properties_of(sent).get(backfill.first_day)
    if run.past.days and (day, first) != (run.past.first, run.past.first):
        expected = f"{backfill.first_day} {run.past.first}, at noon of that day"
        yield _misplaced(sent, expected, f"{masked(first)} at noon of {day}")


def _misplaced(sent: Sent, expected: str, observed: str) -> Finding:
    return Finding(
        clause="F1",
        expected=expected,
        observed=f"{named(sent.event.name)}: {observed}",
        evidence=(at(sent),),
    )


@check("F2")
def a_uuid_follows_from_install_event_and_day(history: History) -> Said:
    """Version 5, by the contract's namespace and name."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    for sent in historical(history):
        yield EXERCISED
        name, day = key_of(sent)
        install = str(sent.event.distinct_id)
        stands = backfill.install_day if name == backfill.install_event else day
        right = uuid.uuid5(
            uuid.UUID(backfill.namespace),
            backfill.name.format(install=install, event=name, day=stands),
        )
        if str(sent.event.uuid).lower() != str(right):
            yield Finding(
                clause="F2",
                expected="the UUID that install, event and day give",
                observed="another one",
                evidence=(at(sent), f"{right} would be right: {masked(sent.event.uuid)}"),
            )


@check("F3")
def neither_too_new_nor_too_old(history: History) -> Said:
    """Nothing newer than the lag, below the floor, or before the first day; whatever the unit."""
    backfill, scenario = history.contract.backfill, history.scenario
    if backfill is None or scenario is None or scenario.history is None:
        return
    for run in runs(history):
        if run.past is None:
            continue
        if run.sent and ignored(backfill, scenario.history, run.now_ms):
            yield EXERCISED
        days = {key_of(sent).day for sent in run.sent if sent.event.name == backfill.day_event}
        overlooked = run.past.in_seconds - days if run.free else frozenset()
        if overlooked:
            yield Finding(
                clause="F3",
                expected="days that were written in seconds as well as those in milliseconds",
                observed=f"nothing of {', '.join(sorted(overlooked)[:3])}",
                evidence=(f"backfill in step {run.step + 1}: {len(run.sent)} event(s)",),
                definite=False,
                kind="days missing that were written in seconds",
            )
        for sent in run.sent:
            name, day = key_of(sent)
            oldest = run.past.first if run.past.days else day_of(backfill.floor_ms)
            if not day or not oldest <= day <= run.past.last:
                yield Finding(
                    clause="F3",
                    expected=f"days from {oldest} to {run.past.last}",
                    observed=f"{named(name)} of {day or 'no day'}",
                    evidence=(at(sent),),
                )


@check("F4")
def figures_are_what_the_rows_say(history: History) -> Said:
    """Each figure of each day; a table or column that is lacking leaves its keys out."""
    backfill, scenario = history.contract.backfill, history.scenario
    if backfill is None or scenario is None or scenario.history is None:
        return
    for run in runs(history):
        for sent in run.sent:
            name, day = key_of(sent)
            properties = properties_of(sent)
            if properties.get(backfill.flag) is not True:
                yield _wrong(sent, backfill.flag, "true", properties.get(backfill.flag))
            if run.past is None:
                yield Finding(
                    clause="F4",
                    expected=f"no figures from a database that is {scenario.history.state}",
                    observed=f"{named(name)} of {day}",
                    evidence=(at(sent),),
                    kind=f"figures from a database that is {scenario.history.state}",
                )
            elif name == backfill.day_event and day in run.past.days:
                if any(0 not in amount.right for amount in run.past.days[day].values()):
                    yield EXERCISED
                for key, amount in run.past.days[day].items():
                    if not _fits(amount, properties.get(key), there=key in properties):
                        yield _wrong(sent, key, _told(amount), properties.get(key))


def _fits(amount: Amount, value: object, *, there: bool) -> bool:
    if not there:
        return amount.may_lack
    return not isinstance(value, bool) and value in amount.right


def _told(amount: Amount) -> str:
    if not amount.right:
        return "absent: its table or column is lacking"
    return " or ".join(map(str, sorted(amount.right)))


def _wrong(sent: Sent, key: str, expected: str, value: object) -> Finding:
    return Finding(
        clause="F4",
        expected=f"{key} {expected}",
        observed=masked(value) if key in properties_of(sent) else "absent",
        evidence=(at(sent),),
        kind=f"{key} is {'wrong' if key in properties_of(sent) else 'absent'}",
    )


@check("F5")
def a_past_day_says_nothing_of_today(history: History) -> Said:
    """No base property, no stamp of the present system, nothing that the database never knew."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    today = {*history.contract.base, *backfill.stamps_of_today, *backfill.never}
    for sent in historical(history):
        if sent.event.name != backfill.day_event:
            continue
        yield EXERCISED
        properties = properties_of(sent)
        for key in sorted(today & {*properties, *sent.event.top_level}):
            yield Finding(
                clause="F5",
                expected="a past day without anything of today's system, or of what was never kept",
                observed=f"{named(key)}: {masked(properties.get(key))}",
                evidence=(at(sent),),
                kind=f"{key} on a past day",
            )


@check("F6")
def the_batch_says_that_it_is_history(history: History) -> Said:
    """Without the flag PostHog takes the events for live ones that come late."""
    for sent in historical(history):
        yield EXERCISED
        flag = sent.request.envelope.get("historical_migration")
        if flag is not True:
            yield Finding(
                clause="F6",
                expected="historical_migration true beside the batch",
                observed=masked(flag) if flag is not None else "absent",
                evidence=(at(sent),),
            )

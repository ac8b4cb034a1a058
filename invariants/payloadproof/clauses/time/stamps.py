"""T1 to T3: when an event says that it happened, by the clock that the steps of a scenario move.

Rule 1: the clock stands still while a step runs, so the moment of a capture is known exactly; a
second is left for those who round.
Rule 2: what no step can be told for (a rollup, an error, a capture without a marker) lies between
the first and the last moment of the scenario.
Rule 3: days of the past are another clause's: F1 one event per day.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Literal, TypeGuard

from payloadproof.clauses.attribution import captures_in, way_of
from payloadproof.clauses.beats import call_of, quoted
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.once import once
from payloadproof.clauses.timeline import moments as moments_of
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.recorder.ingest import time_of
from payloadproof.scenario import steps as do

ROUNDED_MS = 1_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@once
def clock_ms(history: History) -> tuple[int, ...]:
    """Epoch milliseconds at the beginning of each step, and at the end."""
    if history.scenario is None:
        return ()
    began = history.scenario.now_ms
    clock = [began]
    for step in history.steps:
        match step:
            case do.Advance(ms=ms):
                clock.append(clock[-1] + ms)
            case do.SetClock(offset_ms=offset):
                clock.append(began + offset)
            case _:
                clock.append(clock[-1])
    return tuple(clock)


@check("T1")
def dated_by_the_moment(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By markers where a capture has one, else by the span of the scenario."""
    clock = clock_ms(history)
    if not clock:
        return
    told: set[str] = set()
    for sent in history.distinct:
        if _past(history, sent):
            continue
        steps = captures_in(history, sent)
        moments = [clock[step] for step in steps] or clock
        finding = _misdated(history, sent, min(moments), max(moments))
        if finding is None and sent.event.timestamp is not None:
            yield EXERCISED
        elif finding is not None and finding.kind not in told:
            told.add(finding.kind)
            yield finding


def _past(history: History, sent: Sent) -> bool:
    event = history.contract.events.get(str(sent.event.name))
    return event is not None and event.kind == "historical"


def _misdated(history: History, sent: Sent, first: int, last: int) -> Finding | None:
    expected = f"a timestamp of {_shown(first)}, when it was captured"
    if first != last:
        expected = f"a timestamp between {_shown(first)} and {_shown(last)}"
    said = sent.event.timestamp
    moment = time_of(sent.event)
    if said is None:
        waited = _waited_ms(history, sent, last)
        if waited <= ROUNDED_MS:
            return None
        observed, kind = "none, and it waited: it gets the time of its arrival", "no timestamp"
    elif moment is None:
        observed, kind = f"{masked(said)}, which PostHog cannot read", "an unreadable timestamp"
    else:
        at = (moment - _EPOCH) / dt.timedelta(milliseconds=1)
        late = at - last if at > last else at - first if at < first else 0
        if abs(late) <= ROUNDED_MS:
            return None
        observed = f"timestamp {masked(said)}, {_apart(late)}"
        kind = "a timestamp of another time"
    way, began = way_of(history, sent), clock_ms(history)[0]
    return Finding(
        clause="T1",
        expected=expected,
        observed=f"{named(sent.event.name)}: {observed}",
        evidence=(
            where(sent.request),
            f"the scenario's clock, which the adapter has to follow, started at {_shown(began)}",
        ),
        kind=f"{way} with {kind}",
        # A request that was on its way may begin when the next step has, on a busy machine.
        definite=said is not None,
    )


def _waited_ms(history: History, sent: Sent, captured: int) -> float:
    """How far time had moved when its request began."""
    clock = clock_ms(history)
    begun = [
        index
        for index in range(len(history.steps))
        if (call := call_of(history, index)) and call.began_at <= sent.request.began_at
    ]
    return clock[begun[-1]] - captured if begun else 0


def _apart(late: float) -> str:
    amount = abs(late) / 1_000
    units = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))
    size, unit = next(one for one in units if amount >= one[0] or one[0] == 1)
    return f"{amount / size:.4g} {unit} {'later' if late > 0 else 'before'}"


def _shown(ms: float) -> str:
    try:
        return (_EPOCH + dt.timedelta(milliseconds=ms)).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return "beyond all calendars"


@check("T2")
def only_the_past_is_historical(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By the envelope of each batch."""
    for sent in history.distinct:
        if history.scenario is None or _past(history, sent):
            continue
        yield EXERCISED
        if sent.request.envelope.get("historical_migration"):
            yield Finding(
                clause="T2",
                expected="historical_migration on batches of past days alone",
                observed=f"set on a batch with {named(sent.event.name)}",
                evidence=(where(sent.request),),
                kind=f"{way_of(history, sent)} marked as historical",
            )
            return


@check("T3")
def begun_with_its_first_record(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By the moments of the records that may be in it: each begins one rollup at most."""
    clock = clock_ms(history)
    if not clock or history.hostile:
        return
    for name, event in history.contract.rollups.items():
        fold = event.fold
        keys = (
            [key for key, one in fold.properties.items() if one.op == "first_time"] if fold else []
        )
        if fold is None or not keys:
            continue
        records = [
            (clock[index], step.times)
            for index, step in enumerate(history.steps)
            if isinstance(step, do.Record) and step.event == fold.occurrence
        ]
        if not records:
            continue  # what nobody asked for is D5's
        # Whose the records are that consent or a crash took away, nobody can tell here.
        sents = history.named(name)
        steady = history.delivered and {one.decision for one in moments_of(history)} == {"on"}
        if steady and len(sents) == 1:
            records = records[:1]
        for sent, begun in _begun(sents, keys[0], records, whole=history.delivered):
            if begun:
                yield EXERCISED
                continue
            least, most = min(records)[0], max(records)[0]
            yield Finding(
                clause="T3",
                expected=f"{keys[0]} {_shown(least)}"
                + (f" to {_shown(most)}, the time of a record of its own" if most > least else ""),
                observed=_told(properties_of(sent).get(keys[0])),
                evidence=(quoted(sent),),
                kind=f"{keys[0]} of {name} is not of its first record",
            )
            return


def _begun(
    sents: Iterable[Sent], key: str, records: Iterable[tuple[int, int]], *, whole: bool
) -> Iterator[tuple[Sent, bool]]:
    """Each rollup, and whether a record is left with which it can have begun.

    ``records``: when they were made, and how many. ``whole``: nothing was
    sent again, so that no record begins two. Both in the order of time: whoever takes the earliest
    that fits leaves most to the others.
    """
    left = Counter[int]()
    for moment, times in records:
        left[moment] += times
    said = [(properties_of(sent).get(key), sent) for sent in sents]
    timed = [(at, sent) for at, sent in said if _is_time(at)]
    yield from ((sent, False) for at, sent in said if not _is_time(at))
    for at, sent in sorted(timed, key=itemgetter(0)):
        fitting = [one for one in left if abs(at - one) <= ROUNDED_MS and left[one] > 0]
        if fitting and whole:
            left[min(fitting)] -= 1
        yield sent, bool(fitting)


def _told(said: object) -> str:
    return f"{masked(said)}, {_shown(said)}" if _is_time(said) else masked(said)


def _is_time(said: object) -> TypeGuard[float]:
    number = isinstance(said, int | float) and not isinstance(said, bool)
    return number and not math.isnan(said)  # type: ignore[arg-type]

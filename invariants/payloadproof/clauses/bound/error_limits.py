"""B5, B10 to B12, C5: how often equal errors are sent, counts and costs, and the switch."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from payloadproof.clauses.beats import BEATS, Said, call_of, passed_ms, shutdown_in
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.once import once
from payloadproof.clauses.raised import Error, errors, identity, raises, steps_of
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

Identity = tuple[str, str]
FEW = 10  # errors sent, and
STORM = 100  # errors only counted, from which on their costs are compared
LONG = 4_000  # characters, from which on a text is a long one
SHARE = 5  # one part in so many of what a sent one costs is little


class Raised(NamedTuple):
    """``times`` equal errors at one moment, in ms from the scenario's start."""

    at_ms: int
    times: int


@check("B5")
def equal_errors_are_folded(history: History) -> Said:
    """One event in a window, and counts that say how many it stands for."""
    if not _judgeable(history):
        return
    raised = occurrences(history)
    sent = by_identity(history)
    if any(sum(one.times for one in raised[key]) > 1 for key in sent):
        yield EXERCISED
    window = _window_ms(history)
    most = max(roles.kinds_max for roles in history.contract.errors.values())
    if len(raised) > most:
        yield from _crowded(history, window, most)
        return
    for key, events in sent.items():
        timed = [(_sent_at(history, error), error) for error in events]
        yield from _too_often(history, timed, window)
        yield from _wrong_counts(history, raised[key], timed)
        yield from _put_off(history, key, 0, "B5")
    missing = raised.keys() - sent.keys() if history.delivered else ()
    # A class whose name holds a secret is sent under another name.
    for key in (one for one in missing if one[0].isidentifier()):
        yield Finding(
            clause="B5",
            expected=f"an error of its own for {named(key[0])} in {named(key[1])}",
            observed="none: it was folded into another, or lost",
            definite=False,
        )


def _crowded(history: History, window: int, most: int) -> Said:
    """What is beyond the errors that are told apart shares one event."""
    end = _ended_at(history)
    first = [e for e in errors(history) if _sent_at(history, e) < window]
    # At a shutdown inside the window what is left of each may be sent too.
    if len(first) > (most + 1) * (2 if end < window else 1):
        yield Finding(
            clause="B5",
            expected=f"at most {most} errors told apart in a window, and one event for all others",
            observed=f"{len(first)} events",
            evidence=(where(first[-1].sent.request, first[-1].sent.event.name),),
        )
    happened = sum(one.times for some in occurrences(history).values() for one in some)
    said = sum(error.times for error in errors(history))
    if said > happened:
        yield Finding(
            clause="B5", expected=f"{happened} errors counted at most", observed=f"{said}"
        )


def _too_often(history: History, timed: list[tuple[int, Error]], window: int) -> Said:
    for index, ((early, error), (late, other)) in enumerate(itertools.pairwise(timed)):
        # What is left at shutdown does not wait for its window's end.
        at_the_end = index + 2 == len(timed) and late >= _ended_at(history)
        if late - early < window and not (at_the_end and _shut_down(history)):
            yield _often(error, other, late - early, window)
            return


def _often(error: Error, other: Error, apart: int, window: int) -> Finding:
    return Finding(
        clause="B5",
        expected=f"equal errors sent once in {window / 1_000:g} s",
        observed=f"again after {apart / 1_000:g} s",
        evidence=tuple(where(e.sent.request, e.sent.event.name) for e in (error, other)),
    )


def _wrong_counts(history: History, raised: list[Raised], sent: list[tuple[int, Error]]) -> Said:
    """What has been said by any moment is never more than what happened, and never loses any."""
    said = 0
    for at, error in sent:
        if error.roles.count is None:
            return
        before = sum(r.times for r in raised if r.at_ms < at)
        until = sum(r.times for r in raised if r.at_ms <= at)
        said += error.times
        if said > until or (said < before and history.delivered):
            yield Finding(
                clause="B5",
                expected=f"counts that add up: {before} to {until} equal errors so far",
                observed=f"{said}",
                evidence=(where(error.sent.request, error.sent.event.name, error.roles.count),),
            )
            return


def _put_off(history: History, key: Identity, since: int, clause: str) -> Said:
    """Errors that no event had counted by a flush, though one like them came two windows later.

    Time is counted from step ``since``. A program without timers counts them with that later one.
    """
    passed, window = passed_ms(history), _window_ms(history)
    steps = _raising(history)[key]
    for index in range(since, shutdown_in(history)):
        if not isinstance(history.steps[index], do.Flush):
            continue
        before = [one for one in steps if one < index]
        call = call_of(history, index)
        if not before or call is None:
            continue
        due = sum(
            raises(history)[one].times
            for one in before
            if passed[before[-1]] - passed[max(one, since)] >= BEATS * window
        )
        sent = by_identity(history).get(key, [])
        said = sum(e.times for e in sent if e.sent.request.began_at <= call.ended_at)
        if said < due and history.delivered:
            again = "" if clause == "B5" else ", though the clock was set"
            yield Finding(
                clause=clause,
                expected=f"errors that go on counted once in {window / 1_000:g} s{again}",
                observed=f"{due - said} of {due} equal errors not counted after"
                f" {BEATS * window / 1_000:g} s, another one and a flush",
                definite=False,
            )
            return


@check("B11")
def a_clock_that_is_set_stops_no_error(history: History) -> Said:
    """Equal errors are sent again within a window of the new time, and no more of them."""
    clocks = [i for i, step in enumerate(history.steps) if isinstance(step, do.SetClock)]
    if not clocks or not _judgeable(history, steady=False):
        return
    window, until = _window_ms(history), shutdown_in(history)
    for key, sent in by_identity(history).items():
        steps = _raising(history)[key]
        if any(one < clocks[-1] for one in steps) and any(one > clocks[-1] for one in steps):
            yield EXERCISED
        yield from _put_off(history, key, clocks[-1], "B11")
        happened = sum(raises(history)[one].times for one in steps)
        said = sum(error.times for error in sent)
        # One as it comes, one for each window, one for each clock, and what a shutdown finds.
        most = 2 + passed_ms(history)[until] // window + len(clocks)
        if said > happened or len(sent) > most:
            yield Finding(
                clause="B11",
                expected=f"{happened} equal errors counted once, in {most} event(s) at most",
                observed=f"{said} in {len(sent)}, though the clock was only set",
                evidence=tuple(where(e.sent.request, e.sent.event.name) for e in sent[:4]),
            )


class Cost(NamedTuple):
    """What errors took whose texts are short, or long, in seconds: those sent, those counted."""

    sent: list[float]
    counted: list[float]


@check("B12")
def a_storm_is_not_redacted(history: History) -> Said:
    """By the clock on the wall: what a long text costs where it is only counted, and where sent."""
    costs = {False: Cost([], []), True: Cost([], [])}
    known: set[Identity] = set()
    for call in history.calls:
        if not isinstance(call.params, ops.RaiseError) or call.params.via != "capture":
            continue
        key, length = identity(call.params.error), len(str(call.params.error.message))
        cost = costs[length >= LONG]
        (cost.counted if key in known else cost.sent).append(call.elapsed_s)
        known.add(key)
    if not _judgeable(history) or any(
        len(cost.sent) < FEW or len(cost.counted) < STORM for cost in costs.values()
    ):
        return
    if len(errors(history)) >= len(known):
        yield EXERCISED
    sent, counted = (
        statistics.median(long) - statistics.median(short)
        for short, long in zip(costs[False], costs[True], strict=True)
    )
    storm = len(costs[True].counted)
    if counted * storm > 1.0 and counted > sent / SHARE:
        yield Finding(
            clause="B12",
            expected=f"a long text's cost where it is only counted a {SHARE}th of that where it"
            f" is sent, or a second for {storm}",
            observed=f"{counted * 1_000:.1f} ms, and {sent * 1_000:.1f} ms",
            definite=False,
        )


@check("B10")
def the_last_equal_errors_are_counted(history: History) -> Said:
    """When the window closes, or at shutdown."""
    if not (_judgeable(history) and history.delivered and _shut_down(history)):
        return
    sent = by_identity(history)
    for key, some in occurrences(history).items():
        happened = sum(one.times for one in some)
        said = sum(error.times for error in sent.get(key, []))
        if happened > 1 and key in sent:
            yield EXERCISED
            if said < happened:
                yield Finding(
                    clause="B10",
                    expected=f"{happened} equal errors counted by the end",
                    observed=f"{said}",
                    evidence=(where(sent[key][-1].sent.request, sent[key][-1].sent.event.name),),
                    definite=False,
                )


@once
def _raising(history: History) -> dict[Identity, list[int]]:
    """The steps that raise an error, by identity, in order."""
    found: dict[Identity, list[int]] = defaultdict(list)
    for index, step in raises(history).items():
        found[identity(step.error)].append(index)
    return found


@once
def occurrences(history: History) -> dict[Identity, list[Raised]]:
    """What was raised, by identity, in order."""
    found: dict[Identity, list[Raised]] = defaultdict(list)
    now = 0
    for step in history.steps:
        match step:
            case do.Advance(ms=ms):
                now += ms
            case do.RaiseError():
                found[identity(step.error)].append(Raised(now, step.times))
    return found


@once
def by_identity(history: History) -> dict[Identity, list[Error]]:
    """What was sent, by identity, in order of the events' own times."""
    found: dict[Identity, list[Error]] = defaultdict(list)
    for error in sorted(errors(history), key=lambda one: _sent_at(history, one)):
        steps = steps_of(history, error)
        if steps:
            found[identity(raises(history)[steps[0]].error)].append(error)
    return found


def _judgeable(history: History, *, steady: bool = True) -> bool:
    """Errors that can be told apart, at times that are known, with consent and no switch.

    ``steady``: on a clock that is not set.
    """
    variable = history.contract.variables.errors
    on = {moment.decision for moment in moments(history)} == {"on"}
    changes = do.SetClock | do.SetEnv if steady else do.SetEnv
    told = all(step.error.type and step.error.hostile is None for step in raises(history).values())
    switched = bool(history.scenario and variable in history.scenario.env)
    virtual = history.capabilities is not None and history.capabilities.clock == "virtual"
    return (
        bool(raises(history))
        and on
        and not any(isinstance(step, changes) for step in history.steps)
        and told
        and virtual
        and not switched
        and not history.hostile
        and not _over_a_day(history)
    )


def _over_a_day(history: History) -> bool:
    """Whether more was raised than a day may have of it, so that a ceiling may drop the rest."""
    carrying = (history.contract.events[name] for name in history.contract.errors)
    ceilings = [event.ceiling_per_day for event in carrying if event.ceiling_per_day]
    return bool(ceilings) and len(raises(history)) > min(ceilings)


def _sent_at(history: History, error: Error) -> int:
    """The time an event names, in ms from the scenario's start; -1 where it names none."""
    assert history.scenario
    try:
        when = datetime.fromisoformat(str(error.sent.event.timestamp))
    except ValueError:
        return -1
    return round(when.timestamp() * 1_000) - history.scenario.now_ms


def _window_ms(history: History) -> int:
    return max(roles.window_ms for roles in history.contract.errors.values())


def _shut_down(history: History) -> bool:
    return any(isinstance(step, do.Shutdown) for step in history.steps)


def _ended_at(history: History) -> int:
    return sum(step.ms for step in history.steps if isinstance(step, do.Advance))

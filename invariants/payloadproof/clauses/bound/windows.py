"""B4, B6, B9: when a window's rollup is sent, and what a shutdown sends.

Everything is judged from the steps: what was recorded when, by how far time was moved. A window
may run on a beat of its own: nothing here takes its phase for known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from payloadproof.clauses.beats import (
    BEATS,
    Said,
    call_of,
    counted,
    of_nothing,
    passed_ms,
    quoted,
    reason_of,
    sets_clock,
    shutdown_in,
    steps_back,
    total,
)
from payloadproof.clauses.bound.lives import (
    Life,
    carrying,
    countable,
    reopened,
    session_rollups,
    undisturbed,
)
from payloadproof.clauses.bound.rollups import Bounds, outside, unlike
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Fold
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import named
from payloadproof.scenario import steps as do


class Windowed(NamedTuple):
    """A rollup by window, what was recorded for it, and what was sent.

    ``steps``: the step of each record.
    """

    name: str
    fold: Fold
    steps: tuple[int, ...]
    records: list[dict[str, Any]]
    sent: tuple[Sent, ...]


def _windows(history: History) -> Iterator[Windowed]:
    """What was recorded before the shutdown."""
    yield from _windowed(history, shutdown_in(history))


def _windowed(history: History, until: int) -> Iterator[Windowed]:
    for name, event in history.contract.rollups.items():
        if event.grain != "window" or event.fold is None:
            continue
        entries = [
            (index, step.properties)
            for index, step in enumerate(history.steps[:until])
            if isinstance(step, do.Record) and step.event == event.fold.occurrence
            for _ in range(step.times)
        ]
        if all(isinstance(properties, dict) for _, properties in entries):
            steps = tuple(index for index, _ in entries)
            records = [properties for _, properties in entries]
            yield Windowed(name, event.fold, steps, records, history.named(name))


def _arrived(history: History, window: Windowed, step: int) -> float:
    """How many records are in rollups that were sent by the end of a step."""
    call = call_of(history, step)
    before = [one for one in window.sent if call and one.request.began_at <= call.ended_at]
    return total(counted(window.fold, one) for one in before)


def _overdue(history: History, window: Windowed, since: int, clause: str) -> Iterator[Finding]:
    """Records that a flush had not sent when their window was long over.

    Time is counted from step ``since``; the clock is not set after it.
    """
    passed, length = passed_ms(history), history.contract.limits.window_ms
    until = shutdown_in(history)
    if length is None or sets_clock(history, since + 1):
        return
    for index in range(since, until):
        if not isinstance(history.steps[index], do.Flush):
            continue
        due = sum(
            passed[index] - passed[max(one, since)] >= BEATS * length
            for one in window.steps
            if one < index
        )
        arrived = _arrived(history, window, index)
        if arrived < due:
            waited = "" if clause == "B4" else ", though the clock was set back"
            yield Finding(
                clause=clause,
                expected=f"each record in a rollup within {length / 1000:g} s{waited}",
                observed=f"{due - arrived:g} of {due} record(s) not sent after"
                f" {BEATS * length / 1000:g} s and a flush",
                definite=False,
            )
            return


@check("B4")
def one_rollup_for_each_window(history: History) -> Said:
    """What is folded by window: sums, how many rollups, and when they may and must be sent."""
    until = shutdown_in(history)
    if not undisturbed(history):
        yield from _never_twice(history)
        return
    if until == len(history.steps):
        return
    for window in _windows(history):
        if window.sent:
            yield EXERCISED
        yield from of_nothing("B4", window.fold, window.sent)
        yield from unlike(history, window.fold, window.records, window.sent, ("B4", window.name))
        if window.steps:
            yield from _too_many(history, window, until)
            yield from _too_early(history, window, until)
            yield from _cut_in_two(history, window)
        if not sets_clock(history):
            yield from _overdue(history, window, 0, "B4")


def _never_twice(history: History) -> Said:
    """Whatever the network, consent or a crash does, no record is sent twice."""
    # After a crash there is a process that knows of no shutdown.
    for window in _windowed(history, len(history.steps)) if countable(history) else ():
        if window.sent:
            yield EXERCISED
        bounds: Bounds = [], window.records
        yield from outside(history, window.fold, bounds, window.sent, ("B4", window.name))


def _too_many(history: History, window: Windowed, until: int) -> Iterator[Finding]:
    length = history.contract.limits.window_ms
    passed = passed_ms(history)
    span = passed[until] - passed[window.steps[0]]
    if length is None or sets_clock(history):
        return
    # A window that was open before, those that are over, and the one that the shutdown closes.
    most = span // length + 2 if span else 1
    if len(window.sent) > most:
        yield Finding(
            clause="B4",
            expected=f"at most {most} {window.name} in {span / 1000:g} s",
            observed=f"{len(window.sent)}",
            evidence=tuple(quoted(one) for one in window.sent[:4]),
        )


def _too_early(history: History, window: Windowed, until: int) -> Iterator[Finding]:
    """Nothing but time and the shutdown closes a window."""
    moving = (
        index
        for index in range(window.steps[0], until + 1)
        if isinstance(history.steps[index], do.Advance | do.SetClock | do.Shutdown)
    )
    call = call_of(history, next(moving))
    for sent in window.sent:
        if call and sent.request.began_at < call.began_at:
            yield Finding(
                clause="B4",
                expected=f"no {window.name} before time passes or the program shuts down",
                observed="one while the window was open",
                evidence=(quoted(sent),),
            )
            return


def _cut_in_two(history: History, window: Windowed) -> Iterator[Finding]:
    """Records between which no time passed, in two rollups."""
    starts = (key for key, tally in window.fold.properties.items() if tally.op == "first_time")
    start = next(starts, None)
    if start is None or sets_clock(history):
        return
    if not all(isinstance(properties_of(one).get(start), int | float) for one in window.sent):
        return
    passed = passed_ms(history)
    told = sorted(
        (total([properties_of(one).get(start)]), total([counted(window.fold, one)]))
        for one in window.sent
    )
    if sum(count for _, count in told) != len(window.steps):
        return  # another finding
    held = 0
    for _, count in told[:-1]:
        held += int(count)
        if 0 < held < len(window.steps) and (
            passed[window.steps[held - 1]] == passed[window.steps[held]]
        ):
            yield Finding(
                clause="B4",
                expected=f"what is recorded at one time in one {window.name}",
                observed=f"a window that ended after {held} record(s), though no time passed",
                evidence=tuple(quoted(one) for one in window.sent[:4]),
            )
            return


@check("B6")
def shutdown_sends_what_is_open(history: History) -> Said:
    """Each live session once, the open window, and no rollup from then on."""
    until = shutdown_in(history)
    if not (undisturbed(history) or reopened(history)) or until == len(history.steps):
        return
    for name, fold, all_lives in session_rollups(history):
        if fold.reason_shutdown is None:
            continue
        for marker in sorted({life.marker for life in all_lives}):
            lives = [life for life in all_lives if life.marker == marker]
            sents = carrying(history, name, fold, marker)
            if any(reason_of(fold, one) == fold.reason_shutdown for one in sents):
                yield EXERCISED
            yield from _unlike_one_each(history, fold, lives, sents)
        yield from _after(history, history.named(name), until)
    for window in _windows(history):
        yield from _left_open(history, window, until)
        yield from _after(history, window.sent, until)


def _unlike_one_each(
    history: History, fold: Fold, lives: list[Life], sents: list[Sent]
) -> Iterator[Finding]:
    closing = [one for one in sents if reason_of(fold, one) == fold.reason_shutdown]
    ends = [one for one in sents if reason_of(fold, one) == fold.reason_session_end]
    if len(ends) > sum(life.ended for life in lives):
        yield Finding(
            clause="B6",
            expected=f"{fold.reason} {fold.reason_shutdown}: the session did not end before",
            observed=named(fold.reason_session_end),
            evidence=tuple(quoted(one) for one in ends[:4]),
        )
        return
    before = total(counted(fold, one) for one in sents if one not in closing)
    live = sum(not life.ended for life in lives)
    expected = live if before < sum(len(life.records) for life in lives) else 0
    if len(closing) > live or len(closing) < expected:
        yield Finding(
            clause="B6",
            expected=f"{expected} rollup(s) with {fold.reason} {fold.reason_shutdown} of"
            f" {live} live session(s)",
            observed=f"{len(closing)}",
            evidence=tuple(quoted(one) for one in sents[:4]),
            definite=len(closing) > live,
            kind=f"{'more' if len(closing) > live else 'fewer'} rollups at shutdown than live"
            f" sessions{amid(history)}",
        )


def _left_open(history: History, window: Windowed, until: int) -> Iterator[Finding]:
    """Records after which no time passed: their window is open when the shutdown comes."""
    since = max(
        (i for i in range(until) if isinstance(history.steps[i], do.Advance | do.SetClock)),
        default=-1,
    )
    call = call_of(history, until)
    recorded = sum(step > since for step in window.steps)
    if not recorded or call is None:
        return
    sent = [one for one in window.sent if one.request.began_at >= call.began_at]
    if not sent and total(counted(window.fold, one) for one in window.sent) < len(window.steps):
        yield Finding(
            clause="B6",
            expected=f"{window.name} of the {recorded} record(s) just before the shutdown",
            observed="none in a request since the shutdown began",
            definite=False,
            kind=f"no {window.name} at shutdown{amid(history)}",
        )


def _after(history: History, sents: tuple[Sent, ...], until: int) -> Iterator[Finding]:
    call = call_of(history, until)
    for sent in sents:
        if call and sent.request.began_at > call.ended_at:
            yield Finding(
                clause="B6",
                expected="no rollup after shutdown has returned",
                observed=f"{sent.event.name} in a request that began after it",
                evidence=(quoted(sent),),
            )
            return


@check("B9")
def a_clock_set_back_delays_nothing(history: History) -> Said:
    """What is open when the clock is set back is sent within one window of the new time, once."""
    back = steps_back(history)
    until = shutdown_in(history)
    if not back or not undisturbed(history) or until == len(history.steps):
        return
    for window in _windows(history):
        if window.sent and any(step < back[-1] for step in window.steps):
            yield EXERCISED
        yield from _overdue(history, window, back[-1], "B9")
        sent = total(counted(window.fold, one) for one in window.sent)
        if sent > len(window.steps):
            yield Finding(
                clause="B9",
                expected=f"{len(window.steps)} record(s) in all {window.name}, each once",
                observed=f"{sent:g} over {len(window.sent)}, though the clock was set back",
                evidence=tuple(quoted(one) for one in window.sent[:4]),
            )

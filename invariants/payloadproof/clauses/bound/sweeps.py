"""B3: a sweep flushes what is due, and a session's rollups are counted through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from payloadproof.clauses.beats import (
    BEATS,
    Said,
    counted,
    of_nothing,
    passed_ms,
    quoted,
    reason_of,
    sets_clock,
    shutdown_in,
)
from payloadproof.clauses.bound.lives import Life, carrying, session_rollups, undisturbed
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Fold
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import named


class Segment(NamedTuple):
    """One rollup of a session, and the steps of the records that were folded into it."""

    sent: Sent
    steps: tuple[int, ...]


def _segmented(
    fold: Fold, lives: list[Life], sents: list[Sent]
) -> list[tuple[Life, list[Segment]]] | None:
    """Which records each rollup holds, by how many it counts; None when they do not add up (B2)."""
    if len(lives) == 1 and all(isinstance(_sequence(fold, one), int) for one in sents):
        sents = sorted(sents, key=lambda one: int(str(int(_sequence(fold, one)))))
    found = []
    waiting = [sent for sent in sents if counted(fold, sent) != 0]
    for life in lives:
        segments: list[Segment] = []
        left = life.steps
        while left:
            count = counted(fold, waiting[0]) if waiting else None
            if not isinstance(count, int) or not 0 < count <= len(left):
                return None
            segments.append(Segment(waiting.pop(0), left[:count]))
            left = left[count:]
        found.append((life, segments))
    return None if waiting else found


def _sequence(fold: Fold, sent: Sent) -> Any:
    return properties_of(sent).get(str(fold.sequence))


@check("B3")
def swept_when_due_and_counted_through(history: History) -> Said:
    """The rollups of each session: their numbers, their reasons, and when they were due."""
    if not undisturbed(history) or shutdown_in(history) == len(history.steps):
        return
    for name, fold, all_lives in session_rollups(history):
        yield from of_nothing("B3", fold, history.named(name))
        for marker in sorted({life.marker for life in all_lives}):
            lives = [life for life in all_lives if life.marker == marker]
            segmented = _segmented(fold, lives, carrying(history, name, fold, marker))
            for life, segments in segmented or ():
                if any(reason_of(fold, one.sent) == fold.reason_safety for one in segments):
                    yield EXERCISED
                yield from _miscounted(fold, segments, sure=len(lives) == 1)
                yield from _mistimed(history, fold, life, segments)


def _miscounted(fold: Fold, segments: list[Segment], *, sure: bool) -> Iterator[Finding]:
    """Numbers of a session's rollups, and reasons of all but the last."""
    numbers = [_sequence(fold, segment.sent) for segment in segments]
    if fold.sequence and numbers != list(range(len(segments))):
        yield Finding(
            clause="B3",
            expected=f"{fold.sequence} {', '.join(map(str, range(len(segments))))}"
            " over the rollups of one session",
            observed=", ".join(map(str, numbers)),
            evidence=tuple(quoted(segment.sent) for segment in segments[:4]),
            # Rollups of a session that came back may have overtaken one another on their way.
            definite=sure,
            kind=f"{fold.sequence} does not count a session's rollups through",
        )
    for segment in segments[:-1]:
        reason = reason_of(fold, segment.sent)
        if fold.reason and reason != fold.reason_safety:
            yield Finding(
                clause="B3",
                expected=f"{fold.reason} {fold.reason_safety}: the session went on after it",
                observed=named(reason),
                evidence=(quoted(segment.sent),),
            )


def _mistimed(
    history: History, fold: Fold, life: Life, segments: list[Segment]
) -> Iterator[Finding]:
    """A sweep that took what was not due, or left what was."""
    limits = history.contract.limits
    age, most, beat = limits.safety_max_age_ms, limits.safety_max_records, limits.safety_sweep_ms
    if age is None or most is None or beat is None or sets_clock(history):
        return
    passed = passed_ms(history)
    followers = [*(segment.steps[0] for segment in segments[1:]), life.until]
    opened: int | None = None
    for segment, follower in zip(segments, followers, strict=True):
        first = passed[segment.steps[0]]
        # What goes on after a sweep may count its age from there, before its first record.
        opened = first if opened is None else min(opened, first)
        records = len(segment.steps)
        swept = reason_of(fold, segment.sent) == fold.reason_safety
        if swept and records < most and passed[follower] - opened < age:
            yield Finding(
                clause="B3",
                expected=f"no sweep before a session has {most} records or is {age / 1000:g} s old",
                observed=f"one of {records} record(s), at most"
                f" {(passed[follower] - opened) / 1000:g} s old",
                evidence=(quoted(segment.sent),),
            )
        # The earliest at which this sweep can have been in time.
        last = passed[segment.steps[-1]]
        opened = last if records >= most else max(last, opened + age)
        due = first + age
        if records > most:
            due = min(due, passed[segment.steps[most]])
        latest = passed[segment.steps[-1] if swept else life.until]
        if latest > due + BEATS * beat:
            yield Finding(
                clause="B3",
                expected=f"a sweep within {BEATS * beat / 1000:g} s after a session has more than"
                f" {most} records or its first one is {age / 1000:g} s old",
                observed=f"one rollup of {records} record(s), {(latest - first) / 1000:g} s long",
                evidence=(quoted(segment.sent),),
            )

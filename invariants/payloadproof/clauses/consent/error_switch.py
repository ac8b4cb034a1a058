"""C5: the switch for errors stops errors, and nothing else, also when it turns while it runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from payloadproof.clauses.beats import Said, passed_ms, shutdown_in
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import errors, raises, steps_of
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.recorder.ingest import time_of
from payloadproof.scenario import steps as do


@check("C5")
def the_switch_stops_errors_only(history: History) -> Said:
    """No error while it is off; everything else as if it were not there."""
    variable = history.contract.variables.errors
    if variable is None or history.scenario is None or not raises(history):
        return
    if {moment.decision for moment in moments(history)} != {"on"}:
        return
    if any(variable in s.env for s in history.steps if isinstance(s, do.SetEnv)):
        yield from _turned(history, variable)
    elif _is_off(history, history.scenario.env.get(variable)):
        yield from _off_throughout(history, variable)


def _off_throughout(history: History, variable: str) -> Said:
    carrying = history.contract.errors
    others = [sent for sent in history.sent if str(sent.event.name) not in carrying]
    if others:
        yield EXERCISED
    for error in errors(history):
        yield Finding(
            clause="C5",
            expected=f"no error sent: {variable} says so",
            observed=f"event {named(error.sent.event.name)}",
            evidence=(where(error.sent.request, error.sent.event.name),),
        )
    captured = [
        s.event
        for s in history.steps
        if isinstance(s, do.Capture)
        and str(s.event) in history.contract.events
        and history.contract.events[str(s.event)].sample is None
    ]
    if captured and not others and history.delivered:
        yield Finding(
            clause="C5",
            expected=f"{captured[0]} sent: {variable} stops errors only",
            observed="no event at all, with a healthy network and everything flushed",
            definite=False,
        )


class _State(NamedTuple):
    """The switch while a step runs; ``settled``: for as long as a change may go unnoticed."""

    off: bool
    settled: bool


def _turned(history: History, variable: str) -> Said:
    """What was raised while it was off is never sent, and what is raised before and after is."""
    states = list(_states(history, variable))
    off = [index for index, state in enumerate(states) if state == _State(off=True, settled=True)]
    on = [index for index, state in enumerate(states) if state == _State(off=False, settled=True)]
    if not {*off}.isdisjoint(raises(history)) and any(errors(history)):
        yield EXERCISED
    for error in errors(history):
        steps = steps_of(history, error)
        if steps and {*off}.issuperset(steps):
            yield Finding(
                clause="C5",
                expected=f"nothing sent of the error of step {steps[0] + 1}: {variable} was off",
                observed=f"event {named(error.sent.event.name)}",
                evidence=(where(error.sent.request, error.sent.event.name),),
                kind="an error sent after its switch was turned off",
            )
            return
    meanwhile = [_span(history, run) for run in _runs(off)]
    for error in errors(history):
        # What was captured before may be on its way still: its time says so.
        made = time_of(error.sent.event)
        if made and any(begin <= made.timestamp() * 1_000 < end for begin, end in meanwhile):
            yield Finding(
                clause="C5",
                expected=f"no error made while {variable} is off",
                observed=f"event {named(error.sent.event.name)} of that time",
                evidence=(where(error.sent.request, error.sent.event.name),),
                kind="what was counted of errors sent while their switch is off",
            )
            return
    yield from _lost(history, variable, on)


def _lost(history: History, variable: str, on: list[int]) -> Said:
    arrived = {step for error in errors(history) for step in steps_of(history, error)}
    ends = shutdown_in(history)
    for index in sorted({*on} & {*raises(history)}) if history.delivered else ():
        if index not in arrived and index < ends and not _withdrawn(history, variable, index):
            yield Finding(
                clause="C5",
                expected=f"the error of step {index + 1} sent: {variable} is not off",
                observed="it did not arrive, with a healthy network and everything flushed",
                definite=False,
                kind="errors lost though their switch is on",
            )
            return


def _withdrawn(history: History, variable: str, index: int) -> bool:
    """Whether the switch was turned off before a flush: what waited then may leave, or may not."""
    for step in history.steps[index + 1 :]:
        if isinstance(step, do.Flush):
            return False
        if isinstance(step, do.SetEnv) and _is_off(history, step.env.get(variable)):
            return True
    return False


def _span(history: History, run: list[int]) -> tuple[int, int]:
    """When these steps began, and when what follows them does, in epoch milliseconds."""
    start = history.scenario.now_ms if history.scenario else 0
    last = history.steps[run[-1]]
    over = last.ms if isinstance(last, do.Advance) else 0
    passed = passed_ms(history)
    return start + passed[run[0]], start + passed[run[-1]] + over


def _states(history: History, variable: str) -> Iterator[_State]:
    value = history.scenario.env.get(variable) if history.scenario else None
    limit = history.contract.consent.honoured_within_ms
    since = math.inf  # ms; at the start there was none before it
    for step in history.steps:
        if isinstance(step, do.SetEnv) and variable in step.env:
            changed = _is_off(history, step.env[variable]) != _is_off(history, value)
            value = step.env[variable]
            since = 0 if changed else since
        if isinstance(step, do.Crash):
            since = math.inf  # the next process has no older word to remember
        yield _State(off=_is_off(history, value), settled=since > limit)
        if isinstance(step, do.Advance):
            since += step.ms


def _is_off(history: History, value: str | None) -> bool:
    # Trimmed and case-folded, as a switch of consent is read.
    words = {word for roles in history.contract.errors.values() for word in roles.switched_off}
    return (value or "").strip().casefold() in words


def _runs(steps: list[int]) -> Iterator[list[int]]:
    """Steps that follow each other, together."""
    run: list[int] = []
    for step in steps:
        if run and step != run[-1] + 1:
            yield run
            run = []
        run.append(step)
    if run:
        yield run

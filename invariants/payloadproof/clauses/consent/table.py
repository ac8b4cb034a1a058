"""C1, C2, C3: consent decides what is sent, what is written, and what is remembered.

The precedence table is the contract's. Where it is silent (a damaged file, a spelling that C8
covers, the time a change may take) nothing is judged.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.attribution import captures_in, records_in, way_of
from payloadproof.clauses.beats import shutdown_in
from payloadproof.clauses.circumstances import amid, refused
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import errors_in
from payloadproof.clauses.timeline import Moment, moments
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.protocol.messages import EndScenario
from payloadproof.scenario import steps as do


@check("C1")
def what_is_sent_follows_the_table(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Judged where consent does not change: off sends nothing, on sends what is captured."""
    timeline = moments(history)
    if len({moment.decision for moment in timeline}) != 1:
        return
    decision, layer, by = timeline[0].decision, timeline[0].layer, timeline[0].by
    if decision == "off":
        for sent in history.sent:
            yield Finding(
                clause="C1",
                expected=f"nothing sent: consent is off by {by}",
                observed=f"event {named(sent.event.name)} on the wire",
                evidence=(where(sent.request), masked(sent.event.properties)),
                kind=f"{way_of(history, sent)} sent while consent is off by {layer}",
            )
    elif decision == "on" and history.delivered:
        wanted = [
            step.event
            for step in history.steps[: shutdown_in(history)]  # what comes later is dropped
            if isinstance(step, do.Capture) and _always(history, step.event)
        ]
        # What the service refuses is decoded all the same, and nothing of it is kept.
        if any(not refused(sent.request) for sent in history.sent):
            yield EXERCISED
        elif wanted:
            yield Finding(
                clause="C1",
                expected=f"{wanted[0]} sent: consent is on by {by}",
                observed="no event at all, with a healthy network and everything flushed",
                definite=False,
                kind="nothing sent" + (amid(history) or f" while consent is on by {layer}"),
            )


def _always(history: History, name: object) -> bool:
    """Whether each capture of it is to be sent."""
    event = history.contract.events.get(str(name))
    return event is not None and event.sample is None


@check("C2")
def consent_off_touches_nothing(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """No connection and no file while consent is off."""
    timeline = moments(history)
    if {moment.decision for moment in timeline} == {"on"} and history.connections:
        yield EXERCISED
    for begin, end, first, last in _quiet(history, timeline):
        for connection in history.connections:
            if begin <= connection.began_at <= end:
                yield Finding(
                    clause="C2",
                    expected=f"no connection: consent is off by {timeline[first + 1].by}",
                    observed="a TCP connection to the telemetry host was opened",
                    evidence=(f"connection {connection.number} to port {connection.port}",),
                    # One that was begun before an opt-out may be late, as C3 has it.
                    definite=first < 0
                    or not any(m.decision == "on" for m in timeline[: first + 1]),
                )
        yield from _files_changed(history, timeline, first, last)


def _quiet(
    history: History, timeline: tuple[Moment, ...]
) -> Iterator[tuple[float, float, int, int]]:
    """Stretches of settled opt-out: begin and end in seconds, first and last step."""
    stretch: list[int] = []
    for step, moment in enumerate((*timeline, None), start=-1):
        if moment is not None and moment.decision == "off" and moment.settled:
            stretch.append(step)
        elif stretch:
            calls = [call for call in history.calls if call.step in stretch]
            if calls:
                begin = min(call.began_at for call in calls)
                # The end of a scenario is of no step, as its start is, and comes after all of them.
                ends = (one.ended_at for one in calls if not isinstance(one.params, EndScenario))
                # What is not followed by another state lasts until the scenario has ended.
                end = math.inf if moment is None else max(ends, default=begin)
                yield begin, end, stretch[0], stretch[-1]
            stretch = []


def _files_changed(
    history: History, timeline: tuple[Moment, ...], first: int, last: int
) -> Iterator[Finding]:
    inside = [shot for shot in history.snapshots if first - 1 <= shot.step <= last + 1]
    for before, after in itertools.pairwise(inside):
        if before.step + 1 == after.step and _writes_consent(history, after.step):
            continue  # what lies between the two is the consent step itself
        for path in sorted(after.files.keys() | before.files.keys()):
            if before.files.get(path) == after.files.get(path) or history.is_log(path):
                continue
            change = "created" if path not in before.files else "changed or removed"
            yield Finding(
                clause="C2",
                expected=f"no file touched: consent is off by {timeline[first + 1].by}",
                observed=f"{_unplanted(path, history)} was {change}",
                evidence=(f"after {_named(before.step)} and before {_named(after.step + 1)}",),
                # As with a connection: what had its leave may be on its way.
                definite=not any(m.decision == "on" for m in timeline[: first + 1]),
            )


def _named(step: int) -> str:
    return f"step {step + 1}" if step >= 0 else "the start"


def _writes_consent(history: History, step: int) -> bool:
    return 0 <= step < len(history.steps) and isinstance(
        history.steps[step], do.WriteConsent | do.SetEnv
    )


def _unplanted(path: str, history: History) -> str:
    for number, canary in enumerate(history.canaries):
        path = path.replace(canary, f"{{canary:{number}}}")
    return path


@check("C3")
def what_was_recorded_while_off_is_never_sent(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """Attributed by the markers that the scenario's numbers carry."""
    timeline = moments(history)
    off = [i for i, m in enumerate(timeline, start=-1) if m.decision == "off" and m.settled]
    kinds = do.Capture | do.Record | do.RaiseError
    recorded = {i for i in off if i >= 0 and isinstance(history.steps[i], kinds)}
    for sent in history.sent if off else ():
        steps = captures_in(history, sent) | records_in(history, sent) | errors_in(history, sent)
        if recorded and any(timeline[step + 1].decision == "on" for step in steps):
            yield EXERCISED
        for step in sorted(steps & recorded):
            yield Finding(
                clause="C3",
                expected=f"never sent: step {step + 1} ran while consent was off by "
                f'"{timeline[step + 1].layer}"',
                observed=f"it is part of a later {sent.event.name}",
                evidence=(where(sent.request), masked(sent.event.properties)),
                kind=f"{way_of(history, sent)} with what was recorded while consent was off",
            )
        for step in sorted(steps - recorded):
            yield from _sent_after_opt_out(history, sent, step, off)


def _sent_after_opt_out(
    history: History, sent: Sent, step: int, off: list[int]
) -> Iterator[Finding]:
    """What was buffered before an opt-out is in no request once the opt-out has settled.

    Not definite: a request that had its leave is on its way for a moment of real time, which a busy
    machine makes longer than the rest that the harness takes before virtual time moves.
    """
    later = [call for call in history.calls if call.step in off and call.step > step]
    if later and sent.request.began_at > later[0].began_at:
        yield Finding(
            clause="C3",
            expected=f"step {step + 1} not sent: consent was off from step {later[0].step + 1} on",
            observed=f"{sent.event.name} with it, in a request that began after that",
            evidence=(where(sent.request), masked(sent.event.properties)),
            definite=False,
            kind=f"{way_of(history, sent)} with what was recorded before an opt-out",
        )

"""D4 over the scenarios of an adapter: what is captured before a flush or shutdown arrives, whole.

Rule 1: only what the contract allows is due. What becomes of the rest is said by other clauses.
Rule 2: captures of one name are counted; those with a marker are told apart, and looked into.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from payloadproof.clauses.attribution import captured, captures_in, days, over_ceiling, sampled
from payloadproof.clauses.beats import shutdown_in
from payloadproof.clauses.circumstances import amid, refused
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.timeline import moments
from payloadproof.contract import Contract
from payloadproof.contract.catalogue import sendable
from payloadproof.contract.sample import too_few
from payloadproof.contract.values import misfit
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.recorder.ingest import time_of
from payloadproof.scenario import steps as do


@check("D4")
def what_is_captured_arrives(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Counted by name, then property by property; of a sampled event, what chance rules out."""
    if not (history.delivered and {one.decision for one in moments(history)} == {"on"}):
        return
    due = Counter(step.event for step in _due(history) for _ in range(step.times))
    over = over_ceiling(history)
    for name, number in due.items():
        arrived = sum(
            not refused(sent.request) and (name, _day(sent)) not in over
            for sent in history.named(name)
        )
        if arrived:
            yield EXERCISED
        if arrived < number:
            yield Finding(
                clause="D4",
                expected=f"{number} of {named(name)}: the network is sound, and consent is on",
                observed=f"{arrived} arrived",
                evidence=_ending(history),
                definite=False,
                kind="an event lost" + (amid(history) or " over a sound network"),
            )
            break
    yield from _short_of_its_share(history)
    yield from _changed(history)


def _due(history: History) -> Iterator[do.Capture]:
    """The captures before the shutdown that a pipeline has no reason to drop.

    On a day that has too many of an event, any of them may be one too many.
    """
    known = {n for n, event in sendable(history.contract).items() if event.sample is None}
    over = over_ceiling(history)
    steps = zip(history.steps, days(history), strict=True)
    for step, day in itertools.islice(steps, shutdown_in(history)):
        if isinstance(step, do.Capture) and isinstance(step.event, str) and step.event in known:
            given = step.properties
            fits = (
                isinstance(given, dict) and given.keys() == _fitting(history.contract, step).keys()
            )
            if fits and (step.event, day) not in over:
                yield step


def _day(sent: Sent) -> dt.date | None:
    moment = time_of(sent.event)
    return moment.date() if moment else None


def _short_of_its_share(history: History) -> Iterator[Finding]:
    for name, event, sample in sampled(history):
        made = captured(history, name)
        came = sum(not refused(sent.request) for sent in history.named(name))
        if made > (event.ceiling_per_day or made):
            continue
        if sample.by == "event" and too_few(sample, made, came):
            yield Finding(
                clause="D4",
                expected=f"about {sample.share * made:g} of {made:,} of {named(name)}: its share is"
                f" {sample.share:g}",
                observed=f"{came:,} arrived",
                evidence=_ending(history),
                definite=False,
                kind=f"fewer of a sampled event than its share{amid(history)}",
            )
        elif sample.by == "install" and 0 < came < made:
            yield Finding(
                clause="D4",
                expected=f"all or none of {named(name)}: a share of the installs sends it",
                observed=f"{came:,} of {made:,} arrived",
                evidence=_ending(history),
                definite=False,
                kind=f"a part of what one install sends or does not{amid(history)}",
            )


def _fitting(contract: Contract, step: do.Capture) -> dict[str, Any]:
    """The properties of a capture that its event declares, and whose values fit."""
    declared = contract.events[step.event].properties
    longest = contract.limits.string_max_chars
    return {
        key: value
        for key, value in step.properties.items()
        if key in declared
        and misfit(contract.properties[key], value, string_max_chars=longest) is None
    }


def _changed(history: History) -> Iterator[Finding]:
    for sent in history.distinct:
        for index in captures_in(history, sent):
            step = history.steps[index]
            if step.event not in sendable(history.contract):
                continue
            arrived = properties_of(sent)
            for key, value in _fitting(history.contract, step).items():
                if key in arrived and arrived[key] == value:
                    continue
                yield Finding(
                    clause="D4",
                    expected=f"{named(key)} {masked(value)}, as it was captured",
                    observed=masked(arrived[key]) if key in arrived else "it is left out",
                    evidence=(where(sent.request, sent.event.name), f"step {index + 1}"),
                    kind=f"a property {'changed' if key in arrived else 'left out'}{amid(history)}",
                )
                return


def _ending(history: History) -> tuple[str, ...]:
    ends = [
        f"step {index + 1}: {'flush' if isinstance(step, do.Flush) else 'shutdown'}"
        for index, step in enumerate(history.steps)
        if isinstance(step, do.Flush | do.Shutdown)
    ]
    return tuple(ends[-2:])

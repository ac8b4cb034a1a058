"""D5: every event on the wire is laid at the door of a step; what is left over is a finding.

Rule 1: bytes on the wire, each counted once: what is kept twice is W3 delivered exactly once.
Rule 2: an event of the program's life, and one with a grain that no record is folded into, may come
by themselves. What hostile input and a second process bring about is left to their own clauses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.attribution import captures_in, sampled
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Event
from payloadproof.contract.sample import too_many
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.scenario import steps as do


@check("D5")
def nothing_that_nobody_asked_for(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By name, and by what can bring an event of that kind about."""
    apart = do.Crash | do.Race | do.Fork | do.Crowd
    if history.hostile or any(isinstance(step, apart) for step in history.steps):
        return
    for name, came in Counter(str(sent.event.name) for sent in history.distinct).items():
        event = history.contract.events.get(name)
        most = _asked(history, name, event) if event is not None else None
        if most is None:
            continue  # one that nobody declared is A4's
        if most:
            yield EXERCISED
        if came > most and not _told_apart(history, name):
            sents = history.named(name)
            yield Finding(
                clause="D5",
                expected=f"at most {most} of {named(name)}, for as many steps that ask for one",
                observed=f"{came}",
                evidence=tuple(where(sent.request, sent.event.name) for sent in sents[-3:]),
                kind=f"{named(name)} that nobody asked for",
            )
    yield from _over_its_share(history)


def _over_its_share(history: History) -> Iterator[Finding | Literal["exercised"]]:
    for name, _, sample in sampled(history):
        made = sum(
            step.times
            for step in history.steps
            if isinstance(step, do.Capture) and step.event == name
        )
        sents = [sent for sent in history.distinct if sent.event.name == name]
        if sample.by != "event" or len(sents) > made:
            continue
        if too_many(sample, made, len(sents)):
            yield Finding(
                clause="D5",
                expected=f"about {sample.share * made:g} of {made:,} of {named(name)}: its share is"
                f" {sample.share:g}",
                observed=f"{len(sents):,} arrived",
                evidence=tuple(where(sent.request, sent.event.name) for sent in sents[-3:]),
                definite=False,
                kind="more of a sampled event than its share",
            )


def _asked(history: History, name: str, event: Event) -> int | None:
    """How many events of a name the steps can bring about; None where it may come by itself."""
    steps = history.steps
    match event.kind:
        case "direct" if event.grain is None:
            captured = [s for s in steps if isinstance(s, do.Capture) and s.event == name]
            return sum(step.times for step in captured)
        case "rollup":
            of = event.fold.occurrence if event.fold else ""
            return sum(s.times for s in steps if isinstance(s, do.Record) and s.event == of)
        case "exception":
            logged = [s for s in steps if isinstance(s, do.Instrument)]
            return sum(s.times for s in steps if isinstance(s, do.RaiseError)) + len(logged)
        case "historical":
            asked = any(isinstance(step, do.Backfill) for step in steps)
            return None if asked else 0
        case _:
            return None


def _told_apart(history: History, name: str) -> bool:
    """Whether what came too often are copies of marked captures, which W3 finds twice."""
    marked = [captures_in(history, sent) for sent in history.named(name)]
    return all(marked) and len(set(map(frozenset, marked))) < len(marked)

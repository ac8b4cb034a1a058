"""D7: what was captured before SIGTERM arrives, and once.

Rule 1: by count, of what was on the wire and of what PostHog keeps of it.
Rule 2: only over a sound network, with consent throughout, and where the process ended by itself:
one that had to be killed is H5's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.attribution import owed
from payloadproof.clauses.beats import shutdown_in
from payloadproof.clauses.delivery.open import rollups
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.timeline import moments
from payloadproof.contract.catalogue import sendable
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import named, where
from payloadproof.scenario import steps as do


@check("D7")
def what_waits_at_sigterm_arrives(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Events by name, then a rollup for each session and window that was open."""
    if history.contract.process.sigterm != "delivers" or not history.endings:
        return
    sound = history.untroubled and {one.decision for one in moments(history)} == {"on"}
    killed = any(isinstance(step, do.Crash) and not step.told for step in history.steps)
    if not sound or killed or any(ending.took_s is None for ending in history.endings):
        return
    if history.sent:
        yield EXERCISED
    for name, due, sents in (*_captures(history), *rollups(history)):
        kept = len(history.named(name))
        what = "a rollup" if name in history.contract.rollups else "an event"
        if kept < due:
            yield Finding(
                clause="D7",
                expected=f"{due} of {named(name)}, some of them captured before SIGTERM",
                observed=f"{kept} arrived",
                evidence=_told(history),
                definite=False,
                kind=f"{what} lost at SIGTERM",
            )
        elif len(sents) > due:
            yield Finding(
                clause="D7",
                expected=f"{due} of {named(name)}",
                observed=f"{len(sents)} were sent",
                evidence=tuple(where(sent.request, sent.event.name) for sent in sents[-3:]),
                kind=f"{what} sent twice at SIGTERM",
            )


def _captures(history: History) -> Iterator[tuple[str, int, tuple[Sent, ...]]]:
    captured = Counter[str]()
    for step in history.steps[: shutdown_in(history)]:
        if isinstance(step, do.Capture) and isinstance(step.event, str) and step.properties == {}:
            captured[step.event] += step.times
    due = sendable(history.contract).keys() & owed(history)
    for name in (one for one in captured if one in due):
        yield name, captured[name], tuple(s for s in history.sent if s.event.name == name)


def _told(history: History) -> tuple[str, ...]:
    return tuple(f"step {ending.step + 1}: SIGTERM" for ending in history.endings)

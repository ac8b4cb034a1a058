"""D6: what becomes of a queue, of open rollups and of ids where the process forks.

Rule 1: by count. What PostHog keeps says what was lost, and what was on the wire what was sent by
parent and child both.
Rule 2: only where nothing else explains it: a sound network, consent throughout, no day too full.
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
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

GRACE_S = 1.0  # beyond the limit of a shutdown: to fork and to end takes time too


@check("D6")
def a_fork_loses_and_repeats_nothing(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """The end of the child by the clock, the rest by what arrived."""
    forks = [call for call in history.calls if isinstance(call.params, ops.Fork)]
    if forks and history.sent:
        yield EXERCISED
    limit_s = history.contract.limits.shutdown_ms / 1_000
    for call in forks:
        if call.kind == "timeout" or (call.kind == "ok" and call.elapsed_s > limit_s + GRACE_S):
            yield Finding(
                clause="D6",
                expected=f"the child of a fork ends within {limit_s:g} s of its work",
                observed=f"it had not ended after {call.elapsed_s:.1f} s",
                evidence=(f"step {call.step + 1}",),
                definite=False,
                kind="the child of a fork does not end",
            )
            return
    if not forks or not history.untroubled or {m.decision for m in moments(history)} != {"on"}:
        return
    yield from _captures(history)
    yield from _rollups(history)


def _captures(history: History) -> Iterator[Finding]:
    before = history.steps[: shutdown_in(history)]
    parent, child = Counter[str](), Counter[str]()
    for step in before:
        if isinstance(step, do.Fork):
            child[step.event] += 1
        elif isinstance(step, do.Capture) and step.properties == {}:
            parent[step.event] += step.times
    due = sendable(history.contract).keys() & owed(history)
    for name in (one for one in parent | child if one in due):
        captured = parent[name] + child[name]
        sents = [sent for sent in history.sent if sent.event.name == name]
        kept = len(history.named(name))
        least = captured if history.contract.process.fork == "delivers" else parent[name]
        expected = f"{captured} of {named(name)}, {child[name]} of them by the child of a fork"
        if len(sents) > captured:
            yield Finding(
                clause="D6",
                expected=expected,
                observed=f"{len(sents)} were sent",
                evidence=tuple(where(sent.request, sent.event.name) for sent in sents[-3:]),
                kind="an event sent by parent and child",
            )
        elif kept < least:
            shared = kept < len(sents)
            yield Finding(
                clause="D6",
                expected=expected,
                observed=f"{len(sents)} arrived, of which PostHog keeps {kept}: ids are shared"
                if shared
                else f"{kept} arrived",
                definite=shared,
                kind="ids that parent and child share" if shared else "an event lost in a fork",
            )


def _rollups(history: History) -> Iterator[Finding]:
    for name, most, sents in rollups(history):
        if len(sents) > most:
            yield Finding(
                clause="D6",
                expected=f"{most} of {named(name)}: what was open is the parent's",
                observed=f"{len(sents)} were sent",
                evidence=tuple(where(sent.request, sent.event.name) for sent in sents[-3:]),
                kind="a rollup sent by parent and child",
            )

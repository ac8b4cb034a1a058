"""A7 and A8: what must be in no byte sent, searched for in every byte sent.

A canary is 20 random letters and digits. Any 8 of them in a row are a piece, and a piece counts
only when the same scenario with other canaries did not send it too.

Where a scenario is compared, what is sent may not depend on them in any other way either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.allow.traces import traces
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.once import once
from payloadproof.clauses.search import canaries_in, haystacks, leaked
from payloadproof.evidence.history import History
from payloadproof.evidence.placed import spoken
from payloadproof.evidence.quoting import where
from payloadproof.scenario import steps as do

_TELLING = 10**12  # 13 digits, 10 in hexadecimal
_DIGITS = re.compile(rb"[0-9a-f]{10,}")


@check("A7")
def no_canary_leaves(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Unlisted keys, nested values, names, paths, environment: none of it is in a byte sent."""
    twin = history.twin
    if not history.canaries or twin is None:
        return
    if history.sent:
        yield EXERCISED
    for number in range(len(history.canaries)):
        # The free text of an error has clauses of its own: E1, E3, E10.
        if number not in error_canaries(history) and (leak := leaked(history, number)):
            encoding, request = leak
            place = _kind_of_place(history, number)
            yield Finding(
                clause="A7",
                expected=f"no piece of {{canary:{number}}} in any byte sent",
                observed=f"a piece of it {encoding}",
                evidence=(where(request), "planted " + _planted_at(history, number)),
                kind=f"a piece, {encoding}, of what was planted in {place}",
            )
    if not any(leaked(history, number) for number in range(len(history.canaries))):
        yield from _told_apart(history, "A7", "what was planted")


def _told_apart(history: History, clause: str, values: str) -> Iterator[Finding]:
    """What a comparison shows that no search does: a digest, a length, an order, a count."""
    for one in traces(history):
        yield Finding(
            clause=clause,
            expected=f"the same sent with other values in place of {values}, but for what is random"
            " or time",
            observed=f"{spoken(one.place)} depends on {values}",
            evidence=(f"in all of {len(history.repeats) + 1} runs with each of both",),
            definite=False,
            kind=f"{spoken(one.place)} depends on {values}",
        )


@once
def error_canaries(history: History) -> frozenset[int]:
    """The canaries that stand in errors and nowhere else."""
    errors: set[int] = set()
    others: set[int] = {0}  # the names of home and data directory
    for step in history.steps:
        raised = isinstance(step, do.RaiseError)
        numbered = canaries_in(step.error if raised else step)
        (errors if raised else others).update(numbered)
        if raised:
            others |= canaries_in(step.properties)
    if history.scenario:
        others |= canaries_in(history.scenario.env) | canaries_in(history.scenario.consent_text)
    return frozenset(errors - others)


def _kind_of_place(history: History, number: int) -> str:
    """For the kind of a finding: where it was planted first, whichever step that was."""
    mark = f"{{canary:{number}}}"
    for step in history.steps:
        if isinstance(step, do.Capture | do.Record | do.Instrument):
            if mark in str(step.event):
                return "the name of an event"
            if isinstance(step.properties, dict) and mark in repr(list(step.properties)):
                return "the name of a key"
            if mark in repr(step):
                return "a value"
    if number:
        return "the environment"
    told = any(isinstance(s, do.RaiseError) and "{home}" in repr(s.error) for s in history.steps)
    return "the text of an error" if told else "the names of home and data directory"


def _planted_at(history: History, number: int) -> str:
    mark = f"{{canary:{number}}}"
    assert history.scenario
    places = [name for name, value in history.scenario.env.items() if mark in value]
    for index, step in enumerate(history.scenario.steps):
        if isinstance(step, do.Capture | do.Record | do.Instrument) and mark in repr(step):
            places.append(f"step {index + 1}")
    if number == 0:
        places.append("the names of home and data directory")
    return "in " + ", ".join(places)


@check("A8")
def no_session_id_leaves(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Session ids of a scenario have 15 digits and more: none is a time or a count by chance."""
    sessions = {
        step.session
        for step in history.steps
        if isinstance(step, do.Record | do.EndSession) and step.session is not None
    }
    sessions = {session for session in sessions if session >= _TELLING}
    rolled_up = any(str(sent.event.name) in history.contract.rollups for sent in history.sent)
    if sessions and rolled_up:
        yield EXERCISED
    # Only what is long enough to hold one: with a thousand sessions the rest is worth leaving out.
    read = haystacks(history) if sessions else ()
    runs = [(sent, b" ".join(_DIGITS.findall(hay))) for sent, hay in read]
    seen = set()
    for session in sorted(sessions):
        forms = (str(session).encode(), f"{session:x}".encode())
        for request, digits in runs:
            if any(form in digits for form in forms):
                yield Finding(
                    clause="A8",
                    expected=f"session {session} in no byte sent",
                    observed="its digits on the wire",
                    evidence=(where(request),),
                )
                seen.add(session)
                break
    if not seen and history.scenario and history.scenario.compared == "sessions":
        yield from _told_apart(history, "A8", "the session's id")

"""P2: a person is described by person properties only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.primitive import not_plain
from payloadproof.evidence.fields import PERSON_KEYS, properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.evidence.rows import Row


@check("P2")
def only_person_properties_are_set(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """``$set`` and ``$set_once``, in the properties or beside them: PostHog reads both."""
    longest, shapes = history.contract.limits.string_max_chars, history.contract.properties
    for sent in history.sent:
        for beside in (properties_of(sent), sent.event.top_level):
            for directive in PERSON_KEYS:
                if directive not in beside:
                    continue
                person = beside[directive]
                if not isinstance(person, dict):
                    yield _person_finding(sent, directive, "an object", masked(person))
                    continue
                yield EXERCISED
                for key, value in person.items():
                    if key not in history.contract.person:
                        yield _person_finding(
                            sent, directive, "only person properties", f"key {named(key)}"
                        )
                    elif wrong := not_plain(value, longest, shapes.get(key)):
                        yield _person_finding(
                            sent,
                            directive,
                            f"finite primitives, text of at most {longest} characters",
                            f"{wrong} under {named(key)}",
                        )
    yield from _stored(history)


def _stored(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """What the service keeps of a person, as an export shows it."""
    for request in history.requests:
        if not isinstance(request, Row) or not request.person:
            continue
        yield EXERCISED
        for key in request.person:
            if key not in history.contract.person:
                yield Finding(
                    clause="P2",
                    expected="only person properties stored with a person",
                    observed=f"key {named(key)}",
                    evidence=(where(request), masked(request.person[key])),
                )


def _person_finding(sent: Sent, directive: str, expected: str, observed: str) -> Finding:
    return Finding(
        clause="P2",
        expected=f"{expected} in {directive}",
        observed=observed,
        evidence=(where(sent.request, sent.event.name, directive),),
    )

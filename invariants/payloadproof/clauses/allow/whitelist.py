"""A1 to A4: deny by default, judged on what the wire carries and on nothing an adapter says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.once import once
from payloadproof.clauses.primitive import not_plain
from payloadproof.contract import Contract, Event, Property
from payloadproof.contract.posthog import DANGEROUS, TABLES, keys_of
from payloadproof.evidence.bodies import fields_of, is_unread
from payloadproof.evidence.fields import (
    ENVELOPE_KEYS,
    ENVELOPE_KEYS_V1,
    EVENT_KEYS,
    EXCEPTION_KEYS,
    PERSON_KEYS,
    QUERY_KEYS,
    properties_of,
)
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import is_v1
from payloadproof.scenario import steps as do


def allowed_keys(history: History, event: object) -> frozenset[str]:
    """The keys that may stand in the event's properties, ``$`` keys aside, which A3 judges."""
    return _allowed_for(history, str(event))


@once
def _allowed_for(history: History, name: str) -> frozenset[str]:
    # A web event has its key and whose it is among its properties.
    bare = (stamp for stamp in history.contract.wire.every_stamp if stamp[:1] != "$")
    return frozenset((*shapes_for(history, name), *_known_for(history, name), *bare))


@once
def shapes_for(history: History, name: str) -> dict[str, Property]:
    """What the contract says of every key that the event may carry."""
    return declared_shapes(history.contract, name)


def declared_shapes(contract: Contract, name: str) -> dict[str, Property]:
    """The same, for whoever has no history."""
    declared = contract.events.get(name)
    return {**contract.properties, **(declared.own_properties if declared else {})}


def _known_for(history: History, name: str) -> frozenset[str]:
    """The keys of an event of PostHog's own, where the contract lists it."""
    return keys_of(name) if name in history.contract.events else frozenset()


def own_directives(event: Event | None) -> frozenset[str]:
    """PostHog's own fields of an error, where the event carries one; E1 to E3 judge their text."""
    return EXCEPTION_KEYS if event and event.error else frozenset()


@check("A1")
def only_whitelisted_keys(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Properties, the person's properties, and whatever stands beside them."""
    if history.sent and (history.scenario is None or _plants_unlisted(history)):
        yield EXERCISED
    for sent in history.sent:
        allowed = allowed_keys(history, sent.event.name)
        places = [
            {key: value for key, value in properties_of(sent).items() if key[:1] != "$"},
            {key: value for key, value in sent.event.top_level.items() if key not in EVENT_KEYS},
            # PostHog reads a person's properties in either place, and a group's likewise.
            *(
                person
                for beside in (properties_of(sent), sent.event.top_level)
                for key in (*PERSON_KEYS, "$group_set")
                if isinstance(person := beside.get(key), dict)
            ),
        ]
        for place in places:
            for key, value in place.items():
                if key not in allowed:
                    yield _unlisted(sent, key, value)
    for request in history.requests:
        yield from _beside_the_events(request)


def _beside_the_events(request: Request) -> Iterator[Finding]:
    """What a request says beside its events, and one of which nobody can say what it holds."""
    read = ENVELOPE_KEYS_V1 if is_v1(request.path) else ENVELOPE_KEYS | EVENT_KEYS
    for key in request.envelope.keys() - read:
        yield Finding(
            clause="A1",
            expected="only the batch keys that PostHog reads",
            observed=f"key {named(key)} in the batch",
            evidence=(where(request), masked(request.envelope[key])),
        )
    asked = request.path.partition("?")[2].encode(errors="replace")
    for key, value in fields_of(asked).items() if request.method else ():
        if key not in QUERY_KEYS:
            yield Finding(
                clause="A1",
                expected="only the query fields that PostHog reads",
                observed=f"key {named(key)} in the query",
                evidence=(where(request), masked(value)),
            )
    if is_unread(request):
        packed = next((v for k, v in request.headers if k.lower() == "content-encoding"), "")
        yield Finding(
            clause="A1",
            expected="a body that can be read, and judged",
            observed="one that cannot be decoded"
            + (f", sent as {named(packed)}" if packed else ""),
            evidence=(where(request), f"{request.wire_size} bytes"),
            kind="a body that cannot be decoded",
        )


def _unlisted(sent: Sent, key: str, value: object) -> Finding:
    return Finding(
        clause="A1",
        expected="only whitelisted keys",
        observed=f"key {named(key)}, which the contract does not list",
        evidence=(where(sent.request, sent.event.name, key), masked(value)),
    )


def _plants_unlisted(history: History) -> bool:
    known = {
        *history.contract.properties,
        *(key for event in history.contract.events.values() for key in event.own_properties),
    }
    # A past has columns that no event has: whose the memories are, and what they say.
    past = history.scenario is not None and history.scenario.history is not None
    return any(
        (past and isinstance(step, do.Backfill))
        or (
            isinstance(step, do.Capture | do.Record | do.RaiseError)
            and isinstance(step.properties, dict)
            and not known.issuperset(step.properties)
        )
        for step in history.steps
    )


@check("A2")
def only_finite_primitives(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Person properties and the exception's own fields have clauses of their own."""
    longest = history.contract.limits.string_max_chars
    for sent in history.sent:
        event = history.contract.events.get(str(sent.event.name))
        exempt = {*own_directives(event)}
        if event and event.error:
            exempt |= event.own_properties.keys()
        shapes = shapes_for(history, str(sent.event.name))
        known = history.contract.wire.every_stamp | _known_for(history, str(sent.event.name))
        yield EXERCISED
        for key, value in properties_of(sent).items():
            if key in PERSON_KEYS or key in exempt or (key in TABLES and key in known):
                continue
            own = event.own_properties.get(key) if event else None
            bound = max(longest, own.max_chars or 0) if own else longest
            wrong = not_plain(value, bound, shapes.get(key))
            if wrong:
                yield Finding(
                    clause="A2",
                    expected=f"a finite primitive, text of at most {longest} characters",
                    observed=f"{wrong} under {named(key)}",
                    evidence=(
                        where(sent.request, sent.event.name, key),
                        masked(value),
                    ),
                )


@check("A3")
def only_known_directives(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Keys that begin with ``$`` steer PostHog; only those in the contract may."""
    known = {*history.contract.wire.directives, *history.contract.wire.every_stamp}
    for sent in history.sent:
        own = allowed_keys(history, sent.event.name)
        own |= own_directives(history.contract.events.get(str(sent.event.name)))
        yield EXERCISED
        for key in (*properties_of(sent), *(k for k in sent.event.top_level if k[:1] == "$")):
            if key[:1] == "$" and key not in known and key not in own:
                yield Finding(
                    clause="A3",
                    expected=f"only {', '.join(history.contract.wire.directives)} and known stamps",
                    observed=named(key)
                    + (f", which holds {DANGEROUS[key]}" if key in DANGEROUS else ""),
                    evidence=(
                        where(sent.request, sent.event.name, key),
                        masked(properties_of(sent).get(key)),
                    ),
                )


@check("A4")
def only_catalogued_events(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Names the contract lists; never a forbidden one."""
    known = history.contract.events
    stray = any(
        str(step.event) not in known for step in history.steps if isinstance(step, do.Capture)
    )
    for sent in history.sent:
        name = sent.event.name
        if stray or history.scenario is None:
            yield EXERCISED
        if not isinstance(name, str) or name not in known:
            forbidden = isinstance(name, str) and name in history.contract.forbidden_events
            yield Finding(
                clause="A4",
                expected="an event of the contract",
                observed=f"event {named(name)}"
                + (", which the contract forbids" if forbidden else ", which it does not list"),
                evidence=(where(sent.request), masked(sent.event.properties)),
            )

"""A5, A6, P2: each key where it was declared, each value of the shape it was declared with.

What breaks a rule for every value (A2) or every key (A1) is that clause's finding and not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from payloadproof.clauses.allow.fields import fields
from payloadproof.clauses.allow.whitelist import declared_shapes
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.once import once
from payloadproof.clauses.primitive import not_plain
from payloadproof.contract import Contract, Event, Property
from payloadproof.contract.values import misfit, misfits
from payloadproof.evidence.fields import PERSON_KEYS, properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.scenario import steps as do

_NAME = Property(type="slug", description="The name of an event.")
# How the reason of a misfit begins, and what it comes to.
_SORTS = {
    "looks like": "looks like a secret or an address",
    "is longer": "is too long",
    "is negative": "is out of its range",
    "is below": "is out of its range",
    "is above": "is out of its range",
    "holds a": "holds what does not fit",
    "is not a time": "is out of its range",
    "is not finite": "is out of its range",
    "has not the shape": "is not of its form",
    "is not one of": "is not of its form",
    "is not a da": "is not of its form",
}


def declared_for(contract: Contract, event: Event) -> set[str]:
    """The keys that an event declares, the base among them where it carries it."""
    return {*event.properties, *event.own_properties, *(contract.base if event.base else ())}


@once
def _foreign_to(history: History, name: str) -> frozenset[str]:
    contract = history.contract
    return frozenset(contract.properties) - declared_for(contract, contract.events[name])


class Misfits(dict[str, Callable[[object], str | None]]):
    """For each declared key of an event, why a value does not fit it, from the first time on."""

    def __init__(self, contract: Contract, name: str) -> None:
        super().__init__()
        self.declared = declared_shapes(contract, name)
        self._longest = contract.limits.string_max_chars

    def __missing__(self, key: str) -> Callable[[object], str | None]:
        made = self[key] = misfits(self.declared[key], string_max_chars=self._longest)
        return made


@once
def _misfits_for(history: History, name: str) -> Misfits:
    return Misfits(history.contract, name)


@check("A5")
def only_what_the_event_declares(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """A key of the whitelist on an event that is not said to carry it."""
    for sent in history.sent:
        name = str(sent.event.name)
        if name not in history.contract.events:
            continue  # A4's
        foreign = _foreign_to(history, name)
        if any(foreign & step.properties.keys() for step in _captures(history, sent)):
            yield EXERCISED
        for key in properties_of(sent):
            if key in foreign:
                yield Finding(
                    clause="A5",
                    expected=f"only properties that {sent.event.name} declares",
                    observed=f"key {named(key)}, which the contract lists for other events",
                    evidence=(where(sent.request, sent.event.name, key),),
                )


@check("A6")
def values_fit_their_shape(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Type, range, closed set and shape; of person properties and event names too."""
    contract = history.contract
    longest = contract.limits.string_max_chars
    for sent in history.sent:
        name = sent.event.name
        event = contract.events.get(str(name))
        shapes = _misfits_for(history, str(name))
        declared = shapes.declared
        for step in _captures(history, sent):
            if any(shapes[k](v) for k, v in step.properties.items() if k in declared):
                yield EXERCISED
        if event is not None and event.kind == "historical" and _odd_past(history):
            yield EXERCISED
        wrong_name = misfit(_NAME, name, string_max_chars=longest)
        # PostHog's own names, $exception say, begin with what no slug begins with.
        if event is None and isinstance(name, str) and name[:1] != "$" and wrong_name:
            yield _misfit(sent, None, wrong_name, name, "the event's name")
        for place in (properties_of(sent), *_persons(sent)):
            for key, value in place.items():
                wrong = shapes[key](value) if key in declared else None
                if wrong and not not_plain(value, longest, declared.get(key)):
                    folded = event and event.fold and key in event.fold.properties
                    kind = f"a figure of {name}" if folded else named(key)
                    yield _misfit(sent, key, wrong, value, kind)
    yield from fields(history)


def _misfit(sent: Sent, key: str | None, wrong: str, value: object, kind: str) -> Finding:
    what = "the event's name" if key is None else named(key)
    return Finding(
        clause="A6",
        expected=f"{what} of the shape that the contract gives it",
        observed=f"a value that {wrong}",
        evidence=(where(sent.request, sent.event.name, key), masked(value)),
        kind=f"{kind} {_sort_of(wrong)}",
    )


def _sort_of(wrong: str) -> str:
    """For the kind of a finding: what a check that is lacking would have been about."""
    begun = (sort for begin, sort in _SORTS.items() if wrong.startswith(begin))
    return next(begun, "is of another type")


def _persons(sent: Sent) -> Iterator[dict[str, Any]]:
    for beside in (properties_of(sent), sent.event.top_level):
        for directive in PERSON_KEYS:
            if isinstance(person := beside.get(directive), dict):
                yield person


def _captures(history: History, sent: Sent) -> Sequence[do.Capture]:
    """The captures of the event's name whose properties are an object."""
    name = sent.event.name
    return _by_name(history).get(name, ()) if isinstance(name, str) else ()


@once
def _odd_past(history: History) -> bool:
    """Whether a row of the past has something else where a number is due."""
    backfill = history.contract.backfill
    database = history.scenario.history if history.scenario else None
    return any(
        not isinstance(row.values.get(column), int | None)
        for name, known in (backfill.tables.items() if backfill and database else ())
        for row in (database.tables[name].rows if database and name in database.tables else ())
        for column in known.numbers
    )


@once
def _by_name(history: History) -> dict[str, list[do.Capture]]:
    found: dict[str, list[do.Capture]] = {}
    for step in history.steps:
        plain = isinstance(step, do.Capture) and isinstance(step.event, str)
        if plain and isinstance(step.properties, dict):
            found.setdefault(step.event, []).append(step)
    return found

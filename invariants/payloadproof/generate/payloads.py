"""Payloads from a contract: values that fit, captures, occurrences, and dirt of every kind."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import (
    Contract,
    Event,
    Property,
    Shape,
)
from payloadproof.contract.catalogue import sendable, session_fold, window_fold
from payloadproof.contract.values import misfit, misfits
from payloadproof.protocol.codec import TAG
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Ids of 15 digits and more: none is a time in milliseconds or a count by chance.
SESSIONS = st.integers(min_value=10**14, max_value=2**53 - 1)
# What breaks JSON itself, among the hostile values.
BROKEN = ("nan", "infinity", "lone_surrogate")
_PLAIN_CHARS = 10
_INSIDE = 3  # items of a list, or keys of an object, that a scenario makes at most
_STEPS_MAX = 1_000  # of a scenario
_WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=8)


def fitting(prop: Shape) -> SearchStrategy[Any]:
    """Values that fit a property, or what is inside of one."""
    return _fitting(prop) | st.none() if prop.null else _fitting(prop)


def _fitting(prop: Shape) -> SearchStrategy[Any]:
    match prop.type:
        case "bool":
            return st.booleans()
        case "count" | "integer" | "number":
            return _numbers(prop)
        case "text":
            return _WORDS.map(lambda word: word[: prop.max_chars])
        case "uuid":
            return st.uuids(version=4).map(str)
        case "list":
            inner = fitting(prop.items) if prop.items else st.nothing()
            return st.lists(inner, max_size=min(prop.max_items, _INSIDE))
        case "object":
            return _objects(prop)
        case "enum":
            return st.sampled_from(prop.values)
        case "version":
            return st.tuples(*[st.integers(0, 30)] * 3).map(lambda v: "{}.{}.{}".format(*v))
        case "date":
            return st.dates(min_value=dt.date(2000, 1, 1)).map(str)
        case "epoch_ms":
            return st.integers(min_value=1_500_000_000_000, max_value=1_700_000_000_000)
        case _:
            return _WORDS


def _numbers(prop: Shape) -> SearchStrategy[Any]:
    """Of numbers eighths: sums of them are exact in binary."""
    part = 8 if prop.type == "number" else 1
    lowest = {"count": 0, "number": 0, "integer": -(10**6)}[prop.type]
    least = lowest if prop.min is None else math.ceil(prop.min * part)
    most = max(10**6, least) if prop.max is None else math.floor(prop.max * part)
    if prop.type == "number" and prop.max is None:
        most = max(2**20, least)
    if least > most:
        if prop.min is None or prop.type != "number":
            least = most  # below what is usual
        else:
            return st.just(prop.min)  # no eighth lies between the two
    whole = st.integers(min_value=least, max_value=most)
    return whole.map(lambda n: n / 8) if prop.type == "number" else whole


def _objects(prop: Shape) -> SearchStrategy[Any]:
    most = min(prop.max_keys, _INSIDE)
    keys = {name: fitting(one) for name, one in list(prop.keys.items())[:most]}
    known: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=keys)
    if prop.others is None or len(keys) >= most:
        return known
    words = _WORDS.filter(lambda word: word not in prop.keys)
    others = st.dictionaries(words, fitting(prop.others), max_size=most - len(keys))
    return st.tuples(others, known).map(lambda pair: pair[0] | pair[1])


def plain(prop: Shape) -> Any:
    """One value of a property: the same one always, and none that is taken for nothing.

    None where the property has bounds or a type for which none is so plain.
    """
    plain: dict[str, Any] = {
        "bool": True,
        "count": 7,
        "integer": 7,
        "number": 7.5,
        "version": "7.0.1",
        "date": "2025-07-01",
        "epoch_ms": 1_600_000_000_000,
        "slug": "word",
        "model": "word",
        "text": "word",
    }
    value = prop.values[0] if prop.type == "enum" else plain.get(prop.type)
    return None if misfit(prop, value, string_max_chars=_PLAIN_CHARS) else value


@st.composite
def good_captures(draw: st.DrawFn, contract: Contract, *, step: int | None = None) -> do.Capture:
    """A capture that the contract allows; with ``step``, marked so that the wire tells which.

    Unmarked where no event of the contract has a number that is free enough.
    """
    events = sendable(contract)
    marked = [name for name, event in events.items() if marker_of(contract, event)]
    names = marked if step is not None and marked else list(events)
    name = draw(st.sampled_from(names))
    event = events[name]
    properties = draw(good_properties(contract, event.properties))
    marker = marker_of(contract, event)
    if step is not None and marker:
        properties[marker] = FIRST_MARK + step
    return do.Capture(
        event=name, properties=properties, person=event.profile, transport=event.transport
    )


def good_properties(contract: Contract, keys: tuple[str, ...]) -> SearchStrategy[dict[str, Any]]:
    """Some of ``keys``, each with a value that fits."""
    return _some_of(tuple((key, contract.properties[key]) for key in keys))


@cache  # most of what a scenario takes to draw is making strategies, not drawing from them
def _some_of(properties: tuple[tuple[str, Property], ...]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: fitting(prop) for key, prop in properties})


def marker_of(contract: Contract, event: Event) -> str | None:
    """A property of the event that can hold the number of any step."""
    shapes = {key: contract.properties[key] for key in event.properties}
    numeric = (
        key
        for key, one in shapes.items()
        if one.type in ("count", "integer", "number")
        and (one.min is None or one.min <= FIRST_MARK)
        and (one.max is None or one.max >= FIRST_MARK + _STEPS_MAX)
    )
    return next(numeric, None)


@st.composite
def good_records(
    draw: st.DrawFn, contract: Contract, session: int, label: str, *, mark: int | None = None
) -> do.Record:
    """An occurrence that carries its session's label.

    With ``mark``, every summed count is that power of two, so that sums tell records apart.
    """
    fold = session_fold(contract)
    assert fold is not None
    properties = draw(good_properties(contract, contract.occurrences[fold.occurrence].properties))
    for tally in fold.properties.values():
        if tally.op == "sum" and tally.of and mark is not None:
            properties[tally.of] = mark
    properties[str(fold.properties[str(fold.attribution)].of)] = label
    return do.Record(event=fold.occurrence, properties=properties, session=session)


@st.composite
def good_contexts(draw: st.DrawFn, contract: Contract) -> do.Record:
    """An occurrence that is folded by window."""
    fold = window_fold(contract)
    assert fold is not None
    keys = contract.occurrences[fold.occurrence].properties
    return do.Record(event=fold.occurrence, properties=draw(good_properties(contract, keys)))


def unlisted_keys(contract: Contract) -> SearchStrategy[str]:
    """Keys that the contract does not have, likely ones among them."""
    likely = [
        "$groups",
        "$ip",
        "$set_once",
        "project",
        "prompt",
        "cwd",
        "email",
        "sessionDbId",
        "session_id",
        "path",
        "user",
    ]
    known = {key for event in contract.events.values() for key in event.own_properties}
    known |= set(contract.properties)
    return (st.sampled_from(likely) | _WORDS).filter(lambda key: key not in known)


@cache
def near_keys(listed: tuple[str, ...], known: frozenset[str]) -> tuple[str, ...]:
    """Keys that a careless comparison takes for listed ones."""
    near = [
        made
        for key in listed
        for made in (
            *(key[:-1], f"{key}s", key.upper(), key.title(), f"{key}_id", f"x_{key}", f"{key} "),
            *(f"{key}.name", f"properties.{key}", key.replace("_", ""), key.replace("_", "-")),
            *(f"{key}\u200b", "".join(chr(ord(one) + 0xFEE0) for one in key)),
        )
    ]
    return tuple(one for one in dict.fromkeys(near) if one and one not in known)


def dirt(
    contract: Contract, keys: tuple[str, ...], kinds: tuple[str, ...]
) -> SearchStrategy[dict[str, Any]]:
    """Entries that must not survive as they are: unlisted, nested, too long, not finite.

    ``kinds``: the hostile values that the adapter builds.
    """
    longest = contract.limits.string_max_chars
    nested = st.sampled_from([{"inner": {"deep": 1}}, [1, "two", [3]], {}, []])
    long = st.sampled_from([longest + 1, longest * 2]).flatmap(_long)
    broken = hostile(tuple(kind for kind in BROKEN if kind in kinds))
    keyed = unlisted_keys(contract)
    known = {key for event in contract.events.values() for key in event.own_properties}
    if near := near_keys(keys, frozenset({*known, *contract.properties})):
        keyed |= st.sampled_from(near)
    unlisted = st.dictionaries(keyed, _WORDS | st.integers(0, 99) | st.booleans(), max_size=3)
    if not keys:
        return unlisted
    listed = st.dictionaries(
        st.sampled_from(keys), nested | long | broken | st.none(), min_size=1, max_size=3
    )
    return st.tuples(unlisted, listed).map(lambda pair: pair[0] | pair[1]) | unlisted


def _long(size: int) -> SearchStrategy[str]:
    # A pair outside the basic plane astride the cut shows who cuts it in two.
    return st.sampled_from(["x" * size, "x" * (size - 2) + "\U0001f600\U0001f600"])


def hostile(kinds: tuple[str, ...]) -> SearchStrategy[dict[str, str]]:
    """Tags of values that JSON cannot hold; nothing where the adapter builds none."""
    return st.sampled_from(kinds).map(lambda kind: {TAG: kind}) if kinds else st.nothing()


def invalid(prop: Property) -> tuple[Any, ...]:
    """Plain JSON values that are no numbers of this property: they count as absent."""
    wrong = misfits(prop, string_max_chars=1)
    return tuple(value for value in (-5, "12", True, 1.5) if wrong(value))


def capture_of(name: str, event: Event, properties: dict[str, Any]) -> do.Capture:
    """A capture of the event by its own transport, with a person where the event has one."""
    return do.Capture(
        event=name, properties=properties, person=event.profile, transport=event.transport
    )

"""A contract drafted from JSON Schema: of one event, of several, or of an event's properties.

Rule 1: no reference is followed out of the file, and none in it deeper than a bound.
Rule 2: what a schema says and a contract cannot (a pattern, a condition, one of several shapes) is
a mark for a person, and never a wider type.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from payloadproof.contract.draft import EVENTS_MAX
from payloadproof.contract.draft import KEYS_MAX as EVENT_KEYS_MAX
from payloadproof.contract.guessing import Guess
from payloadproof.contract.seen import KEYS_MAX, unnameable
from payloadproof.contract.sketch import Sketch, is_among, undecided

_DEPTH_MAX: Final = 6  # of lists, objects and references inside of one another
_LOOKED_AT_MAX: Final = 10_000  # schemas of one file: references make a small one endless
_INSIDE_MAX: Final = 300  # schemas of one property
_ITEMS: Final = 20  # of a list without a bound
_ENUM_MAX: Final = 100
_WORD_MAX: Final = 100  # characters
_FORMATS: Final = {"uuid": "uuid", "date": "date"}
_EVENT_KEYS: Final = ("event", "name", "type")
_COMBINED: Final = ("oneOf", "anyOf", "allOf")
Schema = Mapping[str, Any]


def sketched(schema: Schema, name: str, sketch: Sketch) -> None:
    """Put what a schema declares into a sketch.

    Args:
        schema: the document.
        name: what the event is called where the schema does not say.
        sketch: filled.
    """
    _Reading(schema, sketch).document(schema, name, 0)


class _Reading:
    def __init__(self, root: Schema, sketch: Sketch) -> None:
        self._root = root
        self._looked_at = self._until = 0
        self._sketch = sketch

    def document(self, schema: Schema, name: str, depth: int) -> None:
        """One event, or several of which each is described."""
        schema = self._resolved(schema)
        self._looked_at += 1
        several = [one for one in self._several(schema) if self._is_event(one)]
        if several and depth < _DEPTH_MAX and self._looked_at < _LOOKED_AT_MAX:
            shared = {key: value for key, value in schema.items() if key not in _COMBINED}
            for one in several:
                self.document(_merged(shared, one), name, depth + 1)
            return
        self._one(schema, name)

    def _one(self, schema: Schema, name: str) -> None:
        keys = _tables(schema.get("properties"))
        names = self._names(keys)
        wrapped = self._resolved(_table(keys.get("properties")))
        inside = _tables(wrapped.get("properties"))
        called: list[object] = [*names] if names is not None else []
        if not called:
            title = schema.get("title")
            called = [title if isinstance(title, str) and "event" not in keys else name]
            self._sketch.note("an event is called as its schema's title, or as the file")
        self._sketch.leave("events", len(called) - EVENTS_MAX)
        for one in called[:EVENTS_MAX]:
            event = self._sketch.event(one, schema.get("description"))
            if event is None:
                continue
            own = inside if names is not None or inside else keys
            self._open(wrapped if own is inside else schema)
            self._sketch.leave("properties", len(own) - EVENT_KEYS_MAX)
            for key, value in islice(own.items(), EVENT_KEYS_MAX):
                described = self._resolved(_table(value))
                self._until = min(self._looked_at + _INSIDE_MAX, _LOOKED_AT_MAX)
                guess = self.guess(value, 0)
                self._sketch.property(key, guess, described.get("description"), of=event)

    def _open(self, schema: Schema) -> None:
        if schema.get("additionalProperties", True) is not False:
            self._sketch.note("the schema lets other keys pass, and this file does not")

    def _names(self, keys: Schema) -> list[object] | None:
        """What an envelope says of its event's name; None where it is no envelope."""
        for key in _EVENT_KEYS:
            said = self._resolved(_table(keys.get(key)))
            if "const" in said and "properties" in keys:
                return [said["const"]]
            listed = said.get("enum")
            if key == "event" and isinstance(listed, list):
                return listed
        return None

    def _several(self, schema: Schema) -> Iterator[Schema]:
        for word in _COMBINED:
            members = schema.get(word)
            for one in members if isinstance(members, list) else ():
                resolved = self._resolved(_table(one))
                when = _table(_table(resolved.get("if")).get("properties"))
                then = _table(resolved.get("then"))
                if when and then:
                    yield {**then, "properties": {**when, **_tables(then.get("properties"))}}
                else:
                    yield resolved

    def _is_event(self, schema: Schema) -> bool:
        return self._names(_tables(schema.get("properties"))) is not None

    def _resolved(self, schema: Schema) -> Schema:
        """What a reference in this file stands for, with what stands beside it."""
        for _ in range(_DEPTH_MAX):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self._pointed(reference), **beside}
        return {"$comment": "a reference that leads nowhere"}

    def _pointed(self, reference: str) -> Schema:
        inner: Any = self._root
        if not reference.startswith("#/") and reference != "#":
            return {"$comment": "a reference to another file"}
        for part in reference[2:].split("/") if reference != "#" else ():
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            inner = inner.get(key) if isinstance(inner, dict) else None
        return _table(inner)

    def guess(self, raw: object, depth: int) -> Guess:
        """The tightest shape that the schema asks for."""
        self._looked_at += 1
        if depth > _DEPTH_MAX or self._looked_at > self._until:
            return undecided("its schema is too deep, or too large, to be looked at here")
        if not isinstance(raw, Mapping):
            return undecided("it may be anything")
        schema = self._resolved(raw)
        for word in _COMBINED:
            members = schema.get(word)
            if isinstance(members, list) and members:
                return self._one_of(schema, members, depth)
        if "enum" in schema or "const" in schema:
            return _closed(schema.get("enum", [schema.get("const")]))
        kinds = schema.get("type")
        several = [one for one in kinds if one != "null"] if isinstance(kinds, list) else [kinds]
        if len(several) != 1:
            return undecided("it may be of several types")
        shape, reasons = self._of_type(str(several[0]), schema, depth)
        if isinstance(kinds, list) and "null" in kinds:
            shape["null"] = True
        return shape, reasons

    def _one_of(self, schema: Schema, members: list[Any], depth: int) -> Guess:
        tables = [self._resolved(_table(one)) for one in members]
        some = [one for one in tables if not _is_null(one)]
        if len(some) != 1:
            return undecided("it is described as one of several shapes")
        kept = {key: value for key, value in schema.items() if key not in _COMBINED}
        shape, reasons = self.guess({**kept, **some[0]}, depth + 1)
        if len(some) < len(tables):
            shape["null"] = True
        return shape, reasons

    def _of_type(self, kind: str, schema: Schema, depth: int) -> Guess:
        match kind:
            case "boolean":
                return {"type": "bool"}, ["as its schema has it"]
            case "integer" | "number":
                return _number(kind, schema)
            case "string":
                return _text(schema)
            case "array":
                return self._list(schema, depth)
            case "object":
                return self._object(schema, depth)
            case _:
                return undecided("its schema names no type")

    def _list(self, schema: Schema, depth: int) -> Guess:
        inner, reasons = self.guess(schema.get("items"), depth + 1)
        most = _whole(schema.get("maxItems"))
        bound = "" if most else f"a bound of {_ITEMS} is a guess; "
        shape = {"type": "list", "items": inner, "max_items": most or _ITEMS}
        return shape, [f"{bound}{'; '.join(reasons)}"]

    def _object(self, schema: Schema, depth: int) -> Guess:
        keys, told = {}, []
        declared = _tables(schema.get("properties"))
        for name, inner in list(declared.items())[:KEYS_MAX]:
            if unnameable(name) is None:
                keys[name], reasons = self.guess(inner, depth + 1)
                told.append("; ".join(reasons))
        if len(keys) < len(declared):
            told.insert(0, f"{len(declared) - len(keys):,} keys are left out")
        shape: dict[str, Any] = {"type": "object"} | ({"keys": keys} if keys else {})
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            shape["others"], reasons = self.guess(others, depth + 1)
            told.append(f"others: {'; '.join(reasons)}")
        elif not keys:
            shape["others"], _ = undecided("")
            told.append("its keys are not described")
        if most := _whole(schema.get("maxProperties")):
            shape["max_keys"] = most
        return shape, ["; ".join(dict.fromkeys(told)) or "as its schema has it"]


def _is_null(schema: Schema) -> bool:
    return schema.get("type") == "null" or schema.get("const", "") is None


def _number(kind: str, schema: Schema) -> Guess:
    bounds: dict[str, float] = {}
    for ours, theirs in (("min", "minimum"), ("max", "maximum")):
        bound = schema.get(theirs)
        if isinstance(bound, int | float) and not isinstance(bound, bool) and abs(bound) < 2**63:
            bounds[ours] = bound
    if bounds.get("min", -math.inf) > bounds.get("max", math.inf):
        return {"type": kind}, ["no number is in its range"]
    if kind == "integer" and bounds.get("min", -1) >= 0:
        kind = "count"
    if kind == "integer" and "min" not in bounds:
        return {"type": kind, **bounds}, ["may it be below zero? No least is given"]
    return {"type": kind, **bounds}, ["as its schema has it"]


def _text(schema: Schema) -> Guess:
    form = schema.get("format")
    if form in _FORMATS:
        reason = "an id: whose, and is it random?" if form == "uuid" else "as its schema has it"
        return {"type": _FORMATS[form]}, [reason]
    if isinstance(form, str) and form in ("email", "idn-email", "hostname", "ipv4", "ipv6", "uri"):
        return undecided(f"its format is {form}: do not send it, or declare type text and `never`")
    if "pattern" in schema:
        return undecided("a pattern: slug, model, version or id may be what it means")
    return undecided(
        "text of any words, which is a finding until it is declared: an enum, or type text and what"
        " it may `never` hold"
    )


def _closed(values: object) -> Guess:
    """A closed set."""
    if not isinstance(values, list) or not values:
        return undecided("a closed set without a value")
    some = [one for one in values if one is not None]
    null = {"null": True} if len(some) < len(values) else {}
    if is_among(some, bool):
        return {"type": "bool", **null}, ["a closed set of true and false"]
    if is_among(some, int):
        kind = "count" if min(some) >= 0 else "integer"
        bounds = {"min": min(some), "max": max(some)} if max(map(abs, some)) < 2**63 else {}
        return {"type": kind, **bounds, **null}, ["a closed set of numbers"]
    words = [one for one in some if isinstance(one, str) and unnameable(one) is None]
    if len(words) < len(some) or not words or len(words) > _ENUM_MAX:
        return undecided("a closed set of what no contract lists: decide which words there are")
    return {"type": "enum", "values": list(dict.fromkeys(words)), **null}, ["as its schema has it"]


def _whole(raw: object) -> int | None:
    return raw if isinstance(raw, int) and raw is not True and 0 < raw < 2**31 else None


def _merged(shared: Schema, one: Schema) -> dict[str, Any]:
    keys = {**_tables(shared.get("properties")), **_tables(one.get("properties"))}
    return {**shared, **one, "properties": keys}


def _table(raw: object) -> Schema:
    return raw if isinstance(raw, Mapping) else {}


def _tables(raw: object) -> dict[str, Any]:
    return dict(_table(raw))

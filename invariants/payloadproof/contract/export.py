"""What a contract lets a program send, as JSON Schema, for those who validate elsewhere.

Rule 1: whatever the schema refuses, the clauses A1 to A6 find, too.
Rule 2: what JSON Schema cannot say (that a value looks like a secret, how often an event may be
sent, which consent it needs) stands under ``$comment``, and is not judged by it.
"""

from __future__ import annotations

from typing import Any, Final

from payloadproof.contract.model import Contract, Event
from payloadproof.contract.posthog import TABLES, keys_of
from payloadproof.contract.property import Property, Shape

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# At the very end: in some engines a dollar sign stands before a last line break, too.
_END: Final = "$(?!\\n)"
_PATTERNS: Final[dict[str, tuple[str, int]]] = {
    "slug": ("[A-Za-z0-9][A-Za-z0-9._:+-]*", 64),
    "model": ("[A-Za-z0-9][A-Za-z0-9._:+-]*(/[A-Za-z0-9._:+-]+)?", 100),
    "version": ("[0-9][0-9.]*[A-Za-z0-9.+-]*", 64),
    "date": ("[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", 10),
    "uuid": ("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", 36),
    "id": ("[A-Za-z0-9][A-Za-z0-9._:+-]*", 100),
}
_PLAIN: Final = {"type": ["string", "number", "boolean"]}


def schema_of(contract: Contract) -> dict[str, Any]:
    """The schema of one event: ``event``, ``distinct_id``, ``properties`` and what is beside."""
    longest = contract.limits.string_max_chars
    properties = {name: _property(one, longest) for name, one in contract.properties.items()}
    return {
        "$schema": _DIALECT,
        "title": f"What {contract.product.name} may send",
        "description": contract.product.description,
        "$comment": "Secrets in values that fit, ceilings and consent are judged by payloadproof.",
        "type": "object",
        "required": ["event", "distinct_id"],
        "properties": {"event": {"enum": list(contract.events)}},
        "allOf": [
            {
                "if": {"properties": {"event": {"const": name}}},
                "then": _event(contract, name, event),
            }
            for name, event in contract.events.items()
        ],
        "$defs": {"properties": properties},
    }


def _event(contract: Contract, name: str, event: Event) -> dict[str, Any]:
    longest = contract.limits.string_max_chars
    declared = (*(contract.base if event.base else ()), *event.properties)
    keys: dict[str, Any] = {key: _reference(key) for key in declared}
    keys |= {key: _property(one, longest) for key, one in event.own_properties.items()}
    for key in sorted({*contract.wire.directives, *contract.wire.every_stamp, *keys_of(name)}):
        keys.setdefault(key, {} if key in TABLES else dict(_PLAIN))
    person = {
        "type": "object",
        "properties": {key: _reference(key) for key in contract.person},
        "additionalProperties": False,
    }
    keys |= {key: person for key in ("$set", "$set_once") if key in contract.wire.directives}
    if event.error:
        # Their text is judged by the clauses of errors alone.
        keys |= {f"$exception_{part}": {} for part in ("list", "fingerprint", "level", "type")}
        keys["$exception_message"] = {}
    shape: dict[str, Any] = {
        "description": event.description,
        "properties": {
            "properties": {"type": "object", "properties": keys, "additionalProperties": False}
        },
    }
    if event.ceiling_per_day:
        shape["$comment"] = f"at most {event.ceiling_per_day} a day of one install"
    return shape


def _reference(key: str) -> dict[str, str]:
    pointer = key.replace("~", "~0").replace("/", "~1")
    return {"$ref": f"#/$defs/properties/{_escaped(pointer)}"}


def _escaped(pointer: str) -> str:
    """As a fragment of a URI holds it."""
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~"
    return "".join(
        char if char in safe else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in pointer
    )


def _property(prop: Property, longest: int) -> dict[str, Any]:
    return {"description": prop.description, **_shape(prop, longest)}


def _shape(shape: Shape, longest: int) -> dict[str, Any]:
    plain = _of_type(shape, longest)
    return {"anyOf": [plain, {"type": "null"}]} if shape.null else plain


def _of_type(shape: Shape, longest: int) -> dict[str, Any]:
    match shape.type:
        case "bool":
            return {"type": "boolean"}
        case "count" | "integer" | "number":
            return _number(shape)
        case "epoch_ms":
            return {"type": "integer", "minimum": 946_684_800_000, "maximum": 4_102_444_799_999}
        case "enum":
            return {"enum": list(shape.values)}
        case "text":
            return {"type": "string", "maxLength": shape.max_chars or longest}
        case "list":
            items = _shape(shape.items, longest) if shape.items else False
            return {"type": "array", "items": items, "maxItems": shape.max_items}
        case "object":
            return _object(shape, longest)
        case "id":
            return {"anyOf": [_pattern("id"), {"type": "integer"}]}
        case named:
            return _pattern(named)


def _number(shape: Shape) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "number" if shape.type == "number" else "integer"}
    least = max(shape.min or 0, 0) if shape.type == "count" else shape.min
    bounds = {"minimum": least, "maximum": shape.max}
    return made | {name: bound for name, bound in bounds.items() if bound is not None}


def _pattern(name: str) -> dict[str, Any]:
    pattern, longest = _PATTERNS[name]
    return {"type": "string", "pattern": f"^(?:{pattern}){_END}", "maxLength": longest}


def _object(shape: Shape, longest: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": {name: _shape(one, longest) for name, one in shape.keys.items()},
        "additionalProperties": _shape(shape.others, longest) if shape.others else False,
        "maxProperties": shape.max_keys,
    }
    if shape.others:
        made["propertyNames"] = {"anyOf": [{"enum": list(shape.keys)}, _pattern("slug")]}
    return made

"""What one value may be: its type, its bounds, and what is inside of it.

Rule 1: deny by default, inside too: a table without ``keys`` holds nothing, a list has one type.
Rule 2: whatever can grow has a bound: characters, items, keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from payloadproof.contract.problem import Flaw
from payloadproof.syntax import toml

PropertyType = Literal[
    "bool",
    "count",
    "integer",
    "number",
    "enum",
    "slug",
    "model",
    "version",
    "date",
    "epoch_ms",
    "uuid",
    "id",
    "text",
    "list",
    "object",
]
#: What a text may be searched for.
Never = Literal["path", "email", "url_query", "secret", "network_address", "phone", "card", "id"]

Line = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]

#: Bounds of what has none of its own.
ITEMS_MAX = 100
KEYS_MAX = 50

_NUMBERS = ("count", "integer", "number")


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a value may be, of a property or of what is inside of one."""

    type: PropertyType
    values: tuple[str, ...] = ()  # the closed set of an enum
    max_chars: Positive | None = None  # of a text
    never: tuple[Never, ...] | None = None  # what a text may not hold, in every run; see below
    min: float | None = None  # the least of a count, an integer or a number
    max: float | None = None  # the greatest
    null: bool = False  # whether it may be null, too
    items: Shape | None = None  # what a list holds
    max_items: Positive = ITEMS_MAX  # of a list
    keys: dict[str, Shape] = {}  # the keys that an object may have
    others: Shape | None = None  # what stands under any other key of an object, if any may be there
    max_keys: Positive = KEYS_MAX  # of an object, all of them

    def __hash__(self) -> int:
        """Of what tells most shapes apart: a table has no hash, and equality looks at all."""
        return hash((self.type, self.values, self.max_chars, self.min, self.max, self.null))


class Property(Shape, frozen=True, kw_only=True):
    """One key that may be sent, and what its value may be.

    ``never`` left out: a recorded text is searched for all of them; with it, every text is searched
    for those that it names, and for no other. A text that holds one breaks A6 malformed values, a
    SHOULD clause: let a gate be ``--strict`` if it is to fail by it.
    """

    description: Line
    unit: str | None = None

    def __hash__(self) -> int:
        """Of what no two properties share."""
        return hash((self.type, self.description))


def property_flaws(prop: Shape, key: str) -> Iterator[Flaw]:
    """What every key allows by itself, and the type does not."""
    if prop.type == "enum" and not prop.values:
        expected, example = "the closed set of an enum", 'values = ["start", "stop"]'
        yield Flaw(f"{key}.values", expected, "nothing", example)
    of_type: tuple[tuple[str, object, tuple[str, ...]], ...] = (
        ("values", prop.values, ("enum",)),
        ("max_chars", prop.max_chars, ("text",)),
        ("never", prop.never is not None, ("text",)),
        ("min", prop.min is not None, _NUMBERS),
        ("max", prop.max is not None, _NUMBERS),
        ("items", prop.items, ("list",)),
        ("max_items", prop.max_items != ITEMS_MAX, ("list",)),
        ("keys", prop.keys, ("object",)),
        ("others", prop.others, ("object",)),
        ("max_keys", prop.max_keys != KEYS_MAX, ("object",)),
    )
    for name, given, types in of_type:
        if given and prop.type not in types:
            expected = f"no {name}, or the type {' or '.join(types)}"
            found = f"{name} of a {prop.type}"
            yield Flaw(f"{key}.{name}", expected, found, toml.assigned("type", types[0]))
    if prop.min is not None and prop.max is not None and prop.min > prop.max:
        expected, found = f"at least the min, {prop.min:g}", f"{prop.max:g}"
        yield Flaw(f"{key}.max", expected, found, f"max = {prop.min + 1:g}")
    if prop.type == "list" and prop.items is None:
        example = 'items = { type = "slug" }'
        yield Flaw(f"{key}.items", "what the list holds", "nothing", example)
    if prop.type == "object" and not prop.keys and prop.others is None:
        example = 'keys = { size = { type = "count" } }'
        yield Flaw(f"{key}.keys", "the keys that it may have, or others", "neither", example)
    inner = {"items": prop.items, "others": prop.others}
    for name, shape in inner.items():
        if shape is not None:
            yield from property_flaws(shape, f"{key}.{name}")
    for name, shape in prop.keys.items():
        yield from property_flaws(shape, toml.dotted(f"{key}.keys", name))

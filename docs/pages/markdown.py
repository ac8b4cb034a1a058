"""What all pages share: tables, docstrings and types as Markdown."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from payloadproof.syntax import toml
from payloadproof.syntax.markdown import code

MEANINGS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("meanings.toml").read_text(encoding="utf-8")
)


def fields(
    struct: type[msgspec.Struct], meanings: Mapping[str, str], *, of_toml: bool = False
) -> Iterator[tuple[str, ...]]:
    """A row of name, type, default and meaning for each field, of a message or of a TOML table."""
    shapes = schema(struct)["properties"]
    for field in msgspec.structs.fields(struct):
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if default is msgspec.NODEFAULT:
            shown = "required"
        elif isinstance(default, msgspec.Struct):
            shown = "its defaults"
        elif of_toml:
            # TOML has no null: what has no value is left out.
            shown = "left out" if default is None else code(toml.value(default), cell=True)
        else:
            shown = _as_json(default)
        kind = _type(shapes[field.name])
        yield (
            f"`{field.name}`",
            kind.removesuffix(" or null") if of_toml else kind,
            shown,
            meanings[field.name],
        )


def _as_json(value: object) -> str:
    return code(msgspec.json.encode(value).decode(), cell=True)


def schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of one struct alone."""
    _, components = msgspec.json.schema_components([struct])
    found: dict[str, Any] = components[struct.__name__]
    return found


def _type(shape: Mapping[str, Any]) -> str:
    match shape:
        case {"$ref": str(ref)}:
            named = ref.rpartition("/")[2]
            text = f"[{named}](#{named.lower()})" if named in MEANINGS["tables"] else f"`{named}`"
        case {"anyOf": shapes}:
            text = " or ".join(_type(one) for one in shapes)
        case {"enum": values}:
            text = ", ".join(map(_as_json, values))
        case {"type": "array", "items": items}:
            text = f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(items)}:
            text = f"map of {_type(items)}"
        case {"type": "string"}:
            text = "text"
        case {"type": str(text)}:
            pass
        case _:
            text = "anything"
    return text


def doc(thing: object) -> str:
    """A docstring as Markdown: ``code`` is `code`, a rule is an item of a list."""
    parts = []
    for part in (inspect.getdoc(thing) or "").split("\n\n"):
        if part.startswith("Rule "):
            rules = part.replace("\nRule ", "\0Rule ").split("\0")
            parts.append("\n".join(f"- {joined(rule)}" for rule in rules))
        else:
            parts.append(joined(part))
    return "\n\n".join(parts).replace("``", "`")


def joined(text: str) -> str:
    """In one line."""
    return " ".join(text.split())


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar in a cell has to be escaped before."""
    lines = [list(heading), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(joined(cell) for cell in line)} |" for line in lines)


def block(text: str, language: str) -> str:
    """A block of code."""
    return f"```{language}\n{text}\n```"


def listed(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(code(name, cell=True) for name in names)


def quoted(values: Iterable[str]) -> str:
    """Values as code in quotes, with commas."""
    return ", ".join(code(toml.text(value), cell=True) for value in values)


def anchor(heading: str) -> str:
    """The fragment that leads to a heading, as GitHub makes it."""
    return "".join(c for c in heading.lower() if c.isalnum() or c in "-_ ").replace(" ", "-")

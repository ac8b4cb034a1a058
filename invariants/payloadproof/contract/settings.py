"""The files in which programs keep their settings, read and written as far as consent needs it.

Rule 1: every reader is total: what it cannot read with certainty is None, and nobody is judged by
it. YAML is read as far as nested keys with plain values go; anchors, lists and blocks are not.
Rule 2: what is written here is read back as it was.
Rule 3: a file that says the same key twice is damaged: programs do not agree on what it says. In
JSON they do: the last one counts.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from payloadproof.contract.secrets import UUID
from payloadproof.syntax import toml

Format = Literal["json", "yaml", "toml", "ini", "rc", "plain"]
Word = bool | int | str

#: Formats in which every value is text.
OF_TEXT: frozenset[Format] = frozenset({"ini", "rc", "plain"})

_YAML_LINE = re.compile(r"( *)(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_.$-]+) *:(?: +(.*)|)$")
# What begins with a digit, a dot or a sign may be a number, a date or a time.
_YAML_PLAIN = re.compile(r"[A-Za-z_/][^:#\"\\\x00-\x1f\x7f-\uffff]*")
# What YAML 1.1 reads as a boolean and 1.2 as text.
_YAML_DOUBTFUL = frozenset({"y", "n", "yes", "no", "on", "off"})
_YAML_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_RC_LINE = re.compile(r"(?:export\s+)?([^\s=#;]+)\s*=\s*(.*)")


def path_of(key: str) -> tuple[str, ...] | None:
    """The parts of a key as TOML writes it: ``telemetry.enabled``, or ``"a.b"`` for one part."""
    try:
        inner: Any = tomllib.loads(f"{key} = 0") if key and "\n" not in key else None
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    parts = []
    while isinstance(inner, dict):
        if len(inner) != 1:
            return None
        ((name, inner),) = inner.items()
        parts.append(name)
    return tuple(parts) if inner == 0 and parts else None


def read(kind: Format, text: str) -> dict[str, Any] | None:
    """The tables of a settings file, None for one that is damaged; a plain file has none."""
    try:
        return _READERS[kind](text)
    except (ValueError, RecursionError, configparser.Error):
        return None


def written(kind: Format, content: Mapping[str, Any]) -> str:
    """The file that holds these tables; of text formats, booleans are written as words."""
    return _WRITERS[kind](content)


def put(content: Mapping[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    """A copy of the tables with one value more."""
    first, *rest = path
    below = content.get(first)
    inner = put(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value
    return {**content, first: inner}


def leaves(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that is no table, by its path."""
    for name, value in content.items():
        if isinstance(value, dict) and value:
            yield from (((name, *path), inner) for path, inner in leaves(value))
        else:
            yield (name,), value


def _json(text: str) -> dict[str, Any] | None:
    content = json.loads(text)
    return content if isinstance(content, dict) else None


def _yaml(text: str) -> dict[str, Any] | None:
    if text.strip() in _YAML_WORDS and _YAML_WORDS[text.strip()] is None:
        return {}  # an empty document
    whole: dict[str, Any] = {}
    tables: list[tuple[int, dict[str, Any]]] = [(-1, whole)]  # by how far they are set in
    opened: tuple[dict[str, Any], str] | None = None  # a key whose value may be a table below it
    for line in text.removeprefix("---\n").splitlines():
        bare = line.split(" #")[0].rstrip()
        if not bare.strip() or bare.lstrip().startswith("#"):
            continue
        match = _YAML_LINE.fullmatch(bare)
        if match is None:
            return None
        depth, name = len(match[1]), _yaml_value(match[2])
        if not isinstance(name, str) or match[2].lower() in _YAML_DOUBTFUL:
            return None
        if opened is not None and depth > tables[-1][0] and depth > _depth_of(tables, opened[0]):
            table: dict[str, Any] = {}
            opened[0][opened[1]] = table
            tables.append((depth, table))
        while len(tables) > 1 and tables[-1][0] > depth:
            tables.pop()
        if tables[-1][0] not in (-1, depth) or (tables[-1][0] == -1 and (depth or len(tables) > 1)):
            return None
        table = tables[-1][1]
        if name in table:
            return None
        table[name] = _yaml_value((match[3] or "").strip())
        opened = (table, name) if not (match[3] or "").strip() else None
    return whole


def _depth_of(tables: list[tuple[int, dict[str, Any]]], table: dict[str, Any]) -> int:
    """How far a table's keys are set in: those of the whole file are not."""
    return next((max(depth, 0) for depth, one in tables if one is table), 0)


def _yaml_value(text: str) -> Any:
    if text in _YAML_WORDS:
        return _YAML_WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if text[:1] == text[-1:] == '"' and len(text) > 1 and (text[:2] != '""' or text == '""'):
        return tomllib.loads(f"x = {text}")["x"]  # the same escapes, and U+10000 in one
    if text[:1] == text[-1:] == "'" and len(text) > 1 and "'" not in text[1:-1]:
        return text[1:-1]
    if not _YAML_PLAIN.fullmatch(text) and not UUID.fullmatch(text):
        raise ValueError(text)
    return text


def _ini(text: str) -> dict[str, Any]:
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as it is written
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _rc(text: str) -> dict[str, Any] | None:
    pairs = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        match = _RC_LINE.fullmatch(bare)
        if match is None:
            return None
        value = match[2].strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        pairs.append((match[1], value[1:-1] if quoted else value))
    made = dict(pairs)
    return made if len(made) == len(pairs) else None


def _as_word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _to_toml(content: Mapping[str, Any], above: str = "") -> str:
    plain = {k: v for k, v in content.items() if not isinstance(v, dict)}
    lines = [f"{toml.assigned(name, value)}\n" for name, value in plain.items()]
    for name, table in content.items():
        if isinstance(table, dict):
            here = toml.dotted(above, name)
            lines.append(f"[{here}]\n{_to_toml(table, here)}")
    return "".join(lines)


def _to_yaml(content: Mapping[str, Any], depth: int = 0) -> str:
    lines = []
    for name, value in content.items():
        doubtful = name in _YAML_WORDS or name.lower() in _YAML_DOUBTFUL
        bare = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) and not doubtful
        key = "  " * depth + (name if bare else toml.text(name))
        if isinstance(value, dict):
            lines.append(f"{key}:\n{_to_yaml(value, depth + 1)}")
        else:
            text = toml.text(value) if isinstance(value, str) else json.dumps(value)
            lines.append(f"{key}: {text}\n")
    return "".join(lines)


def _to_ini(content: Mapping[str, Any]) -> str:
    return "".join(f"[{name}]\n{_to_rc(table)}" for name, table in content.items())


def _to_rc(content: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_as_word(value)}\n" for name, value in content.items())


_READERS: dict[Format, Callable[[str], dict[str, Any] | None]] = {
    "json": _json,
    "yaml": _yaml,
    "toml": tomllib.loads,
    "ini": _ini,
    "rc": _rc,
    "plain": lambda _: {},
}
_WRITERS: dict[Format, Callable[[Mapping[str, Any]], str]] = {
    "json": json.dumps,
    "yaml": _to_yaml,
    "toml": _to_toml,
    "ini": _to_ini,
    "rc": _to_rc,
    "plain": lambda _: "",
}

"""Stacks of other runtimes, line by line: function, code file's name, line.

Rule 1: a table, one row for each runtime. What a row makes is one form for all,
``at function (file:line)``, which the rest of the redaction knows.
Rule 2: arguments go: PHP and Go print them, and they are data.
Rule 3: of a function's name stays what follows the last separator of a path: Go writes the host and
the owner of a repository before it.
Rule 4: nothing is safe yet. What is made here goes through every rule of the redaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction.patterns import Pattern


@dataclass(frozen=True)
class Shape:
    """How a runtime writes a frame, or what introduces its frames."""

    runtime: str
    pattern: Any
    plain: Callable[[Any], str]


def _at(function: str, file: str, line: str) -> str:
    named = function.partition(" in goroutine")[0]
    bare = named.replace("\\", "/").rpartition("/")[2].strip()
    return f"at {bare} ({redact_paths.basename(file)}{line})"


def _raised(match: Any) -> str:
    file, line, function, message, name = match.groups()
    head = f"{name}: {message}\n" if name else ""
    return head + _at(function, file, line)


def _shape(runtime: str, pattern: str, plain: Callable[[Any], str]) -> Shape:
    return Shape(runtime, Pattern(f"(?m){pattern}"), plain)


SHAPES = (
    _shape(
        "Rust",
        r"^ *[0-9]+: (?:0x[0-9a-f]+ - )?([^\n]+)\n +at ([^\n]+?)(:[0-9]+(?::[0-9]+)?)$",
        lambda match: _at(*match.groups()),
    ),
    _shape(
        "Rust",
        r"^thread '[^'\n]*' (?:\([0-9]+\) )?panicked at ([^\n]+?)(:[0-9]+:[0-9]+):\n([^\n]*)$",
        lambda match: f"panicked: {match[3]}\nat {redact_paths.basename(match[1])}{match[2]}",
    ),
    _shape(
        "Go",
        r"^(?:created by )?([^\s(\n][^\n(]*(?:\(\*\w+\)[^\n(]*)?)(?:\([^\n]*\))?"
        r"(?: in goroutine [0-9]+)?\n\t([^\n]+?\.go)(:[0-9]+)(?: \+0x[0-9a-f]+)?$",
        lambda match: _at(*match.groups()),
    ),
    _shape(
        "Java",
        r"^Exception in thread \"[^\"\n]*\" ",
        lambda _: "",
    ),
    _shape(
        "Java",
        r"^[ \t]*at [\w.@-]*/+((?:[\w$<>]+\.)+[\w$<>]+)\(([\w$.-]+)(:[0-9]+)\)$",
        lambda match: _at(*match.groups()),
    ),
    _shape(
        "PHP",
        r"^#[0-9]+ ([^\n]+?\.\w+)\(([0-9]+)\): ([\w\\:>{}-]+)\([^\n]*$",
        lambda match: _at(match[3], match[1], f":{match[2]}"),
    ),
    _shape(
        "PHP",
        r"^(?:PHP )?Fatal error: +(?:Uncaught )?",
        lambda _: "",
    ),
    _shape(
        "Ruby",
        r"^[ \t]*(?:from )?([^\n:]+)(:[0-9]+):in [`']([^'\n]+)'(?:: ([^\n]*) \(([\w:]+)\))?$",
        _raised,
    ),
)


def plain(text: str) -> str:
    """A stack with the frames of every runtime written in one form; other lines as they are."""
    for shape in SHAPES:
        pieces: list[str] = []
        end = 0
        for match in shape.pattern.finditer(text):
            pieces += text[end : match.start()], shape.plain(match)
            end = match.end()
        text = "".join((*pieces, text[end:]))
    return text

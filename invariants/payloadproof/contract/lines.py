"""On which line of a contract's file a name is declared: where its author begins to mend.

Rule 1: it is read off the text, since TOML's reader tells no lines; what a text in three quotes
holds may be taken for a line of the file's own, and then the first such line is told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
    r"""(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'))*)\s*="""
)


def lines(text: str) -> Mapping[tuple[str, ...], int]:
    """The line, from 1 on, of every table and every key, by its path: ``("events", "started")``."""
    found: dict[tuple[str, ...], int] = {}
    above: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            above = _path(header[1]) or above
            declared = above
        elif key := _KEY.match(line):
            declared = above + _path(key[1])
        else:
            continue
        for depth in range(1, len(declared) + 1):
            found.setdefault(declared[:depth], number)
    return found


def _path(dotted: str) -> tuple[str, ...]:
    """The names of a dotted key; none where it is not one."""
    try:
        node: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    names = []
    while isinstance(node, dict) and node:
        (name, node), *_ = node.items()
        names.append(name)
    return tuple(names)

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
# A bare or a quoted name, or the number of an item.
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'|\[[0-9]+\]""")


def lines(text: str) -> Mapping[tuple[str, ...], int]:
    """The line, from 1 on, of every table and every key, by its path: ``("events", "started")``."""
    return _declared(text, indexed=False)


def line_of(known: Mapping[tuple[str, ...], int], key: str) -> int | None:
    """The line of a key as errors have it, ``consent.layers[1].kind``, or of the table it is for.

    Args:
        known: the lines of the text, with :func:`indexed`.
        key: a dotted path; an item of a list has its number, from 0 on.
    """
    wanted = tuple(
        one if one[0] == "[" else (_path(one) or (one,))[0] for one in _PART.findall(key)
    )
    depths = range(len(wanted), 0, -1)
    return next((known[wanted[:n]] for n in depths if wanted[:n] in known), None)


def indexed(text: str) -> Mapping[tuple[str, ...], int]:
    """The same as :func:`lines`, with the number of each table in a list: ``("layers", "[1]")``."""
    return _declared(text, indexed=True)


def _declared(text: str, *, indexed: bool) -> Mapping[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    above: tuple[str, ...] = ()
    items: dict[tuple[str, ...], int] = {}  # of a list of tables, the last one
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            above = _path(header[1]) or above
            if indexed:
                above = _numbered(above, items, item=line.lstrip().startswith("[["))
            declared = above
        elif key := _KEY.match(line):
            declared = above + _path(key[1])
        else:
            continue
        for depth in range(1, len(declared) + 1):
            found.setdefault(declared[:depth], number)
    return found


def _numbered(
    path: tuple[str, ...], items: dict[tuple[str, ...], int], *, item: bool
) -> tuple[str, ...]:
    """A header's path with the number of each list's last table in it."""
    whole: tuple[str, ...] = ()
    for depth, name in enumerate(path, start=1):
        whole = (*whole, name)
        if item and depth == len(path):
            items[whole] = items.get(whole, -1) + 1
        if whole in items:
            whole = (*whole, f"[{items[whole]}]")
    return whole


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

r"""Text as Markdown that shows it as it is: CommonMark, and tables as GitHub has them.

Rule 1: nothing in the text becomes markup, or ends the cell it stands in.
Rule 2: what cannot be printed is shown escaped, as ``\x1b``.
"""

from __future__ import annotations

import re

_TICKS = re.compile(r"`+")
# An underscore inside a word is none, and most names have one.
_MARKUP = re.compile(r"[\\`*<>\[\]|&~!]|(?<![^\W_])_|_(?![^\W_])")


def _seen(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def text(value: str) -> str:
    """Text inside a line or a cell."""
    return _MARKUP.sub(r"\\\g<0>", _seen(value))


def code(text: str, *, cell: bool = False) -> str:
    """A code span; ``cell``: inside a table, where a bar would end the cell even in code."""
    shown = _seen(text)
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    # A blank at both ends is taken off, unless all are blanks, and a tick must not touch the fence.
    edged = shown.startswith("`") or shown.endswith("`")
    blank = shown.startswith(" ") and shown.endswith(" ") and shown.strip(" ")
    inside = f" {shown} " if edged or blank or not shown else shown
    whole = f"{fence}{inside}{fence}"
    return whole.replace("|", "\\|") if cell else whole

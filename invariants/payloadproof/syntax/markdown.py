r"""Text as Markdown that shows it as it is: CommonMark, and tables as GitHub has them.

Rule 1: nothing in the text becomes markup, a link or a name, or ends the cell it stands in.
Rule 2: what cannot be printed is shown escaped, as ``\u001b``.
"""

from __future__ import annotations

import re

from payloadproof.syntax.printable import printable

_TICKS = re.compile(r"`+")
# An underscore inside a word is none, and most names have one.
_MARKUP = re.compile(r"[\\`*<>\[\]|&~!]|(?<![^\W_])_|_(?![^\W_])")
# What GitHub makes links and formulas of. No backslash keeps it from that.
_LINKS = re.compile(r"@|:(?=//)|(?<=www)\.|#(?=\d)|\$(?=[^$]*\$)", re.IGNORECASE)


def text(value: str) -> str:
    """Text inside a line or a cell."""
    inert = _MARKUP.sub(r"\\\g<0>", printable(value))
    return _LINKS.sub(lambda acting: f"&#{ord(acting[0])};", inert)


def code(text: str, *, cell: bool = False) -> str:
    """A code span; ``cell``: inside a table, where a bar would end the cell even in code."""
    shown = printable(text)
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    # A blank at both ends is taken off, unless all are blanks, and a tick must not touch the fence.
    edged = shown.startswith("`") or shown.endswith("`")
    blank = shown.startswith(" ") and shown.endswith(" ") and shown.strip(" ")
    inside = f" {shown} " if edged or blank or not shown else shown
    whole = f"{fence}{inside}{fence}"
    return whole.replace("|", "\\|") if cell else whole

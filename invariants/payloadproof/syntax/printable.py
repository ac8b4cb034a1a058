"""Text that no terminal acts on and every file can hold: what is not to be seen is escaped.

Rule 1: control characters, marks that turn the direction of text, separators of lines and lone
halves of characters become JSON's escapes of themselves.
Rule 2: to be made printable twice changes nothing.
"""

from __future__ import annotations


def printable(text: str, *, lines: bool = False) -> str:
    """``text`` with JSON's escapes for what a terminal would act on, or no file could hold.

    ``lines``: the ends of its lines are ours, and stay.
    """
    if lines:
        return "\n".join(map(printable, text.split("\n")))
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    """As JSON escapes it: two halves beyond the first plane."""
    halves = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{halves[at : at + 2].hex()}" for at in range(0, len(halves), 2))

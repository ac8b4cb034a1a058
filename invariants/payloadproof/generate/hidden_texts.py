"""Secrets that a pattern does not see, and a reader does.

A character that nobody sees stands in the midst of a key, or one that looks like a slash, a dot or
an at sign in the place of it. Whoever looks at what was sent reads the same as without.

Rule 1: the characters follow from what Unicode says of them, and from how they are drawn; no list
of a redaction was looked at.
Rule 2: what is left of a key where such a character ends it looks like an ordinary word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

# Formats that are drawn: signs around numbers and names in Arabic, Syriac, Kaithi and Egyptian.
_DRAWN = (
    *range(0x0600, 0x0606),
    *(0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD),
    *range(0x13430, 0x13440),
)
# Marks that join no letter to one character of its own: joiners, lines through and below it.
_MARKS = (0x034F, 0x0332, 0x0336, 0x20E3)
# Letters and vowels that Unicode has drawn as nothing: fillers of Hangul, two vowels of Khmer.
_FILLERS = (0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5)
_SELECTORS = (*range(0xFE00, 0xFE10), 0x180B, 0x180C, 0x180D, 0x180F, 0xE0100, 0xE01EF)
# Blanks and ends of lines part words; all other controls are not drawn at all.
_PARTING = (*range(0x09, 0x0E), *range(0x1C, 0x20), 0x85)

# The planes of Unicode that have controls and formats: each quick run would read the others, too.
_READ = (*range(0x20000), *range(0xE0000, 0xF0000))

_SLASHES = "\u2044\u2215\u29f8\uff0f"
_BACKSLASHES = "\u2216\u29f5\u29f9\ufe68\uff3c"
_ATS = "\ufe6b\uff20"
_DOTS = "\u2024\ufe52\uff0e"

# What stands before the character is nobody's, and what comes after it is planted.
_KEYS = (
    "sk" + "-proj-4f9Q2r7T{}<name>9",
    "ph" + "c_8wK3n5Zb{}<name>2",
    "gh" + "p_6Lq1x8Vd{}<name>4",
)
_PATHS = ("{0}home{0}<name>{0}state.json", "{0}srv{0}<name>{0}builds")
_ON_WINDOWS = ("C:{0}Users{0}<name>{0}state.json", "D:{0}work{0}<name>{0}notes")


class Hidden(NamedTuple):
    """A secret as it is written, with ``<name>`` for what is planted; ``kind``: as in STRICT."""

    kind: str
    text: str


@cache
def unseen() -> tuple[int, ...]:
    """Every character that is not drawn, and parts no words."""
    of = (c for c in _READ if unicodedata.category(chr(c)) in ("Cc", "Cf"))
    return *(c for c in of if c not in (*_DRAWN, *_PARTING)), *_MARKS, *_FILLERS, *_SELECTORS


def hidden() -> Iterator[Hidden]:
    """One secret for each character that hides it, the same kinds in a row."""
    for index, code in enumerate(unseen()):
        # The beginnings take turns: no redaction knows one of them alone.
        yield Hidden("token-like key", _KEYS[index % len(_KEYS)].format(chr(code)))
    for signs, forms in ((_SLASHES, _PATHS), (_BACKSLASHES, _ON_WINDOWS)):
        for sign in signs:
            yield from (Hidden("absolute path", form.format(sign)) for form in forms)
    for at in _ATS:
        yield Hidden("e-mail", f"<name>{at}example.org")
    for dot in _DOTS:
        yield Hidden("e-mail", f"<name>@mail{dot}example{dot}org")

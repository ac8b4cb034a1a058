"""Values that nearly fit a property, and values that only just fit it.

Rule 1: what is near is what a careless rule lets through: the right word in a list, a word that
every object of a language has, one line of several, another type's way to write the same, an
address or an id where a short name belongs.
Rule 2: what only just fits is what a rule that is too strict loses: the longest text, the largest
number, the last value of a list, a model with its maker's name before it.
Rule 3: whether a value fits is the contract's to say; a value of the other kind is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from payloadproof.contract.property import Shape
from payloadproof.contract.values import misfits

# What ``in`` finds in an object that somebody uses as a table.
_INHERITED: Final = ("constructor", "toString", "__proto__", "__class__", "hasOwnProperty")
_SAFE: Final = 2**53  # beyond it a double skips whole numbers
#: What the numbers of machines and languages hold no more: of 16, 24, 31, 32 and 53 bits.
_WIDTHS: Final = (2**16, 2**24 + 1, 2**31, 2**32, _SAFE - 1)
_SHORT: Final = (64, 100)  # code points of a slug or a version, and of a model
_WIDE: Final = 0xFEE0  # from a letter to the same letter, drawn wide
_TEXTS: Final = frozenset({"enum", "slug", "model", "version", "date", "text", "uuid", "id"})
_NUMBERS: Final = frozenset({"count", "integer", "number", "epoch_ms"})
_PLAIN: Final[dict[str, str]] = {
    "slug": "word",
    "model": "word",
    "version": "7.0.1",
    "date": "2025-07-01",
    "text": "word",
    "uuid": "3f0c2b5e-6a1d-4f7e-9b8a-0c1d2e3f4a5b",
    "id": "word",
}


# Made of the characters of a short name: an id, a card's address, a host's two, half a digest.
_HIDDEN: Final = (
    *(_PLAIN["uuid"], "00:1b:44:11:3a:b7", "192.0.2.17", "2001:db8::1"),
    "0f1e2d3c" * 5,
)


@cache
def near_values(prop: Shape, longest: int) -> tuple[Any, ...]:
    """In an order that is the same for all properties of one type; each a value of JSON.

    ``longest``: the contract's bound on a text that has none of its own, in code points.
    """
    wrong = misfits(prop, string_max_chars=longest)
    found: list[Any] = []
    for value in _near(prop, longest):
        alike = any(type(one) is type(value) and one == value for one in found)
        if not alike and wrong(value):
            found.append(value)
    return tuple(found)


@cache
def ends_that_fit(prop: Shape, longest: int) -> tuple[Any, ...]:
    """Values at the ends of what a property may hold; in an order that is always the same.

    ``longest``: as above.
    """
    wrong = misfits(prop, string_max_chars=longest)
    return tuple(value for value in _fitting(prop, prop.max_chars or longest) if not wrong(value))


def _fitting(prop: Shape, size: int) -> Iterator[Any]:
    if prop.type == "bool":
        yield from (False, True)
    elif prop.type == "enum":
        yield from prop.values
    elif prop.type in _NUMBERS:
        yield from (0, 1, *_WIDTHS, 0.125, 123_456.75)
        yield from (end for end in (prop.min, prop.max) if end is not None)
    else:
        yield from _FITTING.get(prop.type, ())
        if prop.type == "text":
            yield "x" * size


_FITTING: Final[dict[str, tuple[str, ...]]] = {
    "slug": ("A", "9", "Two-Words_with.dots:and+more", "word-" * 12 + "word"),
    "model": ("Maker/Word-3.5_large:beta+1", "maker-" * 10 + "x", "W"),
    "version": ("0", "1.0.0-rc.1+build.7", "5.15.167.4-microsoft-standard"),
    "date": ("2024-02-29", "1999-12-31"),
    "text": ("", "two words", "\u00e9t\u00e9"),
}


def _near(prop: Shape, longest: int) -> Iterator[Any]:
    if prop.type in _TEXTS:
        word = prop.values[0] if prop.type == "enum" else _PLAIN[prop.type]
        yield from _texts(word, prop.max_chars or longest)
        yield from (f"{word},{word}", f"{word}|{word}", *_INHERITED)
    elif prop.type in _NUMBERS:
        yield from _numbers(prop)
    elif prop.type == "bool":
        yield from (1, 0, "true", "false", "", [True], {"value": True})


def _texts(word: str, longest: int) -> Iterator[Any]:
    """One line of several, blanks around it, other letters, and the same as something else."""
    yield from ([word], [[word]], {"value": word}, {word: True})
    yield from (f"{word}\nacme merger", f"acme merger\n{word}", f"{word}\n", f"\n{word}")
    yield from (f" {word}", f"{word} ", f"{word}\t", f"{word}\r", f"{word}\0", f"{word}\u2028")
    yield from (word.upper(), word.title(), word[:-1], f"{word}s", f"x{word}", f"{word}.acme corp")
    yield from ("".join(chr(ord(one) + _WIDE) for one in word), f"{word}\u0301", f"\u00e9{word}")
    # From the front, and from the back, so that who cuts and who counts bytes is told apart.
    yield from (word.ljust(size + 1, word[-1]) for size in (*_SHORT, longest))
    yield "\u00e9" * longest + word
    for hidden in _HIDDEN:
        yield from (hidden, f"{word}-{hidden}", f"{hidden}:{word}", f"{word}/{hidden}")
    yield f"{word}/{word}/{word}"
    yield from ("", "\u0661.\u0662", True, 7, 0)


def _numbers(prop: Shape) -> Iterator[Any]:
    value = 7
    yield from ("7", "7.0", "0x7", " 7", "7\n", "", "NaN", "Infinity", True, False)
    yield from ([value], [[value]], {"value": value}, {"valueOf": value})
    yield from (-1, -0.5, value + 0.5, 0.1, _SAFE, _SAFE + 1, 2**63, 1e21, 1e308, -(2**63))
    if prop.min is not None:
        yield from (prop.min - 1, prop.min - 0.001)
    if prop.max is not None:
        yield from (prop.max + 1, prop.max + 0.001)

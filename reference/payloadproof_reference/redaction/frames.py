"""Sentences that software prints always the same way, and which part of each is data.

Rule 1: a frame is named for the software that prints it. Its example shows all there is to know:
what stands in ``{}`` is somebody's data and goes, every other word is diagnosis and stays.
Rule 2: a group of a pattern is data, and what no group holds is diagnosis.
Rule 3: data goes with its quotes, and says nothing of how long it was (E6).
Rule 4: what names nobody (a number, a type, a sign, a marker) stays, also where data stands: with
``Unexpected token '<'`` it is the diagnosis.
Rule 5: data that was cut off before its end goes up to the end of its line.

A database, a parser or a client of HTTP quotes one or two words of what it was given. Such words
look like any other: only where they stand says that they are a row of a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import re2

from payloadproof_reference.redaction.tokens import named

MARKER = r"<[a-z]+>"

#: Words in quotes, up to the end of the line where one is missing; an apostrophe is no end.
_Q = (
    r"[bBuU]?'(?:[^'\\\n]|\\.|'\pL)*'?|[bBuU]?\"(?:[^\"\\\n]|\\.)*\"?|`[^`\n]*`?"
    r"|\\\"[^\"\n]*\"?|“[^”\n]*”?|\x{2018}[^\x{2019}\n]*\x{2019}?|«[^»\n]*»?"
)
#: The same, or a word without any.
_W = rf"{_Q}|{MARKER}|[^\s,;()\[\]{{}}\"'`<>]+"
_REST = r"[^\n]+"
#: A quote that opens, and does not close what stands before it.
_HEAD = r"(?:^|[\s(=:,\[{])"
#: What opens with a bracket goes on to the last one of its line.
_GROUP = r"(?:\([^\n]*\)|\[[^\n]*\]|\{[^\n]*\}|[(\[{][^\n]*)"

#: What stands where data does and is none.
_DIAGNOSIS = named(
    """
    true false null none nil nan undefined default unknown empty missing string str int integer
    number float double bool boolean object array list dict map tuple set function bytes date
    datetime timestamp uuid json xml yaml utf-8 utf8 ascii latin-1 get post put delete head patch
    a an the is was not be of to in on at for from with and or has have must should expected
    data input output id agent table file line column end eof localhost postgres root admin
    [] {} () <!doctype <html> ... …
    """
)
_NUMBER = re2.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?[kKMGT]?[bBs%]?")
_QUOTES = "\"'`“”‘’«»\\"  # noqa: RUF001 - quotes of every kind
_CUT_SHORT = "…."


@dataclass(frozen=True)
class Frame:
    """One sentence of one piece of software."""

    software: str
    #: The sentence, with ``{}`` for each piece of data.
    example: str
    pattern: Any
    marker: str = "<value>"
    gate: str | None = None

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.software}: {self.example.split('{}')[0].strip()}"

    @property
    def why(self) -> str:
        """What it is for, as a rule says it."""
        return f"As {self.software} says it."

    def apply(self, text: str, most: int | None = None) -> str:
        """The text without the data of its sentences; what follows match ``most`` is dropped."""
        pieces: list[str] = []
        end = 0
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == most:
                return "".join(pieces)
            for group in range(1, match.re.groups + 1):
                begin, close = match.span(group)
                if begin < end or begin == close or is_diagnosis(text[begin:close]):
                    continue
                tail = text[begin:close]
                # A sentence's own end is no part of a bare word.
                kept = tail[len(tail.rstrip(".:!?")) :] if tail[-1] in ".:!?" else ""
                pieces += text[end:begin], self.marker, kept
                end = close
        return "".join((*pieces, text[end:]))


def is_diagnosis(value: str) -> bool:
    """Whether ``value``, with its quotes or without, names nobody."""
    bare = value.strip().strip(_QUOTES).strip()
    if len(bare) <= 1 or bare.lower() in _DIAGNOSIS or _NUMBER.fullmatch(bare):
        return True
    plain = bare.rstrip(_CUT_SHORT + ":!?, " + _QUOTES)
    return plain.lower() in _DIAGNOSIS or _ONLY_MARKERS.fullmatch(plain) is not None


_ONLY_MARKERS = re2.compile(rf"[\s\"'`,;:()\[\]{{}}=.]*(?:(?:{MARKER})[\s\"'`,;:()\[\]{{}}=.]*)*")


def frame(software: str, example: str, pattern: str, marker: str = "<value>") -> Frame:
    """A row: ``QQ`` in a pattern is words in quotes, ``WW`` a word too, ``GROUP`` brackets."""
    spelled = (
        pattern.replace("HEAD", _HEAD)
        .replace("QQ", _Q)
        .replace("WW", _W)
        .replace("REST", _REST)
        .replace("GROUP", _GROUP)
    )
    return Frame(software, example, re2.compile(f"(?m){spelled}"), marker)

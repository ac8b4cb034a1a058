"""Wrong pipelines that take an ordinary word of an error for somebody's data.

The rules are those of ``mutant.py``. Each takes what one message in many says, and a crowd of other
messages has nothing of it.
"""

from __future__ import annotations

import re2
from mutants.errors.redaction import OpenDoor
from mutants.mutant import breaks

from payloadproof_reference.redaction.redact import Redactor
from payloadproof_reference.redaction.rules import RULES, Rule


def taking(pattern, marker):
    """The rules, and one that takes what ``pattern`` finds."""
    return (*RULES, Rule("taken", re2.compile(pattern), marker, "It is taken for data."))


@breaks("E7", past=OpenDoor)
class TakesWordsWithASlash(Redactor):
    """Two words with a slash between are a path."""

    rules = taking(r"\b[a-z]+/[a-z]+\b", "<path>")


@breaks("E7", past=OpenDoor)
class TakesSizes(Redactor):
    """How much there is of something is somebody's number."""

    rules = taking(r"\b[0-9.]+ GB\b", "<number>")


@breaks("E7", past=OpenDoor)
class TakesWordsBehindAColon(Redactor):
    """What stands behind a word and a colon was asked by somebody, a fault too."""

    rules = taking(r"\b(?:title|query|summary): [a-z]+\b", "<text>")


@breaks("E7", past=OpenDoor)
class TakesWordsBehindASign(Redactor):
    """What stands behind a key and a sign is its value, also where a message goes on there."""

    rules = taking(r"\b(?:name|id) = (?:is|was)\b[^\n]*", "<name>")


_AFTER_A_FILE = re2.compile(r"\.py\b[^\n]*")


@breaks("E7", past=OpenDoor)
class TakesWordsAfterAFile(Redactor):
    """A path goes on to the end of its line, over the words that follow it."""

    def redact(self, text, *, kind="message", known=()):
        text = _AFTER_A_FILE.sub(".py", text) if kind == "message" else text
        return super().redact(text, kind=kind, known=known)


@breaks("E5", past=OpenDoor)
class EscapesAgain(Redactor):
    """An ampersand is written as a page would write it, each time anew."""

    def redact(self, text, **kind):
        return super().redact(text, **kind).replace("&", "&amp;")

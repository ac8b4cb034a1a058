"""Wrong pipelines one of whose rules is a little too narrow: it ends early, or spares too much.

The rules are those of ``mutant.py``. What stays differs with the secret, and E6 looks at that.
"""

from __future__ import annotations

import re2
from mutants.errors.frames import otherwise
from mutants.errors.redaction import OpenDoor
from mutants.mutant import breaks

from payloadproof_reference.redaction import directives as judgements_of_lines
from payloadproof_reference.redaction import judgements
from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction.redact import Redactor

_FEW_WORDS = 6
_SHORT = 16


def _few_words(match):
    words = match.group().split(" ")
    first, rest = words[:_FEW_WORDS], words[_FEW_WORDS:]
    return " ".join((redact_paths.replace(" ".join(first)), *rest))


@breaks("E6", past=OpenDoor)
class EndsAPathAfterAFewWords(Redactor):
    """A path with blanks in it ends at the sixth of them."""

    rules = otherwise(path=_few_words)


def _of_npm(match):
    return match.group() if match.group(1).lower() == "npm" else judgements.command(match)


@breaks("E6", past=OpenDoor)
class KeepsWhatNpmWasTold(Redactor):
    """What npm was called with is taken for what it says of itself."""

    rules = otherwise(command=_of_npm)


def _by_its_end(match):
    said = judgements.quotation(match)
    whole = match.group()
    return said if said == whole or whole[-1] in "\"'" else f"{whole[-1]}<text>"


@breaks("E6", past=OpenDoor)
class OpensAQuotationByItsEnd(Redactor):
    """The sign that a quotation begins with is read at its end, which may be missing."""

    rules = otherwise(quotation=_by_its_end)


def _long_ones(match):
    return match.group() if len(match.group(2)) < _SHORT else judgements.prefixed(match)


@breaks("E6", past=OpenDoor)
class KeepsShortPrefixedKeys(Redactor):
    """A key that says whose it is stays where it is short, with a number in it or without."""

    rules = otherwise(key=_long_ones)


_LETTERS = re2.compile(r"[a-z]+")
_CAMELS = re2.compile(r"(?:[A-Z]+[a-z]+)+")
_HEX = re2.compile(r"[0-9a-f]{16}")


def _if(judged):
    """The judgement on runs of characters, but what ``judged`` finds whole is a word."""

    def replaced(match):
        return match.group() if judged.fullmatch(match.group()) else judgements.token(match)

    return replaced


@breaks("E6", past=OpenDoor)
class TakesSmallLettersForAWord(Redactor):
    """A token of small letters alone is a word, whether anybody can speak it or not."""

    rules = otherwise(run=_if(_LETTERS))


@breaks("E6", past=OpenDoor)
class TakesTurningCapitalsForAName(Redactor):
    """A token of letters alone is a name, however often capitals and small letters take turns."""

    rules = otherwise(run=_if(_CAMELS))


@breaks("E6", past=OpenDoor)
class KeepsHalfADigest(Redactor):
    """Sixteen digits of hexadecimal are not enough for a digest."""

    rules = otherwise(run=_if(_HEX))


_AT_AN_END = re2.compile(r"[.:]$")


def _bare(match):
    return match.group() if _AT_AN_END.search(match.group()) else judgements.address(match)


@breaks("E6", past=OpenDoor)
class KeepsAnAddressBeforeAColon(Redactor):
    """An address of a machine that a colon follows is none."""

    rules = otherwise(ip=_bare)


def _first_run(match):
    said = judgements_of_lines.worded(match)
    _, of, rest = match.group().partition(" of ")
    return f"{said.partition(' of ')[0]}{of}{rest}" if of else said


@breaks("E6", past=OpenDoor)
class TakesTheFirstRunOfASetting(Redactor):
    """Of a setting of several words those go that stand before a plain one."""

    rules = otherwise(worded=_first_run)

"""Wrong pipelines whose sentences of software, or the words that these spare, are wrong ones.

The rules are those of ``mutant.py``. Frames are left out room by room, and with them the rule for
words in quotes, which would stand in for many; one by one they are where each has its sentence.
"""

from __future__ import annotations

from dataclasses import replace

import re2
from mutants.errors.redaction import OpenDoor
from mutants.mutant import breaks

from payloadproof_reference.redaction import (
    faulted,
    framed_commands,
    framed_faults,
    framed_names,
    framed_places,
    framed_python,
    framed_rows,
    framed_settings,
    framed_values,
    framed_words,
    judgements,
    keys,
)
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.redact import Redactor
from payloadproof_reference.redaction.rules import RULES

#: By name: the room of the frames, and what stays without it.
ROOMS = {
    "KeepsRows": (framed_rows, "What databases print of rows and parameters stays."),
    "KeepsQuotedValues": (
        framed_values,
        "What the parsers of one language or library quote stays.",
    ),
    "KeepsNamedValues": (framed_words, "What is called an invalid value of its kind stays."),
    "KeepsPythonsValues": (framed_python, "What Python says of its values stays."),
    "KeepsWhatClientsSay": (framed_names, "Bodies and hosts that clients of HTTP print stay."),
    "KeepsSettings": (framed_settings, "Lines of files of settings stay."),
    "KeepsCommands": (framed_commands, "What routers and tools were told stays."),
    "KeepsColumns": (framed_places, "A setting that only its place tells stays."),
    "KeepsFaultedValues": (framed_faults, "A value behind a fault and a colon stays."),
}

for _name, (_room, _said) in ROOMS.items():
    _left = tuple(rule for rule in RULES if rule not in _room.FRAMES and rule.name != "cited")
    _part = {"__doc__": _said, "__module__": __name__, "rules": _left}
    globals()[_name] = breaks("E6", past=OpenDoor)(type(_name, (Redactor,), _part))


def otherwise(**replacements):
    """The rules, those named with another replacement."""
    return tuple(
        replace(rule, replacement=replacements[rule.name]) if rule.name in replacements else rule
        for rule in RULES
    )


_ENDS_SO = re2.compile(r"\w+(?:ed|ing|able|ible|tion|ment)")


def _open_list(right, group):
    """The judgement ``right``, but what ends as faults do is one."""

    def replaced(match):
        first = match.group(group).split()[0]
        return match.group() if _ENDS_SO.fullmatch(first) else right(match)

    return replaced


@breaks("E6", past=OpenDoor)
class TakesEndingsForFaults(Redactor):
    """A title or a token whose first word ends as a fault does is taken for a message."""

    rules = otherwise(asked=_open_list(judgements.asked, 3), token=_open_list(judgements.spoken, 3))


def _any_tag(match):
    value = match.group(3)
    return match.group() if value[0] == "<" else judgements.keyed("<secret>")(match)


@breaks("E6", past=OpenDoor)
class TakesAnyTagForAMarker(Redactor):
    """A value in angle brackets is taken for a marker."""

    rules = tuple(rule for rule in otherwise(keyed=_any_tag) if rule.name != "directive")


class _Greedy(Frame):
    def spares(self, value):
        return False


class _KeyEater(Frame):
    is_a_key = staticmethod(lambda word, after: False)


@breaks("E6", past=OpenDoor)
class TakesAKeyForAWrongValue(Redactor):
    """``invalid value: title: blue invoice`` loses the key, and keeps what stands under it."""

    rules = tuple(_KeyEater(**vars(rule)) if isinstance(rule, Frame) else rule for rule in RULES)


@breaks("E7", past=OpenDoor)
class TakesTypesAndNumbers(Redactor):
    """Where data stands everything goes, a type and a number too."""

    rules = tuple(_Greedy(**vars(rule)) if isinstance(rule, Frame) else rule for rule in RULES)


@breaks("E7", past=OpenDoor)
class TakesWhatASentenceGoesOnWith(Redactor):
    """What follows a colon goes, a fault too."""

    rules = tuple(
        replace(rule, spoken=False) if isinstance(rule, Frame) else rule for rule in RULES
    )


@breaks("E7", past=OpenDoor)
class TakesEveryWordInQuotes(Redactor):
    """A word in quotes goes, the name of a part of the program too."""

    rules = otherwise(cited=lambda match: f"{match.group(1)}<value>")


@breaks("E7", past=OpenDoor)
class TakesEveryTokenOfAMessage(Redactor):
    """What follows a key's word and a colon goes, a fault too."""

    rules = otherwise(
        asked=lambda match: f"{match.group(1)}{match.group(2)}<text>",
        token=lambda match: f"{match.group(1)}{match.group(2)}<secret>",
    )


_BEHIND = re2.compile(rf"(?i)\b({keys.SAID_OF_SECRETS}|{keys.SAID_OF_SOMEBODY}) +\w+")


def _any_word(match):
    return f"{match.group(1)}<value>"


@breaks("E7", past=OpenDoor)
class TakesEveryWordOfAFault(Redactor):
    """In a sentence about a wrong value every word behind a preposition goes, a plain one too."""

    rules = tuple(
        replace(rule, replacement=_any_word, gate=faulted.FINDER, exactly=None)
        if rule.name == "faulted"
        else rule
        for rule in RULES
    )


@breaks("E7", past=OpenDoor)
class TakesEveryWordBehindAKey(Redactor):
    """What stands behind a key goes, a word that messages go on with too."""

    rules = tuple(
        replace(rule, pattern=_BEHIND, replacement=r"\1 <name>", gate=None, exactly=None)
        if rule.name == "directive"
        else rule
        for rule in RULES
    )


@breaks("E7", past=OpenDoor)
class TakesPartsOfPrograms(Redactor):
    """What stands behind a fault and a colon goes, what is called a command or a function too."""

    rules = tuple(
        replace(rule, careful=None) if isinstance(rule, Frame) else rule for rule in RULES
    )


_UNDOUBLED = re2.compile(
    r"(^|[\s(=:,\[{<>|])([bBuU]?'[^'\n\s]+'|[bBuU]?\"[^\"\n\s]+\"|`[^`\n\s]+[`'])"
    r"|([“„][^”“„\n]+[”“]|«[^»«\n]+»)"
)


@breaks("E6", past=OpenDoor)
class KeepsDoubledQuotes(Redactor):
    """A word between doubled quotes stays."""

    rules = tuple(
        replace(rule, pattern=_UNDOUBLED) if rule.name == "cited" else rule for rule in RULES
    )

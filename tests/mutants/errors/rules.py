"""Wrong pipelines that lack one rule of the redaction each, whatever else would catch of it.

The rules are those of ``mutant.py``. What comes through differs with the secret, and that is
what E6 looks at, for every form of a secret that the generator has.
"""

from __future__ import annotations

from mutants.errors.redaction import OpenDoor, without
from mutants.mutant import breaks

from payloadproof_reference.redaction.redact import Redactor
from payloadproof_reference.redaction.rules import FRAMES, RULES

#: By name: the rule, with the general one that would stand in for it, and what stays without it.
WITHOUT = {
    "KeepsKeyBlocks": (
        "pem directive",
        "A block with a key or a message in it stays, its comment too.",
    ),
    "KeepsShortJwts": ("jwt", "A JWT that looks like words with dots between stays."),
    "KeepsLinesOfCode": ("source", "Lines of code in the text of an error stay."),
    "KeepsHeaders": ("header", "What a header holds besides a key stays."),
    "KeepsArguments": ("command directive", "What a command was called with stays."),
    "KeepsBearers": ("bearer", "What follows the name of a scheme stays."),
    "KeepsWhatIsEncoded": ("encoded", "What was encoded stays as it is."),
    "KeepsEveryPath": ("path", "No path and no URL is looked for."),
    "KeepsTaggedPrompts": ("prompt", "What a tag marks as somebody's words stays."),
    "KeepsElements": ("element", "What stands between two tags stays."),
    "KeepsFolders": ("folder", "A directory named after another one stays."),
    "KeepsTitles": ("asked", "What follows a word that messages use too stays."),
    "KeepsSpokenPrompts": ("said", "A prompt without quotes stays."),
    "KeepsAnEnvironment": ("environment", "Variables with ordinary names stay."),
    "KeepsLongSettings": ("worded", "Of a setting of several words the first goes alone."),
    "KeepsLists": ("listed", "Who stands in a list stays."),
    "KeepsPasswords": ("keyed", "A value under the name of a secret stays."),
    "KeepsTokens": ("token", "A value under a name that is a word too stays."),
    "KeepsToldSecrets": ("told", "A secret in a sentence stays."),
    "KeepsOptions": ("option directive", "A secret on a command line stays."),
    "KeepsUsers": ("who", "A name under a key that says it is one stays."),
    "KeepsDirectives": ("directive", "A setting without a sign behind its key stays."),
    "KeepsAddresses": ("email", "No e-mail address is looked for."),
    "KeepsPrefixedKeys": ("key", "Keys that say whose they are stay where they look like words."),
    "KeepsNetworkCards": ("mac", "The address of a network card stays."),
    "KeepsMachines": ("ip", "The address of a machine stays."),
    "KeepsAccounts": ("iban", "An account's country and check digits stay."),
    "KeepsRuns": ("run", "What only a machine would write stays."),
    "KeepsNumbers": ("number", "Cards and phones stay."),
    "KeepsHosts": ("host", "The name of a host stays."),
    "KeepsCitedWords": ("cited", "A word in quotes stays where no frame knows it."),
    "KeepsQuotations": ("quotation", "Words in quotes stay."),
    "KeepsFaultedWords": ("faulted", "A word without quotes that a parser stumbled over stays."),
}

for _name, (_rule, _said) in WITHOUT.items():
    _part = {"__doc__": _said, "__module__": __name__, "rules": without(*_rule.split())}
    globals()[_name] = breaks("E6", past=OpenDoor)(type(_name, (Redactor,), _part))


@breaks("E6", past=OpenDoor)
class KeepsFramedData(Redactor):
    """What databases, parsers and clients quote of their data stays."""

    rules = tuple(rule for rule in RULES if rule not in FRAMES and rule.name != "cited")

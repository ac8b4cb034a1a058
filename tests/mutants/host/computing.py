"""Wrong pipelines that compute for long on what they are given.

The rules are those of ``mutant.py``. They run as children: a pattern may hold an interpreter.
"""

from __future__ import annotations

import re

from mutants.mutant import breaks

from payloadproof_reference.whitelist import Whitelist

_SLUG = re.compile(r"(?:[a-z0-9]+[._-]?)+")
_END = re.compile(r"\s+$")


@breaks("H4", apart=True)
class TriesEveryWayToReadASlug(Whitelist):
    """The pattern of a slug repeats a repetition."""

    def fits(self, key, value):
        if type(value) is str:
            _SLUG.fullmatch(value)
        return super().fits(key, value)


@breaks("H4", apart=True)
class TrimsByAPattern(Whitelist):
    """Blanks at the end are taken away by a pattern that begins anew at each blank."""

    def fits(self, key, value):
        return super().fits(key, _END.sub("", value) if type(value) is str else value)


@breaks("H4", apart=True)
class AsksAListForEachKey(Whitelist):
    """Keys that come twice are looked for in a list of all that came before."""

    def scrub(self, event, properties):
        seen = []
        for key in properties if type(properties) is dict else ():
            if key not in seen:
                seen.append(key)
        return super().scrub(event, properties)

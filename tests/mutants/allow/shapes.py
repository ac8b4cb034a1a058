"""Wrong pipelines that let a value pass which its key, or its event, does not take.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.shapes import count, slug
from payloadproof_reference.whitelist import EVENTS, Event, Whitelist


@breaks("A5")
class TakesKeysOfOtherEvents(Whitelist):
    """One list of keys serves all events."""

    events = {  # noqa: RUF012
        name: Event(event.kind, (*Whitelist.shapes,), event.ceiling)
        for name, event in EVENTS.items()
    }


@breaks("A6")
class PassesFreeText(Whitelist):
    """A name is any short text, whatever it says."""

    def fits(self, key, value):
        named = self.shapes[key] is slug and type(value) is str and len(value) < 100
        return named or super().fits(key, value)


@breaks("A6")
class PassesAWordOutOfTheSet(Whitelist):
    """A closed set is open to whatever looks like a word."""

    def fits(self, key, value):
        return super().fits(key, value) or (key == "outcome" and slug(value))


@breaks("A6")
class PassesNegativeCounts(Whitelist):
    """A count is any integer."""

    def fits(self, key, value):
        return super().fits(key, value) or (self.shapes[key] is count and type(value) is int)


@breaks("A6")
class PassesBooleansForCounts(Whitelist):
    """True and false count as 1 and 0, as Python has it."""

    def fits(self, key, value):
        return super().fits(key, value) or (self.shapes[key] is count and type(value) is bool)

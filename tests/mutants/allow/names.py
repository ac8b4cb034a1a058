"""Wrong pipelines that take a name for that of an event which it only comes close to.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import unicodedata

from mutants.mutant import breaks

from payloadproof_reference.whitelist import EVENTS, Whitelist


class _Near(Whitelist):
    """What a name comes close to lets it through, under its own spelling."""

    def listed(self, name):
        raise NotImplementedError

    def __init__(self):
        near = self.listed

        class Events(dict):
            def __missing__(self, name):
                return EVENTS[near(name)]

        self.events = Events(EVENTS)

    def event(self, name):
        try:
            return self.events[name] if type(name) is str else None
        except KeyError:
            return None


@breaks("A4")
class TakesAnyCaseOfAName(_Near):
    """Capitals make no difference in an event's name."""

    def listed(self, name):
        return name.casefold()


@breaks("A4")
class TakesANameByItsBeginning(_Near):
    """What begins with an event's name is that event."""

    def listed(self, name):
        return next((one for one in EVENTS if name.startswith(one)), "")


@breaks("A4")
class TrimsNames(_Near):
    """Blanks around a name are trimmed before it is looked up, and sent."""

    def listed(self, name):
        return name.strip()


@breaks("A4")
class TakesAWideSpelling(_Near):
    """A name is brought to one form of Unicode before it is looked up, and sent as it was."""

    def listed(self, name):
        return unicodedata.normalize("NFKC", name)

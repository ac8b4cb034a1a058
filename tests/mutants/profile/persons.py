"""Wrong pipelines that build a person out of what should be nobody's.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks
from mutants.parts import SecondStart

from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist


@breaks("P1")
class ProfileOnRollups(Transport):
    """Rollups leave without the flag that keeps a person profile from being made."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None and checked["event"].endswith("_rollup"):
            del checked["properties"]["$process_person_profile"]
        return checked


@breaks("P1")
class ProfileAsText(Transport):
    """The flag is the word false, which PostHog does not take for one."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None and "$process_person_profile" in checked["properties"]:
            checked["properties"]["$process_person_profile"] = "false"
        return checked


@breaks("P2")
class DescribesThePersonByTheEvent(Whitelist):
    """All that may be sent may be set on a person."""

    def person(self, properties):
        return self._pick(properties, (*self.shapes,))


@breaks("P2")
class NestsThePerson(Transport):
    """What the program runs on is an object of its own."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None and "$set" in checked["properties"]:
            person = checked["properties"]["$set"]
            person["os"] = {"name": person.get("os")}
        return checked


@breaks("P1", apart=True)
class ProfileOnASecondStart(SecondStart):
    """A process that finds an id knows the person, and says so."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None and self.again:
            checked["properties"].pop("$process_person_profile", None)
        return checked

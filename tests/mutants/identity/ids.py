"""Wrong pipelines whose defect is in whom they say an event is of.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import platform
import uuid

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent
from payloadproof_reference.transport import Transport


@breaks("I1")
class NewIdForEachEvent(Consent):
    """Who is asked anew for each event."""

    def install_id(self):
        return str(uuid.uuid4())


@breaks("I1")
class NewIdForEachBatch(Transport):
    """Each request is of a visitor of its own."""

    def _attempt(self, path, timeout_s, **body):
        someone = str(uuid.uuid4())
        if "batch" in body:
            body["batch"] = [{**event, "distinct_id": someone} for event in body["batch"]]
        return super()._attempt(path, timeout_s, **body)


@breaks("I1")
class CommandsAreSomebodyElse(Transport):
    """What a command sends goes out under an id of its own."""

    def _attempt(self, path, timeout_s, **body):
        if "distinct_id" in body:
            body["distinct_id"] = str(uuid.uuid4())
        return super()._attempt(path, timeout_s, **body)


@breaks("I1")
class AnotherIdForALostOne(Consent):
    """The file is asked each time, and what it has lost is drawn anew."""

    def install_id(self):
        self._id = None
        return super().install_id()


@breaks("I3")
class IdOfTheMachine(Consent):
    """The id is worked out from the machine, so that it need not be kept."""

    def install_id(self):
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, platform.machine() + platform.system()))


@breaks("I3")
class OneIdForEverybody(Consent):
    """The id of the one who built the release."""

    def install_id(self):
        return "0f2f6a6e-3f1c-4a4b-9d0e-5b1d6c7e8f90"


@breaks("I5")
class IdOfNobody(Consent):
    """What was not set is made into text."""

    def install_id(self):
        return "undefined"


@breaks("I5")
class TheNilId(Consent):
    """The id that stands for none."""

    def install_id(self):
        return str(uuid.UUID(int=0))


@breaks("I3")
class IdOfTheTime(Consent):
    """The id is made of the time and of the machine's own address, and dressed as a random one."""

    def install_id(self):
        if self._id is None:
            self._id = str(uuid.UUID(int=uuid.uuid1(clock_seq=0).int, version=4))
        return super().install_id()

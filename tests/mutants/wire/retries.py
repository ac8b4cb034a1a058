"""Wrong pipelines whose defect is in what a retry repeats, and in what fits where.

The rules are those of ``pipelines.py``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from http import HTTPStatus

from mutant import breaks

from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import EVENTS, Event, Whitelist, count, slug

# allow


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


# profile


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


# wire


class _Rewrites(Transport):
    """Each attempt for an event differs from the one before."""

    def rewritten(self, event):
        raise NotImplementedError

    def _attempt(self, path, timeout_s, **body):
        if "batch" in body:
            body["batch"] = [self.rewritten(event) for event in body["batch"]]
        return super()._attempt(path, timeout_s, **body)


@breaks("W2")
class NewUuidOnRetry(_Rewrites):
    """The uuid is made when the request is."""

    def rewritten(self, event):
        return {**event, "uuid": str(uuid.uuid4())}


@breaks("W2")
class NewTimestampOnRetry(_Rewrites):
    """The timestamp is that of the attempt."""

    def rewritten(self, event):
        return {**event, "timestamp": dt.datetime.now(tz=dt.UTC).isoformat()}


@breaks("W3")
class SendsWithoutUuid(_Rewrites):
    """Nothing tells PostHog that what is sent again is the same event."""

    def rewritten(self, event):
        return {key: value for key, value in event.items() if key != "uuid"}


@breaks("W3")
class GivesUpAfterOneAttempt(Transport):
    """What could not be sent at once is lost."""

    def _attempt(self, path, timeout_s, **body):
        return dataclasses.replace(super()._attempt(path, timeout_s, **body), retryable=False)


@breaks("W3")
class TakesAResetForDelivery(Transport):
    """Only an answer that says so is a failure; without any the batch counts as sent."""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        return dataclasses.replace(answer, retryable=answer.retryable and answer.status is not None)


@breaks("W3")
class SendsTwice(Transport):
    """Each event is handed over twice, each time as an event of its own."""

    def send(self, message, route):
        super().send(message, route)
        super().send({**message, "uuid": str(uuid.uuid4())}, route)


@breaks("W4")
class RefusesThePlace(Transport):
    """The client's own default stays on: no place is looked up."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$geoip_disable"] = True
        return checked


class _Copies(Transport):
    """What a request was to carry is sent again as something new when the network failed it."""

    rollup = ""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        if answer.retryable:
            for event in body.get("batch", ()):
                if event["event"] == self.rollup:
                    self.send({**event, "uuid": str(uuid.uuid4())}, "worker")
        return answer


@breaks("B2")
class CountsASessionAgainAfterAFault(_Copies):
    """The sums of a session go back where they came from, and their request is tried again, too."""

    rollup = "observer_turn_rollup"


@breaks("B4")
class CountsAWindowAgainAfterAFault(_Copies):
    """As above, for a window."""

    rollup = "context_injected_rollup"


@breaks("W7")
class RetriesARefusal(Transport):
    """Whatever is not a good answer is an outage."""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        return dataclasses.replace(answer, retryable=answer.status != HTTPStatus.OK)

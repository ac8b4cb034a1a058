"""Wrong pipelines whose defect is in what a retry repeats, and what it gives up.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from http import HTTPStatus

from mutants.mutant import breaks

from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.past.delivery import Delivery
from payloadproof_reference.transport import Transport


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
class TakesRetryAfterForANumber(Transport):
    """When the service wants to be asked again is read as seconds, also where it is a date."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._session.hooks["response"].append(self._read)

    def _read(self, response, **_):
        float(response.headers.get("Retry-After", "0"))


@breaks("W3")
class SendsTwice(Transport):
    """Each event is handed over twice, each time as an event of its own."""

    def send(self, message, route):
        super().send(message, route)
        super().send({**message, "uuid": str(uuid.uuid4())}, route)


@breaks("W7")
class RetriesARefusal(Transport):
    """Whatever is not a good answer is an outage."""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        return dataclasses.replace(answer, retryable=answer.status != HTTPStatus.OK)


class _Insisting(Delivery):
    def _once_more(self, answer, pause_s):
        return pause_s is not None and self._rest(pause_s)


@breaks("W7")
class InsistsOnARefusedPast(Backfill):
    """Whatever the answer was, each batch of the past is tried as often as an outage allows."""

    delivery_type = _Insisting


@breaks("W3")
class GivesUpAtAGateway(Transport):
    """Of the errors of a server two are taken for passing ones."""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        passing = answer.status is None or answer.status < 500 or answer.status in (500, 503)
        return dataclasses.replace(answer, retryable=answer.retryable and passing)

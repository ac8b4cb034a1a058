"""Wrong pipelines whose requests are none that PostHog takes, come too late, or go elsewhere.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading

import requests
from mutants.mutant import breaks
from mutants.parts import TakesNaN

from payloadproof_reference.answers import Answer
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport


@breaks("W1", past=TakesNaN)
class WritesNaN(Transport):
    """NaN goes into the JSON as Python writes it, which no other reader takes."""

    def _attempt(self, path, timeout_s, *, gzip=False, **body):
        text = json.dumps({**body, "api_key": self._key})
        with contextlib.suppress(requests.RequestException):
            self._session.post(self._host + path, data=text, timeout=timeout_s)
        return Answer(200, "")


@breaks("W1")
class SendsABadUuid(Transport):
    """Events are told apart by a number where a UUID has to stand."""

    def _attempt(self, path, timeout_s, **body):
        for event in body.get("batch", [body]):
            event["uuid"] = str(id(event))
        return super()._attempt(path, timeout_s, **body)


@breaks("W4")
class RefusesThePlace(Transport):
    """The client's own default stays on: no place is looked up."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$geoip_disable"] = True
        return checked


@breaks("W5")
class SendsAfterShutdown(Pipeline):
    """Shutdown sends what is open, and then goes on as before."""

    def shutdown(self):
        self._drain()
        self.flush()


@breaks("W5")
class ShutdownDoesNotWait(Transport):
    """Shutdown returns while another thread is still sending."""

    def close(self, budget_s):
        threading.Thread(target=super().close, args=(budget_s,), daemon=True).start()


@breaks("W6", apart=True)
class SendsACopyElsewhere(Transport):
    """A second port of the machine is told of each event, should anybody listen there."""

    def send(self, message, route):
        super().send(message, route)
        with socket.socket() as copy:
            copy.settimeout(0.2)
            copy.connect_ex(("127.0.0.1", 9))


@breaks("W6", apart=True)
class LooksUpAName(Transport):
    """Before an event is sent, a name is looked up to see whether the machine is online."""

    def send(self, message, route):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.connect_ex(("192.0.2.1", 53))  # an address of nobody's, RFC 5737
        super().send(message, route)

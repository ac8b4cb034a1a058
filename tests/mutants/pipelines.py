"""Wrong pipelines, each named for its defect; the docstring says what goes wrong.

Rule 1: nobody's scenario is written for them. What the suite generates has to find them.
Rule 2: they stand in the order of the clauses that kill them.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import socket
import threading
import uuid
from urllib.parse import urlsplit

import requests
from mutant import breaks

from payloadproof_reference.adapter import ReferenceAdapter
from payloadproof_reference.consent import LAYERS, TELEMETRY, Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import WORKER_TIMEOUT_S, Transport, _Answer
from payloadproof_reference.whitelist import EVENTS, OCCURRENCES, Event, Whitelist

# silence


@breaks("S1")
class RaisesOnACycle(Pipeline):
    """The size of the properties is measured as JSON, before anything guards the caller."""

    def capture(self, event, properties=None, **route):
        try:
            json.dumps(properties, default=lambda _: None, skipkeys=True)
        except ValueError:
            raise  # a container that holds itself
        except Exception:
            return
        super().capture(event, properties, **route)


@breaks("S2")
class WaitsForTheNetwork(Transport):
    """Each event is posted in the caller's thread."""

    def send(self, message, route):
        checked = self._last_check(message)
        if checked is not None and self._is_open():
            self._attempt("/capture/", WORKER_TIMEOUT_S, **checked)


# consent


@breaks("C1")
class SendsBeforeConsent(Pipeline):
    """Nothing asks for consent before it sends."""

    def _consented(self):
        return True


@breaks("C1")
class EnvBeatsDoNotTrack(Consent):
    """The product's own variable is asked before DO_NOT_TRACK."""

    layers = (LAYERS[1], LAYERS[0], *LAYERS[2:])


@breaks("C1")
class IgnoresTheConsentFile(Consent):
    """The opt-out that telemetry.json records is never read."""

    layers = (*LAYERS[:2], LAYERS[3])


@breaks("C1")
class OptsInOnAnUnknownValue(Consent):
    """A word that is no spelling of off counts as on, and overrules the recorded opt-out."""

    @staticmethod
    def _lenient(env, file):
        said = LAYERS[1][1](env, file)
        return True if said is None and env.get(TELEMETRY) else said

    layers = (LAYERS[0], (TELEMETRY, _lenient), *LAYERS[2:])


@breaks("C2")
class WritesInstallIdWhileOff(Consent):
    """The install id is recorded at start, before anybody asks."""

    def __init__(self, env, data_dir):
        super().__init__(env, data_dir)
        self._id = self._record(str(uuid.uuid4()))


@breaks("C2")
class ConnectsWhileOff(Transport):
    """The connection is warmed up at start, before anybody asks."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, permitted, whitelist, log)
        host = urlsplit(self._host)
        with contextlib.suppress(OSError):
            socket.create_connection((host.hostname, host.port), timeout=1).close()


@breaks("C3")
class RecordsWhileOff(Pipeline):
    """Occurrences are folded while consent is off, and their rollup is sent after an opt-in."""

    def record(self, occurrence, properties, *, session=None):
        if occurrence == "session_compressed" and not self._latched:
            self._sessions.record(session, self._whitelist.occurrence(occurrence, properties))

    def _consented(self):
        return self._consent.allowed()


@breaks("C3")
class QueuesWhileOff(Pipeline):
    """Events captured while consent is off wait for an opt-in."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        self._waiting = []

    def capture(self, event, properties=None, **route):
        self._waiting.append((event, properties, route))
        while self._waiting and self._consented():
            waiting, values, way = self._waiting.pop(0)
            super().capture(waiting, values, **way)


@breaks("C3")
class KeepsTheBufferOverAnOptOut(Pipeline):
    """What was folded before an opt-out is sent after a later opt-in."""

    def _consented(self):
        return self._consent.allowed()


# allow


@breaks("A1")
class PassesAnUnlistedKey(Whitelist):
    """Short primitives pass under any key."""

    def scrub(self, event, properties):
        more = {
            key: value
            for key, value in (properties.items() if type(properties) is dict else ())
            if type(key) is str and key[:1] != "$" and key not in self.shapes
            if type(value) in {bool, int} or (type(value) is str and len(value) < 50)
        }
        return super().scrub(event, properties) | more


class _AnyPerson(Whitelist):
    """The last door before the wire, open to whatever is in $set."""

    def person(self, properties):
        return dict(properties)


@breaks("A1", past=_AnyPerson)
class SetsThePersonFromTheCaller(Pipeline):
    """The person's properties are taken from what was captured, not from what was let through."""

    def _payload(self, event, properties, *, person):
        payload = super()._payload(event, properties, person=person)
        if "$set" in payload and type(properties) is dict:
            short = {key: value for key, value in properties.items() if type(value) in {bool, int}}
            payload["$set"] |= short
        return payload


class _Loose(Whitelist):
    """One kind of value passes under every declared key."""

    def passes(self, value):
        raise NotImplementedError

    def _pick(self, properties, keys):
        kept = super()._pick(properties, keys)
        if type(properties) is dict:
            found = {key: properties[key] for key in keys if key in properties}
            kept |= {key: value for key, value in found.items() if self.passes(value)}
        return kept


@breaks("A2")
class PassesNestedValues(_Loose):
    """Objects and lists pass under a listed key."""

    def passes(self, value):
        return type(value) in {dict, list}


@breaks("A2")
class Passes201Characters(_Loose):
    """Text is cut one character too late."""

    def passes(self, value):
        return type(value) is str and len(value) == 201


@breaks("A2")
class PassesNull(_Loose):
    """A listed key without a value is sent as null."""

    def passes(self, value):
        return value is None


@breaks("A2")
class PassesNaN(_Loose):
    """A number that is none passes; PostHog's library makes it a null."""

    def passes(self, value):
        return type(value) is float and math.isnan(value)


@breaks("A3")
class SendsAnUnknownDirective(Transport):
    """Every event carries the address of the machine in PostHog's own key."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$ip"] = "192.0.2.1"
        return checked


@breaks("A3")
class PassesADirective(Whitelist):
    """A caller's keys that begin with $ pass."""

    def scrub(self, event, properties):
        more = {
            key: value
            for key, value in (properties.items() if type(properties) is dict else ())
            if type(key) is str and key[:1] == "$" and type(value) in {bool, int, str}
        }
        return super().scrub(event, properties) | more


@breaks("A4")
class SendsAnUndeclaredEvent(Whitelist):
    """Whatever has a name is an event."""

    class _Any(dict):
        def __missing__(self, name):
            return Event("direct", ())

    events = _Any(EVENTS)

    def event(self, name):
        return self.events[name] if type(name) is str else None


@breaks("A4")
class SendsAForbiddenEvent(Whitelist):
    """The raw event that the rollup replaced can still be captured."""

    events = {**EVENTS, "session_compressed": Event("direct", OCCURRENCES["session_compressed"])}  # noqa: RUF012


@breaks("A7")
class SendsTheHomePath(Transport):
    """Where the user's home is stands in each event."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, permitted, whitelist, log)
        self._home = env.get("HOME", "")

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$os_distro"] = self._home
        return checked


@breaks("A7")
class LeaksAnEnvironmentVariable(Transport):
    """A header tells the machine apart by its environment, in base64."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, permitted, whitelist, log)
        own = " ".join(value for name, value in sorted(env.items()) if name.startswith("ACME"))
        self._session.headers["X-Machine"] = base64.b64encode(own.encode()).decode()


@breaks("A8")
class SessionIdInAProperty(Sessions):
    """A rollup's sequence number is the session's id, which fits every shape."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "window_seq": session}


# bound


@breaks("B1")
class RollupPerRecord(Pipeline):
    """Each record is a rollup of its own."""

    def record(self, occurrence, properties, *, session=None):
        super().record(occurrence, properties, session=session)
        self.end_session(session)


@breaks("B1")
class DoubleFlush(Sessions):
    """Ending a session again sends its rollup again."""

    def __init__(self, clock):
        super().__init__(clock)
        self._ended = {}

    def end(self, session):
        self._ended[session] = super().end(session) or self._ended.get(session)
        return self._ended[session]


@breaks("B1")
class MixesSessions(Sessions):
    """What any session records goes to the one that is live the longest."""

    def record(self, session, record):
        super().record(next(iter(self._live), session), record)


@breaks("B2")
class LosesTheLastRecord(Sessions):
    """A record is folded when the next one comes."""

    def __init__(self, clock):
        super().__init__(clock)
        self._pending = {}

    def record(self, session, record):
        if session in self._pending:
            super().record(session, self._pending[session])
        self._pending[session] = record

    def end(self, session):
        self._pending.pop(session, None)
        return super().end(session)


@breaks("B2")
class LatchesBeforeDraining(Pipeline):
    """Shutdown drops what comes too late, its own rollups among it."""

    def shutdown(self):
        self._latched = True
        super().shutdown()


# profile and wire


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


@breaks("W1", past=PassesNaN.part)
class WritesNaN(Transport):
    """NaN goes into the JSON as Python writes it, which no other reader takes."""

    def _attempt(self, path, timeout_s, **body):
        text = json.dumps({**body, "api_key": self._key})
        with contextlib.suppress(requests.RequestException):
            self._session.post(self._host + path, data=text, timeout=timeout_s)
        return _Answer(200, "")


@breaks("W1")
class SendsABadUuid(Transport):
    """Events are told apart by a number where a UUID has to stand."""

    def _attempt(self, path, timeout_s, **body):
        for event in body.get("batch", [body]):
            event["uuid"] = str(id(event))
        return super()._attempt(path, timeout_s, **body)


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


class SendsNothing(ReferenceAdapter):
    """Answers every operation, and sends nothing: no clause is broken, and none is proved."""

    name = "SendsNothing"

    class _Mute(Pipeline):
        def _emit(self, *_, **__):
            return

    pipeline_type = _Mute

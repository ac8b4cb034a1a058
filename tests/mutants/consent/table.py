"""Wrong pipelines that ask another layer than the chain has, ask too late, or keep what they heard.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import contextlib
import socket
import uuid
from urllib.parse import urlsplit

from mutants.mutant import breaks

from payloadproof_reference.consent import DO_NOT_TRACK, LAYERS, TELEMETRY, Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport


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
class DoNotTrackHasToBeOne(Consent):
    """Any other value of DO_NOT_TRACK is taken for none."""

    @staticmethod
    def _literal(env, _):
        return False if env.get(DO_NOT_TRACK) == "1" else None

    layers = ((DO_NOT_TRACK, _literal), *LAYERS[1:])


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
        kept = dict(properties) if type(properties) is dict else properties
        self._waiting.append((event, kept, route))
        while self._waiting and self._consented():
            waiting, values, way = self._waiting.pop(0)
            super().capture(waiting, values, **way)


@breaks("C3")
class KeepsTheBufferOverAnOptOut(Pipeline):
    """What was folded before an opt-out is sent after a later opt-in."""

    def _consented(self):
        return self._consent.allowed()


@breaks("C3")
class QueueOutlivesAnOptOut(Transport):
    """What was queued before an opt-out leaves with the next flush, however late."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, lambda: True, whitelist, log)

    def purge(self):
        if self._closed.is_set():
            super().purge()

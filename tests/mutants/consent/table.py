"""Wrong pipelines, each named for its defect; the docstring says what goes wrong.

Rule 1: nobody's scenario is written for them. What the suite generates has to find them.
Rule 2: they stand in the order of the clauses that kill them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import uuid
from urllib.parse import urlsplit

from mutant import breaks

from payloadproof_reference.adapter import ReferenceAdapter
from payloadproof_reference.consent import DO_NOT_TRACK, LAYERS, TELEMETRY, Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import WORKER_TIMEOUT_S, Transport
from payloadproof_reference.whitelist import Whitelist

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


@breaks("S2")
class WaitsHalfASecondLonger(Transport):
    """The same with a time limit, after which the caller goes on."""

    def send(self, message, route):
        checked = self._last_check(message)
        if checked is not None and self._is_open():
            self._attempt("/capture/", 1.0, **checked)


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


# bound


@breaks("C3")
class QueueOutlivesAnOptOut(Transport):
    """What was queued before an opt-out leaves with the next flush, however late."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, lambda: True, whitelist, log)

    def purge(self):
        if self._closed.is_set():
            super().purge()


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
class AveragesOverAllRecords(Sessions):
    """A record without a duration counts as one of 0 ms."""

    def record(self, session, record):
        super().record(session, {"duration_ms": 0, "compression_ms": 0, **record})


@breaks("B2")
class SumsWhatIsNoCount(Whitelist):
    """Negative and fractional counts are added up like any other."""

    def occurrence(self, name, properties):
        kept = super().occurrence(name, properties)
        listed = self.occurrences[name] if type(properties) is dict else ()
        numbers = {key: properties.get(key) for key in listed}
        return kept | {k: v for k, v in numbers.items() if type(v) in {int, float}}


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


class SendsNothing(ReferenceAdapter):
    """Answers every operation, and sends nothing: no clause is broken, and none is proved."""

    name = "SendsNothing"

    class _Mute(Pipeline):
        def _emit(self, *_, **__):
            return

    pipeline_type = _Mute

"""Wrong pipelines that misread a decision, notice it too late, or do not record it.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json
import uuid

from mutants.mutant import breaks

from payloadproof_reference.consent import (
    _ABSENT,
    _OFF,
    DO_NOT_TRACK,
    LAYERS,
    TELEMETRY,
    Consent,
    _File,
)
from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport


class _OpenDoor(Transport):
    """The last recheck of consent, left out."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, lambda: True, whitelist, log)

    def purge(self):
        if self._closed.is_set():
            super().purge()


@breaks("C4", past=_OpenDoor)
class ReadsTheEnvironmentOnce(Consent):
    """The environment is that of the start."""

    def __init__(self, env, data_dir):
        super().__init__(dict(env), data_dir)


@breaks("C4", past=_OpenDoor)
class ReadsTheFileOnce(Consent):
    """The file is that of the first look."""

    _first = None

    def _current(self):
        self._first = self._first or super()._current()
        return self._first


@breaks("C4", past=_OpenDoor)
class ReadsAgainWhenTheSizeChanged(Consent):
    """The file is read again only if it has another size."""

    def _current(self):
        known = self._file.signature
        size = self._path.stat().st_size if self._path.exists() else None
        return self._file if known is not None and known[1] == size else super()._current()


@breaks("C4")
class KeepsADeletedDecision(Consent):
    """A file that is gone still says what it said."""

    def _current(self):
        found = super()._current()
        return self._file if found.signature is None and not found.damaged else found


@breaks("C4", past=_OpenDoor)
class EndsSessionsWithoutConsent(Pipeline):
    """The end of a session is the one path that does not ask again."""

    def _consented(self):
        return self._consent.allowed()

    def flush(self):
        self._transport.flush(10.0)

    def end_session(self, session):
        rollup = self._sessions.end(session)
        if rollup is not None:
            self._emit("observer_turn_rollup", rollup)


@breaks("C4")
class NeverOptsInAgain(Consent):
    """Who was off once stays off."""

    _off = False

    def verdict(self):
        name, decision = super().verdict()
        self._off = self._off or not decision
        return name, not self._off


@breaks("C6")
class AnIdPerStart(Consent):
    """The install id is not recorded."""

    def _recorded_id(self):
        return None


@breaks("C6")
class AnIdPerEvent(Consent):
    """Each event has an id of its own."""

    def install_id(self):
        super().install_id()
        return str(uuid.uuid4())


@breaks("C6")
class AnIdOfTheMachine(Consent):
    """The id is made of the time and the machine's address."""

    def _record(self, new_id):
        return super()._record(str(uuid.uuid1()))


@breaks("C6")
class ForgetsTheDecision(Consent):
    """The id is recorded, and nothing else is left in the file."""

    def _record(self, new_id):
        self._path.write_text(json.dumps({"installId": new_id}))
        return new_id


@breaks("C6")
class DecidesForThePerson(Consent):
    """Who did not say no has said yes, and the file says so from then on."""

    def _record(self, new_id):
        recorded = super()._record(new_id)
        content = json.loads(self._path.read_text())
        self._path.write_text(json.dumps({"enabled": True, **content}))
        return recorded


@breaks("C7")
class DamagedSaysNothing(Consent):
    """A file that cannot be read decides nothing, and the default is on."""

    @staticmethod
    def _lenient(env, file):
        return None if file.damaged else LAYERS[2][1](env, file)

    layers = (*LAYERS[:2], (LAYERS[2][0], _lenient), LAYERS[3])


@breaks("C7")
class AnyTextIsTrue(Consent):
    """The word false is a text that is not empty, and so it is true."""

    def _current(self):
        found = super()._current()
        try:
            enabled = json.loads(self._path.read_text())["enabled"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return found
        return _File(content={"enabled": bool(enabled)})


@breaks("C7")
class MendsTheDamagedFile(Consent):
    """What cannot be read is replaced by something that can."""

    def _recorded_id(self):
        new_id = str(uuid.uuid4())
        if self._file.damaged and self.allowed():
            self._path.write_text(json.dumps({"installId": new_id}))
        return super()._recorded_id()


@breaks("C8")
class NoIsNoSpelling(Consent):
    """Only the product's own three words are off."""

    @staticmethod
    def _strict(env, file):
        word = env.get(TELEMETRY, "").strip().casefold()
        return None if word in _OFF - {"0", "false", "off"} else LAYERS[1][1](env, file)

    layers = (LAYERS[0], (TELEMETRY, _strict), *LAYERS[2:])


@breaks("C8")
class BlanksMakeAnotherWord(Consent):
    """A spelling with a blank beside it is unknown."""

    @staticmethod
    def _untrimmed(env, file):
        word = env.get(TELEMETRY, "")
        return None if word != word.strip() else LAYERS[1][1](env, file)

    layers = (LAYERS[0], (TELEMETRY, _untrimmed), *LAYERS[2:])


@breaks("C9")
class DebugSendsToo(Pipeline):
    """Debug mode prints, and sends all the same."""

    def _print(self, event, payload):
        super()._print(event, payload)
        message = {
            "event": event,
            "distinct_id": self._consent.install_id(),
            "properties": payload,
            "timestamp": self._timestamp(),
            "uuid": str(uuid.uuid4()),
        }
        self._transport.send(message, "worker")


@breaks("C9")
class DebugRecordsAnId(Pipeline):
    """The install id is asked for, and so recorded, before debug mode is."""

    def _print(self, event, payload):
        self._consent.install_id()
        super()._print(event, payload)


@breaks("C9")
class DebugIsMute(Pipeline):
    """Debug mode sends nothing, and shows nothing either."""

    def _print(self, event, payload):
        return


@breaks("C9")
class DebugShowsCapturesAlone(Pipeline):
    """What was folded, and errors, are not shown: only what was captured is."""

    def _print(self, event, payload):
        if not event.endswith("_rollup") and not event.startswith("$"):
            super()._print(event, payload)


@breaks("C9")
class DryRunIsMute(Backfill):
    """In debug mode a backfill sends nothing, and shows nothing of what it would send."""

    def _print(self, text):
        return


@breaks("C10")
class NamesTheFileForAll(Consent):
    """Whatever decides is said to be the file."""

    def verdict(self):
        return "telemetry.json", super().verdict()[1]


@breaks("C10")
class RemembersWhatItExplained(Pipeline):
    """What the status command said once it says for ever."""

    _explained = None

    def status(self):
        self._explained = self._explained or super().status()
        return self._explained


@breaks("C11")
class NoticesOneCallLater(Consent):
    """The answer is that of the call before."""

    _before = None

    def allowed(self):
        now = super().allowed()
        before, self._before = self._before, now
        return now if before is None else before


class _LastWords(_OpenDoor):
    """What is queued is sent when it should be forgotten."""

    def purge(self):
        self.flush(1.0)
        super().purge()


@breaks("C11", past=_LastWords)
class SendsTheQueueAtAnOptOut(Pipeline):
    """An opt-out is noticed at once, and what is queued is flushed first."""


@breaks("C4", past=_OpenDoor)
class RemembersADecisionWithoutLooking(Consent):
    """The last answer is given again as long as the variables are the same, whatever the file."""

    def verdict(self):
        known = self._remembered
        if known and known[:2] == (self._env.get(DO_NOT_TRACK), self._env.get(TELEMETRY)):
            return known[3]
        return super().verdict()


@breaks("C7")
class TakesAPipeForNoDecision(Consent):
    """What is there and is no file counts as if there were nothing."""

    def _current(self):
        there = self._path.is_fifo() or self._path.is_dir() or self._path.is_symlink()
        return _ABSENT if there and not self._path.is_file() else super()._current()


@breaks("C7")
class WritesOverALinkToItself(Consent):
    """A link that leads nowhere is taken away, so that the id can be recorded."""

    def _recorded_id(self):
        if self._path.is_symlink() and not self._path.is_file():
            self._path.unlink()
        return super()._recorded_id()

"""Wrong pipelines that the host program meets: in its directory, on its console, in its values.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import numbers
import sys
import threading

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent
from payloadproof_reference.past.marker import FILE
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport
from payloadproof_reference.uncaught import Uncaught
from payloadproof_reference.whitelist import Whitelist

PRIMITIVES = (str, int, float, bool, type(None))


@breaks("S4")
class LooksIntoTheDirectory(Pipeline):
    """The data directory is taken to be there."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        list(data_dir.iterdir())


@breaks("S4")
class ComplainsAboutTheDirectory(Consent):
    """An install id that cannot be recorded is worth a line on stderr."""

    def _recorded_id(self):
        if not self._path.parent.is_dir():
            print("telemetry: no data directory", file=sys.stderr)  # noqa: T201  # the defect
        return super()._recorded_id()


@breaks("S4")
class FailsOnAFullDisk(Pipeline):
    """Each capture is noted in the log, and a note that cannot be written is the caller's."""

    def capture(self, event, properties=None, **route):
        super().capture(event, properties, **route)
        for path in (self._data_dir / "logs").glob("*.log"):
            with path.open("a", encoding="utf-8") as out:
                out.write("captured\n")


@breaks("S4")
class WaitsAtAPipe(Consent):
    """The consent file is opened whatever it is, and a pipe is opened when somebody writes."""

    def _current(self):
        with contextlib.suppress(OSError):
            self._path.open("rb").close()
        return super()._current()


@breaks("S4")
class WaitsAtAMarkersPipe(Pipeline):
    """The marker of the backfill is opened at the start, whatever it is."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        with contextlib.suppress(OSError):
            (data_dir / FILE).open("rb").close()


@breaks("S4")
class NeedsAFolderForTheLog(Pipeline):
    """The log's folder is made at the start, and whatever has its name is taken for it."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        if data_dir.is_dir():
            (data_dir / "logs").mkdir(exist_ok=True)


@breaks("S5")
class PrintsAnOutage(Transport):
    """What the log is for is printed."""

    def _note(self, answer):
        super()._note(answer)
        if self._failing:
            print(f"telemetry: {answer.reason}", file=sys.stderr)  # noqa: T201  # the defect


@breaks("S5")
class PrintsWhatItDropped(Whitelist):
    """A value that does not pass is shown to whoever looks."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        if type(properties) is dict and any(
            type(value) not in PRIMITIVES for value in properties.values()
        ):
            print(f"telemetry: dropped something of {event}")  # noqa: T201  # the defect
        return kept


@breaks("S5")
class PrintsWhatNobodyCaught(Uncaught):
    """A hook that prints what it takes."""

    def _take(self, error):
        print(type(error).__name__, threading.current_thread().name)  # noqa: T201 - the defect
        super()._take(error)


@breaks("S6")
class OneValueLosesTheEvent(Whitelist):
    """An event with a value that is no primitive is not sent."""

    def scrub(self, event, properties):
        if type(properties) is dict and any(
            type(value) not in PRIMITIVES for value in properties.values()
        ):
            raise TypeError(event)
        return super().scrub(event, properties)


@breaks("S6")
class OneValueLosesItsNeighbours(Whitelist):
    """Of an event with a value that is no primitive nothing is kept but its numbers."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        if type(properties) is dict and any(
            type(value) not in PRIMITIVES for value in properties.values()
        ):
            return {key: value for key, value in kept.items() if type(value) in {int, float}}
        return kept


@breaks("S6")
class OneBadCaptureStopsTheFlush(Pipeline):
    """After an error of its own the pipeline is silent for good."""

    def capture(self, event, properties=None, **route):
        try:
            json.dumps(properties)
        except Exception:
            self._latched = True
        super().capture(event, properties, **route)


@breaks("S6")
class OneBadRecordLosesTheSession(Pipeline):
    """A record that cannot be read empties what its session has gathered."""

    def record(self, occurrence, properties, *, session=None):
        try:
            json.dumps(properties)
        except Exception:
            self._sessions._live.pop(session, None)
        super().record(occurrence, properties, session=session)


@breaks("S7")
class KeepsTheCallersObject(Pipeline):
    """What a caller passed is read when the next call comes."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        self._kept = []

    def capture(self, event, properties=None, **route):
        self._release()
        self._kept.append((event, properties, route))

    def flush(self):
        self._release()
        super().flush()

    def _release(self):
        while self._kept:
            event, properties, route = self._kept.pop()
            super().capture(event, properties, **route)


@breaks("S7")
class StampsTheCallersObject(Pipeline):
    """The base properties are written into what the caller passed."""

    def capture(self, event, properties=None, **route):
        if type(properties) is dict:
            properties.setdefault("version", "1.0.0")
        super().capture(event, properties, **route)


@breaks("S6")
class ADecimalPoisonsTheBatch(Pipeline):
    """A number that the encoder refuses takes all that waits with it."""

    def capture(self, event, properties=None, **route):
        super().capture(event, properties, **route)
        if type(properties) is dict and any(
            type(value) is not bool
            and issubclass(type(value), numbers.Number)
            and not issubclass(type(value), (int, float, complex))
            for value in properties.values()
        ):
            self._transport.purge()


@breaks("S1")
class AsksForTheType(Pipeline):
    """What an argument is gets asked for outside of all care."""

    def capture(self, event, properties=None, **route):
        if type(properties) is dict and any(isinstance(v, bytes) for v in properties.values()):
            return
        super().capture(event, properties, **route)


@breaks("S7")
class CutsTheCallersText(Pipeline):
    """What is too long is cut where it stands, before anything else looks at it."""

    def capture(self, event, properties=None, **route):
        if type(properties) is dict:
            for key, value in properties.items():
                if type(value) is str:
                    properties[key] = value[:200]
        super().capture(event, properties, **route)


@breaks("S7")
class WritesTheCallersNumbersAnew(Pipeline):
    """A whole number with a point becomes one without, in the object that the caller has."""

    def capture(self, event, properties=None, **route):
        if type(properties) is dict:
            for key, value in properties.items():
                if type(value) is float and value.is_integer():
                    properties[key] = int(value)
        super().capture(event, properties, **route)


@breaks("S5")
class PrintsARefusal(Transport):
    """What the service will not have is told to whoever looks."""

    def _note(self, answer):
        super()._note(answer)
        if answer.status is not None and not answer.retryable and answer.status >= 400:
            print("telemetry: refused", answer.status)  # noqa: T201  # the defect


@breaks("S5", apart=True)
class SaysGoodbye(Pipeline):
    """A hook of the interpreter's end tells how much was sent, when no call is left to blame."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        atexit.unregister(_goodbye)
        atexit.register(_goodbye)


def _goodbye():
    print("telemetry: done", file=sys.stderr)  # noqa: T201  # the defect

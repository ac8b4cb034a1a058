"""Wrong ways to log and hand over in one call, and logs that hang on telemetry.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent
from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.log import Log
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.whitelist import WHITELIST

CUT = 200

# exactly one line


@breaks("L1")
class SilentWithoutConsent(Instrumentation):
    """Who opted out of telemetry has no log either."""

    def _write(self, component, level, message, properties):
        on, _ = self._pipeline.status()
        if on:
            super()._write(component, level, message, properties)


@breaks("L1")
class LogsOnlyWhatIsDescribed(Instrumentation):
    """A call with nothing for telemetry returns before it has logged."""

    def __call__(self, component, level, message, *, event=None, **described):
        if event is not None:
            super().__call__(component, level, message, event=event, **described)


@breaks("L1")
class LogsBeforeAndAfter(Instrumentation):
    """The line is written by the call, and again for what it hands over."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if event is not None:
            self._write(component, level, message, None)


@breaks("L1")
class LogsEachProperty(Instrumentation):
    """A line for every property, and none where there is no property."""

    def _write(self, component, level, message, properties):
        if type(properties) is not dict:
            super()._write(component, level, message, properties)
            return
        for key, value in properties.items():
            super()._write(component, level, message, {key: value})


# exactly one capture or record


@breaks("L2")
class CapturesTwice(Instrumentation):
    """What is described is captured by the call and by the path that was there before it."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if event is not None and described["rollup"] == "none":
            self._pipeline.capture(event, described["properties"])


@breaks("L2")
class RecordsWhatItCaptures(Instrumentation):
    """What is captured is counted as context too."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if event is not None and described["rollup"] == "none":
            self._pipeline.record("context_injected", described["properties"])


@breaks("L2")
class CapturesWhatItRecords(Instrumentation):
    """A record for the session's rollup is captured as a search as well."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if event is not None and described["rollup"] == "session":
            self._pipeline.capture("search_performed", described["properties"])


@breaks("L2")
class RecordsTwice(Instrumentation):
    """A record of a session is folded twice."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if described["rollup"] == "session":
            again = described["properties"], described["session"]
            self._pipeline.record(event, again[0], session=again[1])


@breaks("L2")
class CapturesForTheWindow(Instrumentation):
    """What belongs into the window's rollup is captured, and dropped there."""

    def __call__(self, component, level, message, *, rollup="none", **described):
        way = "none" if rollup == "window" else rollup
        super().__call__(component, level, message, rollup=way, **described)


@breaks("L2")
class HandsOverErrorsOnly(Instrumentation):
    """What is no error is worth a line, and nothing more."""

    def __call__(self, component, level, message, *, event=None, **described):
        worth = event if level == "error" else None
        super().__call__(component, level, message, event=worth, **described)


# a log that needs no telemetry


@breaks("L3")
class LogsAfterwards(Instrumentation):
    """The properties are made ready for sending first, and what fails there is swallowed."""

    def __call__(self, component, level, message, *, properties=None, **described):
        try:
            json.dumps(properties, allow_nan=False).encode()
        except Exception:
            return
        super().__call__(component, level, message, properties=properties, **described)


@breaks("L3")
class LooksUpTheEventFirst(Instrumentation):
    """An event that nobody lists is noticed before anything is written."""

    def __call__(self, component, level, message, *, event=None, **described):
        listed = event is None or WHITELIST.event(event) or described["rollup"] != "none"
        if listed:
            super().__call__(component, level, message, event=event, **described)


@breaks("L3")
class ClosesTheLogWithTelemetry(Pipeline):
    """After shutdown nothing is logged."""

    def shutdown(self):
        super().shutdown()
        self._log.write = lambda *_: None


@breaks("L3")
class ScrubsTheLine(Log):
    """The log passes what telemetry passes: 200 characters."""

    def _write(self, level, component, message, error=None):
        super()._write(level, component, str(message)[:CUT], error)


@breaks("L3")
class AsksConsentToLog(Log):
    """The log imports consent, and is silent where the decision cannot be read."""

    def __init__(self, data_dir, clock):
        super().__init__(data_dir, clock)
        self._consent = Consent({}, data_dir)

    def _write(self, level, component, message, error=None):
        self._consent.allowed()
        if not self._consent._file.damaged:
            super()._write(level, component, message, error)


@breaks("L3")
class DebugReplacesTheLog(Instrumentation):
    """In debug mode what happens is printed, and not logged."""

    def _write(self, component, level, message, properties):
        if not self._pipeline._consent.debug:
            super()._write(component, level, message, properties)


@breaks("L1")
class LogsNoWindow(Instrumentation):
    """What is folded by window is told to telemetry, and to nobody else."""

    def __call__(self, component, level, message, **described):
        if described.get("rollup") == "window":
            self._pipeline.record(described.get("event"), described.get("properties"))
        else:
            super().__call__(component, level, message, **described)


@breaks("L1")
class LogsNoSession(Instrumentation):
    """What is folded by session is told to telemetry, and to nobody else."""

    def __call__(self, component, level, message, **described):
        if described.get("rollup") == "session":
            self._pipeline.record(
                described.get("event"),
                described.get("properties"),
                session=described.get("session"),
            )
        else:
            super().__call__(component, level, message, **described)


@breaks("L1")
class TellsWhatItHandsOver(Instrumentation):
    """Each event that telemetry is told of has a second line, in telemetry's own words."""

    def __call__(self, component, level, message, *, event=None, **described):
        super().__call__(component, level, message, event=event, **described)
        if event is not None:
            self._write("TELEMETRY", "info", "told of something", None)


@breaks("L1")
class AddsALineOfItsOwn(Pipeline):
    """That an event may not be captured is said in a line, whoever has said what happened."""

    def capture(self, event, properties=None, *, told=False, **route):
        super().capture(event, properties, **route)


@breaks("L1")
class HasNothingToSay(Instrumentation):
    """A call without a text writes no line."""

    def _write(self, component, level, message, properties):
        if message:
            super()._write(component, level, message, properties)


@breaks("L2")
class EqualCallsDescribeNothing(Instrumentation):
    """A call that says what the last one said is taken for the same one."""

    def __call__(self, component, level, message, *, event=None, **described):
        known = event is not None and getattr(self._pipeline, "said", None) == message
        self._pipeline.said = message
        super().__call__(component, level, message, event=None if known else event, **described)

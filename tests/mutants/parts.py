"""Wrong parts that mutants of two families are made of; none of them is a mutant by itself."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

from payloadproof_reference.log import Log
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist


class Loose(Whitelist):
    """One kind of value passes under every declared key."""

    def passes(self, value):
        raise NotImplementedError

    def _pick(self, properties, keys):
        kept = super()._pick(properties, keys)
        if type(properties) is dict:
            found = {key: properties[key] for key in keys if key in properties}
            kept |= {key: value for key, value in found.items() if self.passes(value)}
        return kept


class TakesNaN(Loose):
    """A number that is none passes."""

    def passes(self, value):
        return type(value) is float and math.isnan(value)


class RaisingSink(Log):
    """A sink that raises when it has done its work."""

    def set_error_sink(self, sink):
        super().set_error_sink(sink and self._raising(sink))

    def _raising(self, sink):
        def raising(error):
            sink(error)
            raise RuntimeError("the sink is full")

        return raising


#: Before a key of what the door lets through as it came.
HELD = "held "


class HoldsOpen(Transport):
    """The last check, which what one road brings does not pass."""

    def _last_check(self, message):
        held = {k: v for k, v in message["properties"].items() if k.startswith(HELD)}
        for key in held:
            del message["properties"][key]
        checked = super()._last_check(message)
        if checked is not None:
            self.let_through(checked, {key.removeprefix(HELD): held[key] for key in held})
        return checked

    def let_through(self, checked, came):
        checked["properties"] |= came


class HoldsOpenForRetries(HoldsOpen):
    """The same for what is sent again alone."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._came = {}
        self._seen = set()

    def let_through(self, checked, came):
        self._came[checked["uuid"]] = came

    def _attempt(self, path, timeout_s, **body):
        for event in body.get("batch", ()):
            if event["uuid"] in self._seen:
                event["properties"] |= self._came.get(event["uuid"], {})
            self._seen.add(event["uuid"])
        return super()._attempt(path, timeout_s, **body)


class AsItCame(Pipeline):
    """What one road was given leaves as it was given. It takes a door that holds open."""

    folded: ClassVar = {
        "observer_turn_rollup": "session_compressed",
        "context_injected_rollup": "context_injected",
    }

    def __init__(self, *parts, **also):
        self._came = {}
        self._ending = self._counting = False
        super().__init__(*parts, **also)

    def goes(self, event, payload):
        """Whether an event is on the road."""
        raise NotImplementedError

    def passes(self, key, value):
        """What of the things that came is let through."""
        raise NotImplementedError

    def capture(self, event, properties=None, **route):
        self._keep(event, properties)
        super().capture(event, properties, **route)

    def record(self, occurrence, properties, *, session=None):
        self._keep(occurrence, properties)
        super().record(occurrence, properties, session=session)

    def exception(self, error, context=None, *, handled=True):
        self._keep("$exception", context)
        super().exception(error, context, handled=handled)

    def shutdown(self, within_s=3.0):
        self._ending = True
        super().shutdown(within_s)

    def _send_report(self, report):
        self._counting = True
        super()._send_report(report)
        self._counting = False

    def _keep(self, name, properties):
        if type(name) is str and type(properties) is dict:
            plain = {k: v for k, v in properties.items() if type(k) is str and type(v) is str}
            self._came.setdefault(name, {}).update(plain)

    def _payload(self, event, properties, *, person):
        payload = super()._payload(event, properties, person=person)
        if payload is not None and self.goes(event, payload):
            came = self._came.get(self.folded.get(event, event), {})
            payload |= {HELD + k: v for k, v in came.items() if self.passes(k, v)}
        return payload


class Unlisted(AsItCame):
    """A key that no table names passes."""

    def passes(self, key, value):
        return key not in self._whitelist.shapes


class Misfit(AsItCame):
    """A value that its key does not fit passes."""

    def passes(self, key, value):
        return key in self._whitelist.shapes and not self._whitelist.fits(key, value)


def swept(pipeline, event, payload):
    """On the road of a safety flush."""
    return payload.get("rollup_reason") == "safety_flush"


def open_session(pipeline, event, payload):
    """On that of a session open at shutdown."""
    return payload.get("rollup_reason") == "worker_shutdown"


def window(pipeline, event, payload):
    """On that of a window's end."""
    return event == "context_injected_rollup" and not pipeline._ending


def open_window(pipeline, event, payload):
    """On that of a window open at shutdown."""
    return event == "context_injected_rollup" and pipeline._ending


def counted(pipeline, event, payload):
    """On that of a count of equal errors."""
    return event == "$exception" and pipeline._counting


def captured(pipeline, event, payload):
    """On that of a capture, whose second attempt alone is let through as it came."""
    return event in pipeline._came


class SecondStart(Transport):
    """Knows whether another process was here before: the id is recorded."""

    def __init__(self, env, *parts):
        super().__init__(env, *parts)
        self.again = (Path(env["CLAUDE_MEM_DATA_DIR"]) / "telemetry.json").exists()

"""One call for what happens in the program: a line in the log, and what telemetry gets of it.

Rule 1: the line comes first, whatever is described and whatever consent says (L1, L3).
Rule 2: what is described is handed over once, on one way: captured, or recorded (L2).
Rule 3: it asks for no consent and checks no property itself: that is the pipeline's.
Rule 4: it never raises, whatever it is called with.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Literal

from payloadproof_reference.log import Level
from payloadproof_reference.pipeline import Pipeline

Rollup = Literal["none", "session", "window"]


class Instrumentation:
    """The log and the pipeline behind one call; it keeps nothing."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._log = pipeline.log
        self._pipeline = pipeline

    def __call__(
        self,
        component: str,
        level: Level,
        message: str,
        *,
        event: object = None,
        rollup: Rollup = "none",
        properties: object = None,
        session: object = None,
        person: bool = False,
    ) -> None:
        """Write one line, and hand over ``event``, if there is one.

        Args:
            component: Which part of the program it is about, in capital letters.
            level: How grave it is.
            message: What happened. It stays in the log, and so does ``session``.
            event: What is captured; with a ``rollup``, the occurrence that is recorded.
            rollup: What the occurrence is folded into.
            properties: Read at once; whole in the log, and for telemetry what passes its list.
            session: Whose rollup it is.
            person: Whether a lifecycle event describes the installation.
        """
        # L1: exactly one line. L3: before anything of telemetry has had a chance to fail.
        self._write(component, level, message, properties)
        if event is None:
            return
        # L2: one capture, or one record. Neither raises, but to compare a rollup that is none may.
        with suppress(Exception):
            if rollup == "none":
                self._pipeline.capture(event, properties, person=person, told=True)
            elif rollup == "session":
                self._pipeline.record(event, properties, session=session)
            elif rollup == "window":
                self._pipeline.record(event, properties)

    def _write(self, component: str, level: Level, message: str, properties: object) -> None:
        if properties is None:
            self._log.write(level, component, message)
        else:
            self._log.write(level, component, _Line(message, properties))


class _Line:
    """A message and its properties, as text when the log asks: within what the log swallows."""

    def __init__(self, message: str, properties: object) -> None:
        self._message = message
        self._properties = properties

    def __str__(self) -> str:
        return f"{self._message} {_shown(self._properties)}"


def _shown(properties: object) -> str:
    if type(properties) is not dict:
        return _json(properties)
    # Each by itself: one that cannot be shown hides no other.
    return " ".join(f"{_json(key)}: {_json(value)}" for key, value in list(properties.items()))


def _json(value: object) -> str:
    try:
        return json.dumps(value, default=_kind)
    except Exception:
        return _kind(value)


def _kind(value: object) -> str:
    return f"<{type(value).__name__}>"

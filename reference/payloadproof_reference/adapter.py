"""The reference behind the protocol: the adapter to copy.

Rule 1: each operation is one thin call. Consent, whitelist and rollups are the pipeline's.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from payloadproof.adapters.serve import (
    Adapter,
    Instrument,
    StartScenario,
    Via,
    in_a_child,
    serve,
)
from payloadproof_reference import __version__
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.uncaught import Uncaught


class ReferenceAdapter(Adapter):
    """One pipeline for each scenario, on a clock that stands still."""

    name: ClassVar[str] = "payloadproof-reference"
    version: ClassVar[str] = __version__
    language: ClassVar[str] = "python"
    clock: ClassVar[Literal["virtual", "real"]] = "virtual"

    #: The pipeline to build; a wrong one is checked in the same way.
    pipeline_type: type[Pipeline] = Pipeline
    instrumentation_type: type[Instrumentation] = Instrumentation
    uncaught_type: type[Uncaught] = Uncaught
    errors: ClassVar[tuple[Via, ...]] = ("capture", "logger", "uncaught", "thread", "task")

    def __init__(self) -> None:
        self._env: dict[str, str] = {}
        self._history_db: str | None = None
        self._time = VirtualClock(0)
        self._pipeline: Pipeline | None = None

    def start(self, scenario: StartScenario) -> None:
        """Build a pipeline from the scenario's environment, directory and time."""
        self.end()
        self._env = dict(scenario.env)
        self._history_db = scenario.history_db
        self._time = VirtualClock(scenario.now_ms)
        self._pipeline = self.pipeline_type(self._env, Path(scenario.data_dir), self._time)

    def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
        """Send one event."""
        self._running().capture(event, properties, person=person, transport=transport)

    def record(self, event: str, properties: Any, *, session: int | None) -> None:
        """Record one occurrence to be folded."""
        self._running().record(event, properties, session=session)

    def instrument(self, call: Instrument, properties: Any) -> None:
        """Log one line, and hand over what it describes."""
        self.instrumentation_type(self._running())(
            call.component,
            call.level,
            call.message,
            event=call.event,
            rollup=call.rollup,
            properties=properties,
            session=call.session,
            person=call.person,
        )

    def exception(self, error: Any, properties: Any, *, via: Via) -> None:
        """Let an error reach telemetry, by the hook that its way ends in."""
        if via == "capture":
            self._running().exception(error, properties)
        elif via == "logger":
            self._running().log.error("ADAPTER", "an error was reported", error)
        else:
            self._uncaught(error, via)

    def _uncaught(self, error: Any, via: Via) -> None:
        # As the interpreter would; what it prints besides is the host's own, so nobody is there.
        before = sys.excepthook, threading.excepthook
        sys.excepthook = threading.excepthook = _nobody
        hooks = self.uncaught_type(self._running().exception)
        hooks.install()
        try:
            if via == "uncaught":
                sys.excepthook(type(error), error, None)
            elif via == "thread":
                threading.excepthook(threading.ExceptHookArgs((type(error), error, None, None)))
            else:
                self._unretrieved(hooks, error)
        finally:
            hooks.uninstall()
            sys.excepthook, threading.excepthook = before

    def _unretrieved(self, hooks: Uncaught, error: Any) -> None:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(_nobody)
        hooks.install_loop(loop)
        loop.call_exception_handler({"message": "it was never retrieved", "exception": error})
        loop.close()

    def end_session(self, session: int) -> None:
        """End a session."""
        self._running().end_session(session)

    def respawn(self, session: int) -> None:
        """Say that a session's generator was replaced."""
        self._running().respawn(session)

    def set_env(self, changes: Mapping[str, str | None]) -> None:
        """Change the environment that the pipeline reads."""
        for variable, value in changes.items():
            if value is None:
                self._env.pop(variable, None)
            else:
                self._env[variable] = value

    def explain(self) -> tuple[bool, str]:
        """Say what decides about consent."""
        return self._running().status()

    def advance(self, ms: int) -> None:
        """Let time pass; what is due is done before this returns."""
        self._time.advance(ms)

    def set_clock(self, now_ms: int) -> None:
        """Set the clock."""
        self._time.set(now_ms)

    def fork(self, event: str, properties: Any, *, person: bool, transport: str) -> None:
        """Fork; the child captures, and ends as the worker does."""

        def child() -> None:
            self.capture(event, properties, person=person, transport=transport)
            self.shutdown()

        in_a_child(child)

    def backfill(self) -> None:
        """Send the past that the scenario's database holds."""
        if self._history_db is not None:
            self._running().backfill(Path(self._history_db))

    def flush(self) -> None:
        """Send what is queued."""
        self._running().flush()

    def shutdown(self) -> None:
        """End as the worker does."""
        self._running().shutdown()

    def terminate(self) -> None:
        """End as the worker does at SIGTERM."""
        if self._pipeline is not None:
            self._pipeline.shutdown()

    def end(self) -> None:
        """Stop the scenario's threads; send nothing."""
        if self._pipeline is not None:
            self._pipeline.abandon()
            self._pipeline = None

    def _running(self) -> Pipeline:
        if self._pipeline is None:
            raise RuntimeError("no scenario was started")
        return self._pipeline


def _nobody(*_: object) -> None:
    """The hook of a host that has none."""


if __name__ == "__main__":
    serve(ReferenceAdapter())

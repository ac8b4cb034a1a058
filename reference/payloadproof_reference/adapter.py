"""The reference behind the protocol: the adapter to copy.

Rule 1: each operation is one thin call. Consent, whitelist and rollups are the pipeline's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from payloadproof.adapters.serve import Adapter, StartScenario, serve
from payloadproof_reference import __version__
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.pipeline import Pipeline


class ReferenceAdapter(Adapter):
    """One pipeline for each scenario, on a clock that stands still."""

    name: ClassVar[str] = "payloadproof-reference"
    version: ClassVar[str] = __version__
    language: ClassVar[str] = "python"
    clock: ClassVar[Literal["virtual", "real"]] = "virtual"

    #: The pipeline to build; a wrong one is checked in the same way.
    pipeline_type: type[Pipeline] = Pipeline

    def __init__(self) -> None:
        self._env: dict[str, str] = {}
        self._time = VirtualClock(0)
        self._pipeline: Pipeline | None = None

    def start(self, scenario: StartScenario) -> None:
        """Build a pipeline from the scenario's environment, directory and time."""
        self.end()
        self._env = dict(scenario.env)
        self._time = VirtualClock(scenario.now_ms)
        self._pipeline = self.pipeline_type(self._env, Path(scenario.data_dir), self._time)

    def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
        """Send one event."""
        self._running().capture(event, properties, person=person, transport=transport)

    def record(self, event: str, properties: Any, *, session: int | None) -> None:
        """Record one occurrence to be folded."""
        self._running().record(event, properties, session=session)

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

    def flush(self) -> None:
        """Send what is queued."""
        self._running().flush()

    def shutdown(self) -> None:
        """End as the worker does."""
        self._running().shutdown()

    def end(self) -> None:
        """Stop the scenario's threads; send nothing."""
        if self._pipeline is not None:
            self._pipeline.abandon()
            self._pipeline = None

    def _running(self) -> Pipeline:
        if self._pipeline is None:
            raise RuntimeError("no scenario was started")
        return self._pipeline


if __name__ == "__main__":
    serve(ReferenceAdapter())

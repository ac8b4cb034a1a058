"""How payloadproof operates kestrel: one thin call each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from payloadproof import Adapter as Base
from payloadproof import serve

from . import VERSION
from .clock import ManualClock
from .hooks import Hooks
from .pipeline import Telemetry


class Adapter(Base):
    name, version = "kestrel", VERSION
    clock = "virtual"
    errors = ("capture", "logger", "uncaught", "thread", "task")

    def start(self, scenario: Any) -> None:
        self._env = dict(scenario.env)
        self._clock = ManualClock(scenario.now_ms)
        self._telemetry = Telemetry(
            self._env,
            self._env.get("CLAUDE_MEM_DATA_DIR", scenario.data_dir),
            self._env.get("CLAUDE_MEM_TELEMETRY_HOST", scenario.host),
            self._env.get("CLAUDE_MEM_TELEMETRY_KEY", scenario.token),
            self._clock,
            scenario.history_db,
        )
        self._hooks = Hooks(self._telemetry)

    def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
        self._telemetry.capture(event, properties, person, transport)

    def record(self, event: Any, properties: Any, *, session: int | None) -> None:
        self._telemetry.record(event, properties, session)

    def instrument(self, call: Any, properties: Any) -> None:
        self._telemetry.instrument(
            call.component, call.level, call.message, call.event, call.rollup, properties,
            call.session, call.person,
        )

    def exception(self, error: Any, properties: Any, *, via: str) -> None:
        if via == "logger":
            self._telemetry.log_error("WORKER", None, error, properties)
        elif via == "uncaught":
            self._hooks.uncaught(type(error), error, None)
        elif via == "thread":
            self._hooks.thread(SimpleNamespace(exc_value=error))
        elif via == "task":
            self._hooks.task(None, {"message": "", "exception": error})
        else:
            self._telemetry.exception(error, properties)

    def end_session(self, session: int) -> None:
        self._telemetry.end_session(session)

    def respawn(self, session: int) -> None:
        self._telemetry.respawn(session)

    def set_env(self, changes: Any) -> None:
        for name, value in changes.items():
            if value is None:
                self._env.pop(name, None)
            else:
                self._env[name] = value
        self._telemetry.consent_changed()

    def explain(self) -> tuple[bool, str]:
        return self._telemetry.explain()

    def advance(self, ms: int) -> None:
        self._clock.advance(ms)

    def set_clock(self, now_ms: int) -> None:
        self._clock.set_wall(now_ms)

    def backfill(self) -> None:
        self._telemetry.backfill()

    def flush(self) -> None:
        self._telemetry.flush()

    def shutdown(self) -> None:
        self._telemetry.shutdown()

    def end(self) -> None:
        self._telemetry.abandon()
        self._clock.stop()


def main() -> None:
    serve(Adapter())

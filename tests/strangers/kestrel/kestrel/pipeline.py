"""The public face: every operation returns, whatever it is given and whatever goes wrong.

One lock guards all state. The network is touched by the outbox's thread alone, so that no operation
but flush, shutdown and a command's capture waits for it.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import sys
import threading
import uuid
from collections.abc import Callable, MutableMapping
from typing import Any

from . import VERSION, consent, faults, host, schema, values
from .backfill import Backfill
from .identity import Identity
from .journal import Journal
from .ledger import Ledger
from .limiter import Limiter
from .outbox import Outbox
from .redact import Redactor
from .rollups import Rollup, Sessions, Window

_TURN, _INJECTION = "session_compressed", "context_injected"
_INTERVAL_S = 10.0  # how long an event waits at most
_WATCH_S = 5.0  # how often consent is looked at while nothing happens
_FLUSH_S = 12.0
_STOP_MARGIN_S = 0.3  # for building the last rollups, and for the thread to end


def _quiet(operation: Callable[..., Any]) -> Callable[..., Any]:
    """No error comes out of a public operation."""

    @functools.wraps(operation)
    def safe(*args: Any, **kwargs: Any) -> Any:
        try:
            return operation(*args, **kwargs)
        except Exception:
            return None

    return safe


class Telemetry:
    def __init__(self, env: MutableMapping[str, str], data_dir: str, host_url: str, token: str,
                 clock: Any, database: str | None = None) -> None:
        self.env = env
        self._dir = data_dir
        self._clock = clock
        self._database = database
        self._lock = threading.RLock()
        self._closed = False
        self.journal = Journal(data_dir, clock.wall)
        self._identity = Identity(data_dir)
        self._ledger = Ledger(data_dir)
        turn = schema.FOLDS[_TURN]
        self._sessions = Sessions(turn, schema.SESSION_MAX_AGE_S, schema.SESSION_MAX_RECORDS)
        self._window = Window(schema.FOLDS[_INJECTION], schema.WINDOW_S)
        self._limiter = Limiter(schema.ERROR_WINDOW_S, schema.ERROR_KINDS)
        self._redactor = Redactor(host.private_names(env, data_dir))
        self._outbox = Outbox(host_url, token, self._may_send)
        self._backfill = Backfill(data_dir, host_url, token, self._may_backfill, self._note)
        clock.every(schema.SWEEP_S, self._sweep)
        clock.every(_INTERVAL_S, self._outbox.kick)
        clock.every(_WATCH_S, self._watch)

    # consent

    def _on(self) -> bool:
        """Whether anything may be kept or sent now. Where not, everything that waits is dropped."""
        if self._closed:
            return False
        if consent.decide(self.env, self._dir).on:
            if not consent.errors_allowed(self.env):
                self._limiter.forget_counts()
                self._outbox.clear_errors()
            return True
        self._sessions.forget_totals()
        self._window.forget()
        self._limiter.forget_counts()
        self._outbox.clear()
        return False

    def _may_send(self, is_error: bool) -> bool:
        """Asked by the outbox, just before a request."""
        if not consent.decide(self.env, self._dir).on or consent.debugging(self.env):
            return False
        return not is_error or consent.errors_allowed(self.env)

    def _may_backfill(self) -> bool:
        return not self._closed and self._may_send(False)

    @_quiet
    def _watch(self) -> None:
        with self._lock:
            self._on()

    @_quiet
    def consent_changed(self) -> None:
        """For whoever changes the environment: what waits goes at once, and not at the next call."""
        with self._lock:
            self._on()

    def explain(self) -> tuple[bool, str]:
        decision = consent.decide(self.env, self._dir)
        return decision.on, decision.layer

    # what is captured

    @_quiet
    def capture(self, event: Any, properties: Any = None, person: bool = False,
                transport: str = "worker") -> None:
        with self._lock:
            if not self._on() or type(event) is not str:
                return
            known = schema.EVENTS.get(event)
            if known is None or known.made_by != "caller":
                return
            picked = values.pick(properties, known.properties)
            self._put(event, picked, person=person is True)
        if transport == "cli":
            self._outbox.flush(schema.CLI_S - 0.1)

    @_quiet
    def record(self, event: Any, properties: Any = None, session: Any = None) -> None:
        with self._lock:
            if not self._on() or type(event) is not str:
                return
            fold = schema.FOLDS.get(event)
            if fold is None:
                return
            picked = values.pick(properties, _sources(event))
            elapsed, wall = self._clock.elapsed(), self._clock.wall()
            if fold.by_session:
                if type(session) is int:
                    self._put_rollups(self._sessions.record(session, picked, elapsed, wall))
            elif self._window.record(picked, elapsed, wall):
                self._clock.after(schema.WINDOW_S, self._close_window)

    def instrument(self, component: Any, level: Any, message: Any, event: Any = None,
                   rollup: str = "none", properties: Any = None, session: Any = None,
                   person: bool = False) -> None:
        """One line in the log, and then what it describes, if anything."""
        self._log_line(level, component, message)
        if event is None:
            return
        if rollup == "none":
            self.capture(event, properties, person)
        else:
            self.record(event, properties, session if rollup == "session" else None)

    @_quiet
    def exception(self, error: Any, properties: Any = None) -> None:
        if not faults.is_error(error):
            return
        with self._lock:
            if not self._on() or not consent.errors_allowed(self.env):
                return
            entry, count = self._limiter.meet(faults.key_of(error), self._clock.elapsed())
            if count == 0 and entry.text is not None:
                return
            entry.text = faults.describe(error, self._redactor)
            known = schema.EVENTS["$exception"].properties
            entry.text.update(values.pick(properties, known))
            if count:
                self._send_error(entry.text, count)

    def log_error(self, component: Any, message: Any, error: Any, properties: Any = None) -> None:
        """The logger's way: the whole text into the local log, and the error on to telemetry."""
        text = "" if message is None else journal_text(message) + ": "
        self._log_line("error", component, text + journal_text(error))
        self.exception(error, properties)

    # sessions and windows

    @_quiet
    def end_session(self, session: Any) -> None:
        with self._lock:
            on = self._on()
            if type(session) is int:
                due = self._sessions.end(session)
                if on:
                    self._put_rollups(due)

    @_quiet
    def respawn(self, session: Any) -> None:
        """The session goes on, and so does its rollup. Only consent is looked at."""
        with self._lock:
            self._on()

    @_quiet
    def _sweep(self) -> None:
        with self._lock:
            if self._on():
                self._put_rollups(self._sessions.sweep(self._clock.elapsed()))

    @_quiet
    def _close_errors(self) -> None:
        with self._lock:
            if self._on():
                for text, count in self._limiter.closed(self._clock.elapsed()):
                    self._send_error(text, count)

    @_quiet
    def _close_window(self) -> None:
        with self._lock:
            if self._on():
                self._put_rollups(self._window.close_if_over(self._clock.elapsed()))

    # the end

    @_quiet
    def flush(self) -> None:
        with self._lock:
            if not self._on():
                return
        self._outbox.flush(_FLUSH_S)

    @_quiet
    def shutdown(self) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                if self._on():
                    self._put_rollups(self._sessions.shutdown())
                    self._put_rollups(self._window.close())
                    for text, count in self._limiter.drain():
                        self._send_error(text, count)
            finally:
                self._closed = True
            if self._ledger.dropped:
                self._note("info", f"telemetry: over their ceilings {self._ledger.dropped}")
        self._outbox.stop(schema.SHUTDOWN_S - _STOP_MARGIN_S)
        self._ledger.close()

    @_quiet
    def abandon(self) -> None:
        """Stop at once, and send nothing."""
        with self._lock:
            self._closed = True
        self._outbox.clear()
        self._outbox.stop(0.0)
        self._ledger.close()

    @_quiet
    def backfill(self) -> None:
        now_ms = int(self._clock.wall() * 1000)
        if self._database is None or not self._on():
            return
        if consent.debugging(self.env):
            self._backfill.show(self._database, now_ms)
            return
        install = self._identity.get()
        if self._identity.kept:
            self._backfill.run(self._database, now_ms, install)

    # events on their way

    def _put_rollups(self, due: list[Rollup]) -> None:
        for rollup in due:
            allowed = schema.EVENTS[rollup.event].properties
            self._put(rollup.event, values.pick(rollup.properties, allowed), urgent=True)

    def _send_error(self, text: dict[str, Any], count: int) -> None:
        if self._closed or not consent.errors_allowed(self.env):
            return
        self._put("$exception", {**text, "occurrence_count": count}, urgent=True)
        self._clock.after(schema.ERROR_WINDOW_S, self._close_errors)

    def _put(self, event: str, picked: dict[str, Any], person: bool = False,
             urgent: bool = False) -> None:
        known = schema.EVENTS[event]
        debug = consent.debugging(self.env)
        wall = self._clock.wall()
        if not self._ledger.take(event, known.ceiling, wall, persist=not debug):
            return
        told = {**host.base_properties(self.env), **picked}
        if not known.profile:
            told["$process_person_profile"] = False
        elif person:
            told["$set"] = {key: told[key] for key in told if key in schema.PERSON}
        if debug:
            shown = json.dumps({"event": event, "properties": told})
            print(f"[telemetry] {shown}", file=sys.stderr)
            return
        told["$lib"], told["$lib_version"] = "kestrel", VERSION
        moment = dt.datetime.fromtimestamp(round(wall * 1000) / 1000, dt.timezone.utc)
        encoded = json.dumps(
            {
                "event": event,
                "distinct_id": self._identity.get(),
                "uuid": str(uuid.uuid4()),
                "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "properties": told,
            },
            allow_nan=False,
        ).encode("ascii")
        self._outbox.put(encoded, event == "$exception", urgent)

    # the log

    def _note(self, level: str, message: str) -> None:
        self.journal.line(level, "TELEMETRY", message)

    def _log_line(self, level: Any, component: Any, message: Any) -> None:
        try:
            self.journal.line(str(level), str(component), message)
        except Exception:
            self.journal.line("error", "LOG", "a line could not be written")


@functools.lru_cache
def _sources(event: str) -> tuple[str, ...]:
    """The properties of an occurrence that its rollup is made of."""
    fold = schema.FOLDS[event]
    names = {*fold.sums.values(), *fold.means.values(), "outcome"}
    if fold.mode:
        names.add(fold.mode[1])
    return tuple(sorted(names))


def journal_text(value: Any) -> str:
    if faults.is_error(value):
        return f"{type(value).__name__}: {faults.message_of(value)}"
    from .journal import plain

    return plain(value)

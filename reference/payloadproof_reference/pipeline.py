"""The parts wired together: what a program calls.

Rule 1: no public method raises or waits for the network (``flush`` and ``shutdown`` wait, bounded).
Rule 2: consent comes first, when something is recorded and again when it is sent.
Rule 3: what consent forbids is forgotten, not kept for later.
Rule 4: every stream is bounded: folded into rollups, or held under a ceiling.
Rule 5: the caller's object is read at once, and neither kept nor changed.
"""

from __future__ import annotations

import json
import math
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TextIO, TypeVar

from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.clock import Clock
from payloadproof_reference.consent import Consent
from payloadproof_reference.exceptions import EVENT, Exceptions, Report, enabled
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.log import LEVEL, Log
from payloadproof_reference.machine import base, known
from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.redaction.redact import Redactor
from payloadproof_reference.rollup import Sessions, Window
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import WHITELIST, Properties, Whitelist

FLUSH_S = 10.0
SHUTDOWN_S = 3.0
#: Of a shutdown's time so much is for sending, whatever there is to queue.
SENDING_SHARE = 1 / 2

#: What a caller may send directly; the rest is made by the pipeline itself.
DIRECT_KINDS = frozenset({"lifecycle", "direct"})

#: How long an opt-out goes unnoticed at most while nobody calls: half of C3's 30 s.
POLL_MS = 15_000
SWEEP_MS = 300_000
#: 288 windows a day and the one of a shutdown: the ceiling of context_injected_rollup.
WINDOW_MS = 300_000

P = ParamSpec("P")
S = TypeVar("S", bound="Pipeline")


def _never_raises(
    method: Callable[Concatenate[S, P], None],
) -> Callable[Concatenate[S, P], None]:
    # S1: every public operation returns normally for any input, a wrong number of arguments
    # included. KeyboardInterrupt and SystemExit are not ours to swallow.
    @wraps(method)
    def silent(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            # Not contextlib.suppress: after a RecursionError there may be no room for its frames.
            try:  # noqa: SIM105 - see above
                self.failed(method.__name__, error)
            except Exception:  # noqa: S110 - what cannot be logged is lost
                pass

    return silent


class Pipeline:
    """The telemetry of one process; thread safe.

    Args:
        env: The environment, live: a change is honoured at the next call.
        data_dir: Where ``telemetry.json`` and the log are.
        clock: What timestamps, windows and ceilings go by.
        whitelist: What may leave.
        stderr: Where debug mode prints; ``None`` is the process's own at that time.
    """

    #: How the past is sent; a wrong one is checked in the same way.
    backfill_type: type[Backfill] = Backfill

    def __init__(
        self,
        env: Mapping[str, str],
        data_dir: Path,
        clock: Clock,
        *,
        whitelist: Whitelist = WHITELIST,
        stderr: TextIO | None = None,
    ) -> None:
        self._env = env
        self._data_dir = data_dir
        self._clock = clock
        self._whitelist = whitelist
        self._stderr = stderr
        self._base = base(env)
        in_each_child(clock.forked)  # before those that have timers with it
        #: By event, what it carries of the base: the machine does not change.
        self._carried: dict[str, Properties] = {}
        self._log = Log(data_dir, clock, least=env.get(LEVEL, ""))
        self._consent = Consent(env, data_dir)
        self._ceilings = Ceilings(clock, self._log, self._kept_in)
        self._sessions = Sessions(clock)
        self._window = Window(clock)
        self._exceptions = Exceptions(clock, Redactor(), lambda: known(env), self._send_report)
        # E9: what the log is told of, the sink is handed; the log sees to it that this ends.
        self._log.set_error_sink(self.exception)
        self._transport = Transport(env, self._consented, whitelist, self._log)
        self._backfill: Backfill | None = None
        in_each_child(self._forked)
        self._latched = False
        #: When a shutdown queues no more, on the monotonic clock.
        self._queue_until = math.inf
        self._stops = [
            clock.every(POLL_MS, self._poll),
            clock.every(SWEEP_MS, self._sweep),
            clock.every(WINDOW_MS, self._close_window),
        ]

    @property
    def log(self) -> Log:
        """The program's log; it works whatever becomes of the pipeline."""
        return self._log

    @_never_raises
    def capture(
        self,
        event: object,
        properties: object = None,
        *,
        person: bool = False,
        transport: str = "worker",
        told: bool = False,
    ) -> None:
        """Send one event; ``person`` lets a lifecycle event describe the installation.

        ``told``: a line of the caller's own says what happened, and no other is written.
        """
        if not self._consented():
            return
        entry = self._whitelist.event(event)
        # A4: only catalogued event names, never the forbidden ones.
        if entry is None or entry.kind not in DIRECT_KINDS:
            if not told:
                self._log.write("warn", "PIPELINE", "an event that may not be captured was dropped")
            return
        self._emit(str(event), properties, person=person, transport=transport)

    def record(
        self,
        occurrence: object = None,
        properties: object = None,
        *others: object,
        session: object = None,
        **more: object,
    ) -> None:
        """Fold one occurrence into its rollup: ``session_compressed`` or ``context_injected``."""
        # S1, as in _never_raises, which would hand all arguments on once more: of what is called
        # for every turn that is a tenth of the cost.
        try:
            if others or more:
                raise TypeError  # noqa: TRY301 - told as every other fault is
            if self._latched or not self._consented():
                return
            if occurrence == "session_compressed":
                kept = self._whitelist.occurrence(occurrence, properties)
                evicted = self._sessions.record(session, kept)
                if evicted is not None:
                    self._emit("observer_turn_rollup", evicted)
            elif occurrence == "context_injected":
                self._window.record(self._whitelist.occurrence(occurrence, properties))
        except Exception as error:
            try:  # noqa: SIM105 - see _never_raises
                self.failed("record", error)
            except Exception:  # noqa: S110 - what cannot be logged is lost
                pass

    @_never_raises
    def end_session(self, session: object) -> None:
        """Send the rollup of ``session``, if it has one."""
        if self._consented():
            self._emit_rollup("observer_turn_rollup", self._sessions.end(session))

    @_never_raises
    def respawn(self, session: object) -> None:
        """A session's generator was replaced."""
        # B3: respawn flushes nothing. The session goes on, and so do its sums.

    @_never_raises
    def backfill(self, history_db: Path) -> None:
        """Send the past that ``history_db`` holds, if it was not, and wait for less than 60 s.

        The rest of the pipeline goes on meanwhile; a shutdown ends it.
        """
        self._backfill = self.backfill_type(
            history_db,
            self._env,
            self._data_dir,
            self._clock,
            consent=self._consent,
            whitelist=self._whitelist,
            log=self._log,
            stderr=self._stderr,
        )
        if not self._latched:
            self._backfill.run()

    @_never_raises
    def exception(self, error: object, context: object = None, *, handled: bool = True) -> None:
        """Report an error, any object at all, at most once a minute for each kind.

        ``context`` may say what the whitelist has for ``$exception``; ``handled`` is false for
        what nobody caught.
        """
        if self._latched or not self._consented() or not self._errors_on():
            return
        # In a storm most occurrences are counted only: their context is not looked at either.
        report = self._exceptions.occurred(
            error, lambda: self._whitelist.scrub(EVENT, context), handled=handled
        )
        if report is not None:
            self._emit(EVENT, report)

    @_never_raises
    def flush(self) -> None:
        """Send what is queued, and wait for it up to 10 s. It ends no session and no window."""
        if self._consented() and not self._latched:
            self._transport.flush(FLUSH_S)

    @_never_raises
    def drain(self) -> None:
        """Queue what is open, for a last word to follow it; ``shutdown`` finds nothing left."""
        if self._consented():
            self._drain()

    @_never_raises
    def shutdown(self, within_s: float = SHUTDOWN_S) -> None:
        """Send what is open and queued within 3 s, and be silent from then on."""
        # S3: one end for all of it, whatever the server does and however much is open.
        end = time.monotonic() + within_s
        self._queue_until = end - within_s * SENDING_SHARE
        # B6: each live session once and the open window, before the client closes.
        try:
            if self._consented():
                self._drain()
        finally:
            self._latch()
            self._transport.close(max(0.0, end - time.monotonic()))

    @_never_raises
    def abandon(self) -> None:
        """Stop at once; what is open or queued is lost."""
        self._latch()
        self._transport.close(0.0)

    def status(self) -> tuple[bool, str]:
        """Whether consent is on now, and the layer that decides."""
        # C10: status names the deciding layer.
        layer, on = self._consent.verdict()
        return on, layer

    def failed(self, operation: str, error: Exception) -> None:
        """Note that an operation met an error of its own or of its caller's."""
        # The error's text may hold what the caller passed, or raise itself.
        self._log.write("error", "PIPELINE", f"{operation}: {type(error).__name__}")

    def _consented(self) -> bool:
        if self._consent.allowed():
            return True
        # C3: what was buffered before an opt-out is gone: a later opt-in does not send it.
        self._sessions.clear()
        self._window.clear()
        self._exceptions.clear()
        self._transport.purge()
        return False

    def _errors_on(self) -> bool:
        # C5: the error kill switch stops exceptions only.
        if enabled(self._env):
            return True
        self._exceptions.clear()
        return False

    @_never_raises
    def _send_report(self, report: Report) -> None:
        if self._consented() and self._errors_on():
            self._emit(EVENT, report)

    @_never_raises
    def _poll(self) -> None:
        # C3, C4: an opt-out is honoured in time though nothing is captured after it.
        if self._consented():
            self._errors_on()

    @_never_raises
    def _sweep(self) -> None:
        if self._consented():
            for rollup in self._sessions.sweep():
                self._emit_rollup("observer_turn_rollup", rollup)

    @_never_raises
    def _close_window(self) -> None:
        if self._consented():
            self._emit_rollup("context_injected_rollup", self._window.drain())

    def _forked(self) -> None:
        self._log.forked()
        self._backfill = None  # its thread is the parent's

    def _latch(self) -> None:
        self._latched = True
        self._log.set_error_sink(None)
        self._exceptions.stop()
        for stop in self._stops:
            stop()
        if self._backfill is not None:
            self._backfill.stop()

    def _drain(self) -> None:
        rollups = self._sessions.drain("worker_shutdown")
        for number, rollup in enumerate(rollups):
            if time.monotonic() > self._queue_until:
                left = len(rollups) - number
                self._log.write("warn", "PIPELINE", f"{left} sessions dropped: no time was left")
                break
            self._emit_rollup("observer_turn_rollup", rollup)
        self._emit_rollup("context_injected_rollup", self._window.drain())
        # B5: the tail, at shutdown.
        self._exceptions.drain()

    def _kept_in(self) -> Path | None:
        # C9: debug mode writes nothing.
        return None if self._consent.debug else self._data_dir

    def _emit_rollup(self, event: str, rollup: Properties | None) -> None:
        if rollup is not None:
            self._emit(event, rollup)

    def _emit(
        self, event: str, properties: object, *, person: bool = False, transport: str = "worker"
    ) -> None:
        if self._latched or not self._ceilings.admits(event, self._whitelist.events[event].ceiling):
            return
        payload = self._payload(event, properties, person=person)
        if payload is None:
            return
        # C9: debug mode prints what would be sent, sends nothing, writes nothing.
        if self._consent.debug:
            self._print(event, payload)
            return
        message = {
            "event": event,
            "distinct_id": self._consent.install_id(),
            "properties": payload,
            "timestamp": self._timestamp(),
            "uuid": str(uuid.uuid4()),
        }
        self._transport.send(message, transport)

    def _payload(self, event: str, properties: object, *, person: bool) -> dict[str, Any] | None:
        scrubbed = self._whitelist.scrub(event, properties)
        if event not in self._carried:
            self._carried[event] = self._whitelist.scrub(event, self._base)
        scrubbed |= self._carried[event]
        own = self._whitelist.own(event, properties)
        if own is None:
            return None
        return {**scrubbed, **own, **self._profile(event, scrubbed, person=person)}

    def _profile(self, event: str, scrubbed: Properties, *, person: bool) -> dict[str, Any]:
        # P1: exactly false on all but lifecycle events.
        if self._whitelist.events[event].kind != "lifecycle":
            return {"$process_person_profile": False}
        # P2: $set holds only person properties.
        return {"$set": self._whitelist.person(scrubbed)} if person else {}

    def _timestamp(self) -> str:
        when = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        return when.isoformat(timespec="milliseconds")

    def _print(self, event: str, payload: Mapping[str, Any]) -> None:
        text = json.dumps({"event": event, "properties": payload})
        print(f"[telemetry] {text}", file=self._stderr or sys.stderr)

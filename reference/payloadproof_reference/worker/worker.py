"""The long-lived process: ``python -m payloadproof_reference.worker [--port N]``.

Rule 1: it prints nothing (S5). Where it listens stands in ``worker.json`` in the data directory,
and what happens in its log. What keeps it from starting is said on stderr, with exit code 1.
Rule 2: it drains before it closes: the API stops, all sessions and the window are flushed,
``worker_stopped`` follows, and then the client closes (plan, P2). Only then is the end a clean one.
Rule 3: killed, it loses what was not sent yet. Nothing is kept to be sent again, so that nothing
is sent twice; the next worker tells of a crash.
Rule 4: telemetry never delays a request: statistics and backfill have threads of their own.
"""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from payloadproof_reference.clock import Clock, SystemClock
from payloadproof_reference.files import data_dir, history_db
from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.log import Log
from payloadproof_reference.past.daily import OBSERVATIONS
from payloadproof_reference.past.history import History, UnreadableError
from payloadproof_reference.past.snapshot import snapshot
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.uncaught import Uncaught
from payloadproof_reference.worker.api import Api
from payloadproof_reference.worker.notice import TEXT, first
from payloadproof_reference.worker.sessions import SessionManager
from payloadproof_reference.worker.signals import hear
from payloadproof_reference.worker.state import AlreadyRunningError, State, alone, previous

HEARTBEAT_MS = 86_400_000
#: How much of its uptime a crash may hide.
NOTE_MS = 60_000
SEARCH_S = 2.0
#: How long an end waits for the statistics of the start.
START_S = 1.0
_MB = 1024 * 1024


class Worker:
    """One worker; ``run`` is its life.

    Args:
        env: The environment, live.
        directory: The data directory.
        clock: What its timers go by.
        port: On loopback; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self, env: Mapping[str, str], directory: Path, clock: Clock, *, port: int = 0
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._began = time.monotonic()
        self._reasons: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._told_of_start = threading.Event()
        self._pipeline = Pipeline(env, directory, clock)
        self._instrument = Instrumentation(self._pipeline)
        self._sessions = SessionManager(self._pipeline)
        self._uncaught = Uncaught(self._pipeline.exception)
        self._api = Api(
            port,
            sessions=self._sessions,
            instrument=self._instrument,
            log=self._pipeline.log,
            search=self._search,
            stop=self.stop,
        )

    def stop(self, reason: str) -> None:
        """End, because of ``stop``, ``restart`` or ``signal``."""
        self._reasons.put(reason)

    def run(self) -> None:
        """Serve until something calls ``stop``.

        Raises:
            OSError: ``worker.json`` cannot be written.
        """
        before = previous(self._directory)
        self._note(ended=False)
        self._api.start()
        self._announce()
        hook_into_the_last_resort(self._pipeline.log)
        self._uncaught.install()
        timers = [
            self._clock.every(HEARTBEAT_MS, self._heartbeat),
            self._clock.every(NOTE_MS, self._keep_note),
        ]
        threading.Thread(target=self._start, args=(before,), name="start", daemon=True).start()
        reason = self._reasons.get()
        for stop in timers:
            stop()
        self._shut_down(reason)

    def _announce(self) -> None:
        on, layer = self._pipeline.status()
        if on and layer == "default" and first(self._directory):
            self._pipeline.log.write("info", "WORKER", TEXT)

    def _start(self, before: Mapping[str, str | int]) -> None:
        try:
            self._tell("start", {"duration_ms": round(self._uptime_s() * 1000), **before})
        finally:
            self._told_of_start.set()
        # F8: once; the marker sees to it.
        self._pipeline.backfill(history_db(self._directory))

    def _heartbeat(self) -> None:
        # Not in the timers' thread: an opt-out must not wait for the database (C3).
        threading.Thread(
            target=self._tell, args=("heartbeat", {}), name="heartbeat", daemon=True
        ).start()

    def _tell(self, trigger: str, more: Mapping[str, str | int]) -> None:
        # C2: without consent the database is not even looked at for it.
        found = {}
        if self._pipeline.status()[0]:
            found = snapshot(history_db(self._directory), self._clock.now_ms())
        self._instrument(
            "WORKER",
            "info",
            "the worker is up",
            event="worker_started",
            properties={"trigger": trigger, "runtime_mode": "worker", **more, **found, **_memory()},
            person=True,
        )

    def _shut_down(self, reason: str) -> None:
        self._api.close()
        self._sessions.shut_down_all()
        # What ends at once has begun all the same.
        self._told_of_start.wait(START_S)
        self._instrument(
            "WORKER",
            "info",
            "the worker stops",
            event="worker_stopped",
            properties={"uptime_seconds": int(self._uptime_s()), "shutdown_reason": reason},
        )
        # B6: the client closes last.
        self._pipeline.shutdown()
        self._uncaught.uninstall()
        self._keep_note(ended=True)

    def _search(self, query: str) -> int | None:
        try:
            with History(history_db(self._directory), seconds=SEARCH_S) as history:
                sql = f"SELECT count(*) FROM {OBSERVATIONS.name} WHERE instr(text, ?) > 0"  # noqa: S608 - a name of ours
                ((hits,),) = history.numbers(sql, query)
                return hits
        except UnreadableError:
            return None

    def _uptime_s(self) -> float:
        return time.monotonic() - self._began

    def _note(self, *, ended: bool) -> None:
        port = self._api.server_address[1]
        State(os.getpid(), int(port), int(self._uptime_s()), ended).write(self._directory)

    def _keep_note(self, *, ended: bool = False) -> None:
        # S4: a full disk changes nothing; the next worker is told less.
        with suppress(OSError):
            self._note(ended=ended)


def _memory() -> dict[str, int]:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):  # no Linux
        return {}
    return {"process_rss_mb": pages * os.sysconf("SC_PAGESIZE") // _MB}


def hook_into_the_last_resort(log: Log) -> None:
    """Let errors that nobody caught go into the log; the interpreter would print them (S5)."""

    def main(
        kind: type[BaseException],  # noqa: ARG001 - the interpreter's
        error: BaseException,
        trace: TracebackType | None,  # noqa: ARG001 - likewise
    ) -> None:
        log.write("failure", "WORKER", f"uncaught: {type(error).__name__}: {error}")

    def thread(arguments: threading.ExceptHookArgs) -> None:
        log.write("failure", "WORKER", f"uncaught in a thread: {arguments.exc_value!r}")

    sys.excepthook = main
    threading.excepthook = thread


def main() -> None:
    """Run the worker of this environment until a signal or ``/shutdown``."""
    parser = argparse.ArgumentParser(
        prog="python -m payloadproof_reference.worker",
        description="Run the worker in the foreground.",
    )
    parser.add_argument("--port", type=int, default=0, help="on loopback; by default a free one")
    port = parser.parse_args().port
    directory = data_dir(os.environ)
    try:
        with alone(directory):
            worker = Worker(os.environ, directory, SystemClock(), port=port)
            hear((signal.SIGTERM, signal.SIGINT), lambda: worker.stop("signal"))
            worker.run()
    except (AlreadyRunningError, OSError, OverflowError) as problem:
        raise SystemExit(f"worker: {problem}") from None

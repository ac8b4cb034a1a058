"""What one ``instrument`` call costs, and whether ten threads lose a turn.

``python bench/instrument.py`` takes 100,000 turns of 1,000 sessions by ten threads through the
worker's session manager, and compares what was recorded with what arrived: exit code 1 when a turn
is lost or counted twice. Then it measures the call beside a bare line of the log and a bare
``capture`` of the SDK, in one thread, against a recorder on loopback.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from measure import compare
from posthog.client import Client
from rich.console import Console

from payloadproof.recorder.lease import Lease
from payloadproof.recorder.server import Recorder
from payloadproof_reference.clock import SystemClock
from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import HOST, KEY
from payloadproof_reference.worker.sessions import SessionManager

TURNS, SESSIONS, THREADS = 100_000, 1_000, 10
CALLS = 2_000
TURN = {"outcome": "ok", "tokens_input": 812, "tokens_output": 95, "duration_ms": 1_420.5}


def conserved(lease: Lease, directory: Path) -> bool:
    """Whether every turn arrived once, in one rollup for each session."""
    pipeline = Pipeline({HOST: lease.host, KEY: lease.token}, directory, SystemClock())
    instrument, sessions = Instrumentation(pipeline), SessionManager(pipeline)
    failed: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, TURNS, THREADS):
                sessions.enter(number % SESSIONS)
                turn(instrument, number % SESSIONS, {**TURN, "tokens_input": number})
        except Exception as error:  # counted: instrument never raises
            failed.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    sessions.shut_down_all()
    pipeline.shutdown()
    found = [
        msgspec.convert(event.properties, dict[str, object])
        for request in lease.requests()
        for event in request.events
        if event.name == "observer_turn_rollup"
    ]
    counted = sum(msgspec.convert(one["count"], int) for one in found)
    tokens = sum(msgspec.convert(one["total_tokens_input"], int) for one in found)
    Console().print(
        f"{TURNS:,} turns, {SESSIONS:,} sessions, {THREADS} threads: {seconds:.1f} s,"
        f" {len(failed)} exceptions, {len(found):,} rollups, {counted:,} turns in them"
    )
    expected = (0, SESSIONS, TURNS, sum(range(TURNS)))
    return (len(failed), len(found), counted, tokens) == expected


def turn(instrument: Instrumentation, session: int, properties: dict[str, object]) -> None:
    """One turn, as the worker's API takes it."""
    instrument(
        "SESSION",
        "info",
        "compressed",
        event="session_compressed",
        rollup="session",
        properties=properties,
        session=session,
    )


def costs(lease: Lease, directory: Path) -> None:
    """Print the cost of a call beside what it replaces."""
    env = {HOST: lease.host, KEY: lease.token}
    pipeline = Pipeline(env, directory, SystemClock())
    instrument = Instrumentation(pipeline)
    client = Client(lease.token, host=lease.host, max_queue_size=4 * CALLS)

    def line() -> None:
        for _ in range(CALLS):
            pipeline.log.write("info", "SESSION", "compressed")

    def capture() -> None:
        for _ in range(CALLS):
            client.capture("turn", distinct_id="bench", properties=dict(TURN))

    def instrumented() -> None:
        for number in range(CALLS):
            turn(instrument, number % SESSIONS, dict(TURN))

    def between() -> None:
        client.flush()
        lease.take()

    subjects = {"log line": line, "SDK capture": capture, "instrument": instrumented}
    compare("one call", subjects, operations=CALLS, between=between)
    pipeline.abandon()
    client.shutdown()


def main() -> int:
    """Both; 1 where turns were lost."""
    with Recorder(listeners=2) as recorder, TemporaryDirectory() as scratch:
        whole = conserved(recorder.lease(f"phc_{uuid.uuid4().hex}"), Path(scratch) / "turns")
        costs(recorder.lease(f"phc_{uuid.uuid4().hex}"), Path(scratch) / "costs")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())

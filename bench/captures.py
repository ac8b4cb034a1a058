"""What a caller pays: ``Pipeline.capture`` and ``Pipeline.record`` beside a bare posthog client.

All of them send to a recorder on loopback, and what is queued is sent after each round, outside of
what is measured; the client's own thread works meanwhile, as it does in a program. A round is a day
of its own: an event has a ceiling. A record sends nothing, and is measured by itself, beside the
least that it may cost: one stat and the reads of the environment. Then 10,000
sessions have recorded when a pipeline is shut down: how long that takes, and what became of them,
with a service that answers at once and with one that is a tenth of a second away.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import CONSOLE, compare
from posthog.client import Client

from payloadproof.recorder.script import Slow
from payloadproof.recorder.server import Recorder
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import FLUSH_AT

CALLS = 100  # fewer than the ceiling of this event for a day
RECORDS = 5_000
ROUNDS = 21
DAY_MS = 86_400_000
TOKEN = "bench"  # noqa: S105  # a project token is public, and this one is nobody's
EVENT = "search_performed"
NOW_MS = 1_750_000_000_000
SESSIONS = 10_000
ANSWERS_S = (0.0, 0.1)


def main() -> None:
    """Measure."""
    with Recorder() as recorder, TemporaryDirectory() as scratch:
        lease = recorder.lease(TOKEN)
        env = {
            "CLAUDE_MEM_TELEMETRY": "1",
            "CLAUDE_MEM_TELEMETRY_HOST": lease.host,
            "CLAUDE_MEM_TELEMETRY_KEY": TOKEN,
        }
        # As a program has it that runs for longer than a second: its consent file is an old one.
        consent = Path(scratch, "telemetry.json")
        consent.write_text(json.dumps({"enabled": True, "installId": str(uuid.uuid4())}))
        os.utime(consent, (0, 0))
        clock = VirtualClock(NOW_MS)
        pipeline = Pipeline(env, Path(scratch), clock)
        bare = Client(TOKEN, host=lease.host, flush_at=FLUSH_AT)
        properties = {"duration_ms": 12, "result_count": 3, "outcome": "ok"}

        def bare_captures() -> None:
            for _ in range(CALLS):
                bare.capture(EVENT, distinct_id="bench", properties=properties)

        def captures() -> None:
            for _ in range(CALLS):
                pipeline.capture(EVENT, properties)

        def records() -> None:
            for _ in range(RECORDS):
                pipeline.record("session_compressed", properties, session=1)

        def looks() -> None:
            # What no record can do without: a stat and the reads of the environment.
            for _ in range(RECORDS):
                os.stat(consent)  # noqa: PTH116 - as the pipeline asks
                env.get("DO_NOT_TRACK")
                env.get("CLAUDE_MEM_TELEMETRY")

        def send() -> None:
            clock.set(clock.now_ms() + DAY_MS)
            pipeline.capture(EVENT, properties)  # the first of a day makes its folder
            bare.flush()
            pipeline.flush()
            lease.take()

        compare(
            "one capture, processor time of its thread",
            {"posthog Client.capture": bare_captures, "Pipeline.capture": captures},
            operations=CALLS,
            rounds=ROUNDS,
            between=send,
            clock=time.thread_time,
        )
        compare(
            "one record, processor time of its thread",
            {"stat and environment": looks, "Pipeline.record": records},
            operations=RECORDS,
            rounds=ROUNDS,
            clock=time.thread_time,
        )
        bare.shutdown()
        pipeline.shutdown()
    for answer_s in ANSWERS_S:
        _shut_down(answer_s)


def _shut_down(answer_s: float) -> None:
    with Recorder() as recorder, TemporaryDirectory() as scratch:
        lease = recorder.lease(TOKEN)
        lease.script(Slow(head_s=answer_s))
        env = {
            "CLAUDE_MEM_TELEMETRY": "1",
            "CLAUDE_MEM_TELEMETRY_HOST": lease.host,
            "CLAUDE_MEM_TELEMETRY_KEY": TOKEN,
        }
        pipeline = Pipeline(env, Path(scratch), VirtualClock(NOW_MS))
        for session in range(SESSIONS):
            pipeline.record("session_compressed", {"duration_ms": 12}, session=session)
        began, worked = time.monotonic(), time.process_time()
        pipeline.shutdown()
        took, work = time.monotonic() - began, time.process_time() - worked
        lease.end()
        requests = lease.requests()
        sent = sum(len(request.events) for request in requests)
        log = "".join(path.read_text() for path in Path(scratch).rglob("*.log"))
        dropped = sum(" dropped" in line for line in log.splitlines())
        CONSOLE.print(
            f"shutdown after {SESSIONS:,} sessions, answers after {answer_s} s: {took:.2f} s,"
            f" {work:.2f} s of processor time of client and recorder together;"
            f" {sent:,} rollups arrived in {len(requests):,} requests,"
            f" {dropped:,} lines of the log say what was dropped"
        )


if __name__ == "__main__":
    main()

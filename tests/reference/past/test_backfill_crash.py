"""A worker that is killed again and again, in processes of their own, against a real server."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from payloadproof.recorder.server import Recorder
from payloadproof_reference import transport
from payloadproof_reference.past.marker import FILE

NOW_MS = 1_800_000_000_000  # three years after the floor
DAYS = 3 * 365
KILLS = 20

WORKER = """
import sys
from pathlib import Path
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.pipeline import Pipeline
import os
print("ready", flush=True)
sys.stdin.readline()
Pipeline(os.environ, Path(sys.argv[1]), VirtualClock(int(sys.argv[3]))).backfill(Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Three years of activity; each third epoch is in seconds."""
    path = tmp_path_factory.mktemp("product") / "claude-mem.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE sdk_sessions (project TEXT, started_at_epoch INTEGER)")
        connection.execute("CREATE TABLE observations (text TEXT, created_at_epoch INTEGER)")
        for day in range(DAYS):
            ms = NOW_MS - day * 86_400_000
            epoch = ms // 1000 if day % 3 == 0 else ms
            connection.execute("INSERT INTO sdk_sessions VALUES ('p', ?)", (epoch,))
            connection.executemany(
                "INSERT INTO observations VALUES (?, ?)", [("x" * (day % 50), epoch)] * 20
            )
        connection.commit()
    return path


def worker(lease, data_dir, history):
    """A process that waits for a word, and then sends the past."""
    roots = os.pathsep.join(sys.path)
    env = {transport.HOST: lease.host, transport.KEY: lease.token, "PYTHONPATH": roots}
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(data_dir), str(history), str(NOW_MS)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    return process


def told(process):
    process.stdin.write(b"go\n")
    process.stdin.flush()


def ended(process):
    with process:
        process.kill()


def whole(lease, data_dir, history):
    with worker(lease, data_dir, history) as process:
        told(process)
        assert process.wait(60) == 0
    return (data_dir / FILE).exists()


def arrived(lease):
    """What is left after the service has dropped what it has already, and how much came in all."""
    every = [
        (
            event.uuid,
            event.name,
            event.distinct_id,
            event.timestamp,
            json.dumps(event.properties, sort_keys=True),
        )
        for request in lease.requests()
        for event in request.events
    ]
    return {*every}, len(every)


def test_whenever_it_is_killed_the_same_set_arrives_in_the_end(history, tmp_path):
    draw = random.Random(20_260)
    install = json.dumps({"installId": str(uuid.uuid4())})
    for name in ("clean", "killed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "telemetry.json").write_text(install)
    with Recorder(listeners=2) as recorder:
        clean, killed = (recorder.lease(f"phc_{uuid.uuid4().hex}") for _ in range(2))
        assert whole(clean, tmp_path / "clean", history)
        expected, sent = arrived(clean)
        assert len(expected) == sent > DAYS - 5
        for _ in range(KILLS):
            process = worker(killed, tmp_path / "killed", history)
            already = len(killed.requests())
            told(process)
            # After so many of its requests, or before any.
            killed.wait_for_requests(already + draw.randrange(12), 5)
            process.send_signal(signal.SIGKILL)
            ended(process)
            if (tmp_path / "killed" / FILE).exists():
                (tmp_path / "killed" / FILE).unlink()  # it was too late: once more
        assert whole(killed, tmp_path / "killed", history)
        deduplicated, sent = arrived(killed)
    assert deduplicated == expected
    assert sent > len(expected)
    assert {path.name for path in Path(tmp_path / "killed").iterdir()} >= {FILE, "telemetry.json"}

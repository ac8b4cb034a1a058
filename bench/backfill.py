"""What sending the past costs: seconds, memory, and how long it holds up the worker beside it.

``python bench/backfill.py [ROWS ...]`` makes a database of three years for each number of
observations (50,000 and 1,000,000 by default) and runs the reference's backfill over it in a
process of its own, against a recorder on loopback. Meanwhile a thread of that process ticks each
millisecond, as the worker's own loop would: held up is the longest time between two ticks. Idle is
the same without a backfill, and is what the machine itself does to the thread.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from payloadproof.recorder.server import Recorder
from payloadproof_reference.clock import SystemClock
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import HOST, KEY

SIZES = (50_000, 1_000_000)
YEARS_MS = 3 * 365 * 86_400_000
#: Now, for the database and for the backfill: the clock of the machine may lie before 2027.
FLOOR_MS = 1_704_067_200_000
TICK_S = 0.001
IDLE_S = 2.0
CHARACTERS = (80, 720)
TYPES = ("bugfix", "discovery", "decision", "refactor", "change", "feature")

SCHEMA = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE sdk_sessions (memory_session_id TEXT, project TEXT, platform_source TEXT,
        started_at_epoch INTEGER, status TEXT);
    CREATE TABLE observations (memory_session_id TEXT, project TEXT, text TEXT, type TEXT,
        agent_type TEXT, created_at_epoch INTEGER, discovery_tokens INTEGER);
    CREATE TABLE session_summaries (memory_session_id TEXT, project TEXT,
        created_at_epoch INTEGER, discovery_tokens INTEGER);
    CREATE TABLE user_prompts (content_session_id TEXT, prompt_number INTEGER, prompt_text TEXT,
        created_at_epoch INTEGER);
"""


def lived(path: Path, rows: int, now_ms: int) -> None:
    """Make a database of ``rows`` observations, with a session for ten and a prompt for five."""
    draw = random.Random(rows)  # noqa: S311 - the same database each time
    began = max(FLOOR_MS, now_ms - YEARS_MS)
    text = "ordinary words about nothing in particular, " * 20

    def moment(number: int) -> int:
        ms = began + (now_ms - began) * number // rows
        return ms // 1000 if number % 3 == 0 else ms

    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        for number in range(rows):
            project, ms = f"project-{draw.randrange(30)}", moment(number)
            connection.execute(
                "INSERT INTO observations VALUES (?, ?, ?, ?, NULL, ?, 900)",
                ("s", project, text[: draw.randint(*CHARACTERS)], draw.choice(TYPES), ms),
            )
            if number % 10 == 0:
                session = ("s", project, "claude", ms, "completed")
                connection.execute("INSERT INTO sdk_sessions VALUES (?, ?, ?, ?, ?)", session)
                summary = ("s", project, ms, 900)
                connection.execute("INSERT INTO session_summaries VALUES (?, ?, ?, ?)", summary)
            if number % 5 == 0:
                connection.execute("INSERT INTO user_prompts VALUES ('s', 1, ?, ?)", (text, ms))
        connection.commit()


def longest_gap_s(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of ``work``, and the longest time that a ticking thread had to wait meanwhile."""
    over = threading.Event()
    gaps = [0.0]

    def tick() -> None:
        last = time.perf_counter()
        while not over.is_set():
            time.sleep(TICK_S)
            now = time.perf_counter()
            gaps.append(now - last - TICK_S)
            last = now

    ticker = threading.Thread(target=tick)
    ticker.start()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    over.set()
    ticker.join()
    return seconds, max(gaps)


def peak_mb() -> float:
    """The most memory this process has held so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measured(database: Path, data_dir: Path, host: str, key: str) -> None:
    """Run the backfill in this process, and print what it cost."""
    pipeline = Pipeline({HOST: host, KEY: key}, data_dir, SystemClock())
    _, idle_s = longest_gap_s(lambda: time.sleep(IDLE_S))
    before = peak_mb()
    worked = time.process_time()
    seconds, held_up_s = longest_gap_s(lambda: pipeline.backfill(database))
    work = time.process_time() - worked
    figures = {
        "seconds": seconds,
        "work": work,
        "mb": peak_mb() - before,
        "held_up": held_up_s,
        "idle": idle_s,
    }
    pipeline.abandon()
    Console().print_json(data={**figures, "done": (data_dir / "backfill.json").exists()})


def main(sizes: list[int]) -> int:
    """Measure each size; exit code 1 when one of them was not sent."""
    table = Table("observations", title="Backfill: three years, one run each")
    for heading in ("database", "events", "seconds", "processor", "peak memory", "held up", "idle"):
        table.add_column(heading, justify="right")
    whole = True
    for rows in sizes:
        with TemporaryDirectory() as scratch, Recorder(listeners=1) as recorder:
            database, key = Path(scratch, "history.db"), f"phc_{uuid.uuid4().hex}"
            lived(database, rows, time.time_ns() // 1_000_000)
            lease = recorder.lease(key)
            command = (__file__, "--child", database, Path(scratch, "data"), lease.host, key)
            child = subprocess.run(
                [sys.executable, *map(str, command)], check=True, capture_output=True, text=True
            )
            found = json.loads(child.stdout)
            whole = whole and found["done"]
            table.add_row(
                f"{rows:,}",
                f"{database.stat().st_size / 2**20:,.0f} MB",
                f"{sum(len(request.events) for request in lease.requests()):,}",
                f"{found['seconds']:.2f}",
                f"{found['work']:.2f} s",
                f"+{found['mb']:.0f} MB",
                f"{found['held_up'] * 1000:.1f} ms",
                f"{found['idle'] * 1000:.1f} ms",
            )
    Console().print(table)
    return 0 if whole else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        measured(Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))

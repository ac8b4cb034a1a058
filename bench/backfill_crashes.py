"""Three years of a past, and a backfill that is killed in the middle, over and over.

    python bench/backfill_crashes.py [ADAPTER] [SEED] [KILLS]

A child process is told to backfill, and is killed with SIGKILL at a random moment; the next one
finds what the dead one left. Once its marker stands, another past begins, until there were enough
kills. Exit code 1 when what the service has kept at the end is not what one undisturbed run gives,
by uuid, event, distinct id, timestamp and properties of the contract.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from payloadproof.adapters.base import initialize
from payloadproof.adapters.process import ProcessConnector
from payloadproof.contract import Contract, load
from payloadproof.contract.backfill import Backfill
from payloadproof.protocol.messages import RunBackfill, StartScenario
from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.script import Slow
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import databases
from payloadproof.scenario.databases import Database, Row, Table
from payloadproof.version import VERSION

REFERENCE = f"{sys.executable} -m payloadproof_reference.adapter"
INSTALL_ID = "3f0c2b5e-6a1d-4f7e-9b8a-0c1d2e3f4a5b"
NOW_MS = 1_810_000_000_000  # three years before it there was a claude-mem already
DAYS = 3 * 365
KILLS = 20
DAY_MS = 86_400_000
ANSWER_S = 0.05  # what the service takes: kills fall between the batches, too


class Kept(NamedTuple):
    """One row as PostHog keeps it."""

    event: str
    uuid: str
    distinct_id: str
    timestamp: str
    properties: str


class Install:
    """The directories of one install, and where it sends."""

    def __init__(self, root: Path, contract: Contract, lease: Lease, token: str) -> None:
        backfill, file = contract.backfill, contract.consent_file
        assert backfill
        assert file
        self._contract = contract
        self._lease = lease
        self._token = token
        self._home, self._data, self._database = root / "home", root / "data", root / "past.db"
        self._home.mkdir(parents=True)
        self._data.mkdir()
        content = {file.key: True, str(file.install_id): INSTALL_ID}
        (self._data / file.path).write_text(json.dumps(content), encoding="utf-8")
        databases.build(busy(backfill), backfill.tables, self._database).close()
        self.marker = self._data / backfill.marker.path

    def run(self, connector: ProcessConnector, killed_after: float | None) -> tuple[str, float]:
        """Backfill in a process of its own: what came of it, and how long it took."""
        connection = connector.open()
        try:
            initialize(connection, VERSION)
            connection.request(self._start())
            began = time.monotonic()
            # As from outside: nobody tells the connection.
            timer = threading.Timer(killed_after or 0, os.killpg, (connection.pid, signal.SIGKILL))
            if killed_after is not None:
                timer.start()
            kind = connection.request(RunBackfill()).kind
            timer.cancel()
            return kind, time.monotonic() - began
        finally:
            connection.close()

    def _start(self) -> StartScenario:
        variables = self._contract.variables
        env = {"HOME": str(self._home), "PATH": "/usr/bin:/bin"}
        env |= {variables.host: self._lease.host, variables.key: self._token}
        env |= {str(variables.data_dir): str(self._data)}
        return StartScenario(
            scenario="past",
            env=env,
            home=str(self._home),
            data_dir=str(self._data),
            host=self._lease.host,
            token=self._token,
            now_ms=NOW_MS,
            history_db=str(self._database),
        )


def busy(backfill: Backfill) -> Database:
    """Rows of every table on every day, more on some days than on others."""
    last = (NOW_MS - backfill.lag_ms) // DAY_MS * DAY_MS
    tables = {}
    for name, table in backfill.tables.items():
        words = dict.fromkeys(table.text, "a day of work")
        rows = (
            Row(
                values={
                    **words,
                    **dict.fromkeys(table.numbers, 7 * day),
                    table.epoch: last - day * DAY_MS + day,
                },
                times=1 + day % 5,
            )
            for day in range(DAYS)
        )
        tables[name] = Table(columns=table.columns, rows=tuple(rows))
    return Database(tables=tables)


def kept(contract: Contract, requests: Sequence[Request]) -> Counter[Kept]:
    """What the service has of some requests after deduplication."""
    rows: Counter[Kept] = Counter()
    for event, *_ in ingested(requests):
        given = event.properties if isinstance(event.properties, dict) else {}
        ours = {key: given[key] for key in sorted(given) if key in contract.properties}
        said = (event.name, event.uuid, event.distinct_id, event.timestamp, json.dumps(ours))
        rows[Kept(*map(str, said))] += 1
    return rows


def main(command: str = REFERENCE, seed: str = "", most: str = "") -> int:
    """Run it, print the figures, and return the exit code."""
    chosen = int(seed) if seed else secrets.randbelow(2**32)
    chance = random.Random(chosen)  # noqa: S311  # moments to kill at, nothing secret
    wanted = int(most) if most else KILLS
    console = Console(highlight=False)
    contract, connector = load("claude_mem"), ProcessConnector(command, ())
    with tempfile.TemporaryDirectory() as scratch, Recorder() as recorder:
        root = Path(scratch)

        def install(name: str) -> tuple[Install, Lease]:
            token = f"phc_{secrets.token_urlsafe(24)}"
            lease = recorder.lease(token)
            lease.script(Slow(head_s=ANSWER_S))
            return Install(root / name, contract, lease, token), lease

        undisturbed, its = install("undisturbed")
        kind, clean_s = undisturbed.run(connector, None)
        if kind != "ok" or not undisturbed.marker.is_file():
            console.print(f"an undisturbed backfill left no marker ({kind})")
            return 1
        sent = its.requests()
        right, batches = kept(contract, sent), len(sent)
        console.print(
            f"undisturbed: {sum(right.values())} events, {batches} requests, {clean_s:.2f} s"
        )
        kills, runs, lives, wrong, requests = 0, 0, 0, 0, 0
        its.end()
        while kills < wanted:
            lives += 1
            killed, lease = install(f"killed-{lives}")
            found: Counter[Kept] = Counter()
            within_s = clean_s
            while not killed.marker.is_file():
                runs += 1
                moment = chance.uniform(0, within_s) if kills < wanted else None
                kills += killed.run(connector, moment)[0] == "died"
                # On a machine that is slower than it was at first, no install would ever end.
                within_s += clean_s
                # What one install sends in all of its lives is more than a recorder keeps.
                come = lease.take()
                requests += len(come)
                # The same row twice is one row; with other content it is another, and wrong.
                found |= kept(contract, come)
            wrong += found != right
            # Each lease is a listener: a thousand of them are more than a process may open.
            lease.end()
    console.print(
        f"{kills} kills in {runs} runs of {lives} installs, {requests} requests, seed {chosen}"
    )
    console.print(f"{lives - wrong} of {lives} installs have what one undisturbed run gives")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

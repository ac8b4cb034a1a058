from __future__ import annotations

import gzip
import json
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import responses

from payloadproof_reference import transport
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.log import Log
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import WHITELIST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOST = "http://127.0.0.1:9"
NOW_MS = 1_760_000_000_000

TABLES = {
    "sdk_sessions": {
        "memory_session_id": "TEXT",
        "project": "TEXT",
        "platform_source": "TEXT",
        "started_at_epoch": "INTEGER",
        "status": "TEXT",
    },
    "observations": {
        "memory_session_id": "TEXT",
        "project": "TEXT",
        "text": "TEXT",
        "type": "TEXT",
        "agent_type": "TEXT",
        "created_at_epoch": "INTEGER",
        "discovery_tokens": "INTEGER",
    },
    "session_summaries": {
        "memory_session_id": "TEXT",
        "project": "TEXT",
        "created_at_epoch": "INTEGER",
        "discovery_tokens": "INTEGER",
    },
    "user_prompts": {
        "content_session_id": "TEXT",
        "prompt_number": "INTEGER",
        "prompt_text": "TEXT",
        "created_at_epoch": "INTEGER",
    },
}


@dataclass
class Database:
    """A database of claude-mem's shape, made row by row."""

    path: Path
    without: tuple[str, ...] = ()
    types: str | None = None
    wal: bool = False

    def __post_init__(self) -> None:
        with self.open() as connection:
            if self.wal:
                connection.execute("PRAGMA journal_mode=WAL")
            for table, columns in TABLES.items():
                kept = [
                    f"{column} {kind if self.types is None else self.types}"
                    for column, kind in columns.items()
                    if f"{table}.{column}" not in self.without
                ]
                if table not in self.without:
                    connection.execute(f"CREATE TABLE {table} ({', '.join(kept)})")
            connection.commit()

    def open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.path))

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        with self.open() as connection:
            for row in rows:
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()]
                )
            connection.commit()

    def observe(self, *rows: dict[str, Any]) -> None:
        self.add("observations", *rows)

    def begin(self, *rows: dict[str, Any]) -> None:
        self.add("sdk_sessions", *rows)


@pytest.fixture
def database(tmp_path: Path) -> Callable[..., Database]:
    """Makes one; ``without`` names tables, or columns as table.column."""
    directory = tmp_path / "product"
    directory.mkdir()
    return lambda **shape: Database(directory / "claude-mem.db", **shape)


@dataclass
class Wire:
    """What `requests` was asked to send; nothing reaches a socket."""

    mock: responses.RequestsMock
    paths: tuple[str, ...] = ("/batch/", "/capture/")

    def answer(self, **answer: Any) -> None:
        for path in self.paths:
            self.mock.add(responses.POST, HOST + path, **answer)

    def answer_by(self, callback: Any) -> None:
        for path in self.paths:
            self.mock.add_callback(responses.POST, HOST + path, callback=callback)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(_plain(call.request.body)) for call in self.mock.calls]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.requests for event in body.get("batch", [body])]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [found["properties"] for found in self.events if found["event"] == event]


def _plain(body: Any) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


@pytest.fixture
def healthy(wire: Wire) -> Wire:
    wire.answer(json={"status": "Ok"})
    return wire


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF_S", (0.0, 0.0, 0.0))


@pytest.fixture
def silent_console(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing may be printed during the test."""
    yield
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def env() -> dict[str, str]:
    return {transport.HOST: HOST, transport.KEY: f"phc_{uuid.uuid4().hex}"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW_MS)


@pytest.fixture
def log(data_dir: Path, clock: VirtualClock) -> Log:
    return Log(data_dir, clock)


@pytest.fixture
def pipeline(env: dict[str, str], data_dir: Path, clock: VirtualClock) -> Iterator[Pipeline]:
    built = Pipeline(env, data_dir, clock)
    yield built
    built.abandon()


@pytest.fixture
def message() -> Callable[..., dict[str, Any]]:
    """Makes what the pipeline hands to the transport."""

    def made(event: str = "search_performed", **properties: Any) -> dict[str, Any]:
        return {
            "event": event,
            "distinct_id": str(uuid.uuid4()),
            "properties": {"$process_person_profile": False, **properties},
            "timestamp": "2025-10-09T08:53:20.000+00:00",
            "uuid": str(uuid.uuid4()),
        }

    return made


@pytest.fixture
def consent() -> dict[str, bool]:
    return {"given": True}


@pytest.fixture
def door(env: dict[str, str], log: Log, consent: dict[str, bool]) -> Iterator[Transport]:
    built = Transport(env, lambda: consent["given"], WHITELIST, log)
    yield built
    built.close(0.0)
    for consumer in built._consumers():
        consumer.join(5)


@pytest.fixture
def logged(data_dir: Path) -> Callable[[], list[str]]:
    """The lines of all days."""

    def lines() -> list[str]:
        days = sorted((data_dir / "logs").iterdir())
        return [line for day in days for line in day.read_text().splitlines()]

    return lines


@pytest.fixture
def reports(pipeline, healthy):
    def sent():
        pipeline.flush()
        return healthy.named("$exception")

    return sent

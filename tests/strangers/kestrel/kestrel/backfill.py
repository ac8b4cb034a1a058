"""Sending the past of an install, once: until everything is confirmed, each start tries again.

Every run makes the same events with the same ids, so that what is sent again is kept once.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from typing import Any

from . import history, values
from .post import Answer, Post
from .schema import EVENTS

VERSION = 2
MARKER = "backfill.json"
LOCK = "backfill.lock"
NAMESPACE = uuid.UUID("8a9c2f4e-31b7-5d68-9c4a-f02e6d5b8a17")
BATCH = 100
REQUEST_S = 8.0
RUN_S = 45.0
ATTEMPTS = 3

DAY_EVENT = "historical_activity"
INSTALL_EVENT = "install_inferred"


def complete(data_dir: str, install: str | None) -> bool:
    """Whether the marker says that there is nothing to do. In doubt it does: a gap harms nobody."""
    path = os.path.join(data_dir, MARKER)
    try:
        # A pipe would block whoever opens it, and a device has no end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return True
        with open(path, "rb") as file:
            content = json.loads(file.read().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return os.path.islink(path)
    except (OSError, ValueError, RecursionError):
        return True
    if type(content) is not dict:
        return True
    version = content.get("version", 1)
    if type(version) not in (int, float) or not version < VERSION:
        return True
    owner = content.get("installId")
    return owner is not None and install is not None and owner != install


def build(past: history.Past, install: str) -> list[dict[str, Any]]:
    """The events, oldest day first. Nothing in them depends on when or where this runs."""
    events: list[dict[str, Any]] = []
    if past.install_day is not None:
        first = {"first_active_date": past.install_day}
        told = {**first, "backfilled": True, "$set": first}
        events.append(_event(install, INSTALL_EVENT, "install", past.install_day, told))
    for day, figures in past.days.items():
        told = values.pick({**figures, "backfilled": True}, EVENTS[DAY_EVENT].properties)
        told["$process_person_profile"] = False
        events.append(_event(install, DAY_EVENT, day, day, told))
    return events


def _event(install: str, name: str, key: str, day: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": name,
        "distinct_id": install,
        "uuid": str(uuid.uuid5(NAMESPACE, f"{install}|{name}|{key}")),
        "timestamp": f"{day}T12:00:00.000Z",
        "properties": told,
    }


class Backfill:
    def __init__(
        self,
        data_dir: str,
        host: str,
        token: str,
        allowed: Callable[[], bool],
        log: Callable[[str, str], None],
    ) -> None:
        self._dir = data_dir
        self._host = host
        self._token = token
        self._allowed = allowed
        self._log = log

    def show(self, database: str, now_ms: int) -> None:
        """Debug mode: print what would be sent, without an id, as there may be none."""
        past = self._read(database, now_ms)
        if past is None or complete(self._dir, None):
            return
        events = build(past, "")
        days = list(past.days)
        span = f"{days[0]} to {days[-1]}" if days else "no days"
        print(f"[telemetry] backfill: {span}, {len(events)} events", file=sys.stderr)
        for event in events:
            shown = {key: event[key] for key in ("event", "timestamp", "properties")}
            print("[telemetry] " + json.dumps(shown), file=sys.stderr)

    def run(self, database: str, now_ms: int, install: str) -> None:
        if complete(self._dir, install):
            return
        try:
            lock = open(os.path.join(self._dir, LOCK), "ab")
        except OSError:
            return  # the marker could not be written either
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return  # another worker is at it
            # The other worker may have come to its end between the first look and the lock.
            if complete(self._dir, install) or not self._marker_writable():
                return
            past = self._read(database, now_ms)
            if past is None:
                return
            events = build(past, install)
            if self._send(events) and self._allowed():
                self._mark(past, len(events), install)

    def _read(self, database: str, now_ms: int) -> history.Past | None:
        try:
            past = history.read(database, now_ms)
        except history.Unreadable:
            self._log("warn", "backfill: the database cannot be read")
            return None
        if past.odd_rows:
            self._log("warn", f"backfill: {past.odd_rows} rows without a time were left out")
        return past

    def _send(self, events: list[dict[str, Any]]) -> bool:
        """Whether the service has confirmed every event."""
        deadline = time.monotonic() + RUN_S
        size = BATCH
        at = 0
        failures = 0
        while at < len(events):
            left = deadline - time.monotonic()
            if left <= 0 or not self._allowed():
                return False
            batch = events[at : at + size]
            body = {"api_key": self._token, "historical_migration": True, "batch": batch}
            began = time.monotonic()
            seconds = min(REQUEST_S, left)
            answer = Post(self._host, "/batch/").send(
                json.dumps(body).encode(), seconds, self._allowed
            )
            if confirmed(answer):
                at += len(batch)
                failures = 0
                continue
            if answer.status == 413 and len(batch) > 1:
                size = len(batch) // 2
                continue
            failures += 1
            hung = time.monotonic() - began >= seconds - 0.1
            transient = answer.status in (0, 408, 429) or answer.status >= 500
            if failures >= ATTEMPTS or hung or not transient:
                return False
            time.sleep(0.2 * failures)
        return True

    def _marker_writable(self) -> bool:
        try:
            with tempfile.TemporaryFile(prefix=".backfill-", dir=self._dir):
                return True
        except OSError:
            return False

    def _mark(self, past: history.Past, count: int, install: str) -> None:
        marker = {
            "completedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "throughDay": past.through,
            "eventCount": count,
            "installId": install,
            "version": VERSION,
        }
        handle, temporary = tempfile.mkstemp(prefix=".backfill-", dir=self._dir)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(marker, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, os.path.join(self._dir, MARKER))
        except OSError:
            os.unlink(temporary)


def confirmed(answer: Answer) -> bool:
    """Whether the service says that it has the events, and does not say that it dropped some."""
    if answer.status != 200 or not answer.whole:
        return False
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    if type(content) is not dict or "quota_limited" in content:
        return False
    status = content.get("status")
    return status == "Ok" or (type(status) is int and status == 1)

"""What a worker leaves in the data directory: where it listens, and how it ended.

Rule 1: one worker for each data directory, by a lock that a crash frees.
Rule 2: ``worker.json`` says ``ended`` once everything else is done; any other end is a crash.
Rule 3: what cannot be read says nothing: the shutdown before is unknown then.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from payloadproof_reference.files import publish

FILE = "worker.json"
LOCK = "worker.lock"
_MAX_BYTES = 10_000


class AlreadyRunningError(Exception):
    """Another worker has this data directory; the message says which."""


@dataclass(frozen=True)
class State:
    """``worker.json``, key by key; the uptime is as of the last time that it was written."""

    pid: int
    port: int
    uptime_seconds: int
    ended: bool

    def write(self, directory: Path) -> None:
        """Put it in place.

        Raises:
            OSError: it could not be written.
        """
        publish(directory / FILE, asdict(self))


def previous(directory: Path) -> dict[str, str | int]:
    """How the worker before ended, as ``worker_started`` tells it."""
    content = _content(directory)
    ended = content.get("ended")
    if not isinstance(ended, bool):
        return {"previous_shutdown": "unknown"}
    found: dict[str, str | int] = {"previous_shutdown": "clean" if ended else "crash"}
    uptime = content.get("uptime_seconds")
    if type(uptime) is int and uptime >= 0:
        found["previous_uptime_seconds"] = uptime
    return found


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Have the data directory to oneself.

    Raises:
        AlreadyRunningError: another worker has it.
        OSError: it cannot be made or written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _content(directory)
            raise AlreadyRunningError(
                f"another worker (pid {other.get('pid')}, port {other.get('port')}) has"
                f" {directory}: stop it first"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _content(directory: Path) -> dict[str, Any]:
    try:
        # Not blocking: the place may be taken by a pipe.
        descriptor = os.open(directory / FILE, os.O_RDONLY | os.O_NONBLOCK)
        try:
            content = json.loads(os.read(descriptor, _MAX_BYTES))
        finally:
            os.close(descriptor)
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}

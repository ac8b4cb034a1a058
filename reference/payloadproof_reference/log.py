"""The local log.

Rule 1: it imports nothing of telemetry, so that it works whatever telemetry does (L3).
Rule 2: it never raises and never prints; what cannot be written is lost.
Rule 3: a message is one line, and it names things, never the values a caller passed.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from payloadproof_reference.clock import Clock

Level = Literal["INFO", "WARN", "ERROR"]
Component = Literal["PIPELINE", "TRANSPORT"]

#: Not blocking: a pipe that nobody reads must not hold up the program.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK


class Log:
    """Lines in ``logs/payloadproof-reference.log`` below the data directory."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._path = data_dir / "logs" / "payloadproof-reference.log"
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, level: Level, component: Component, message: str) -> None:
        """Append one line."""
        # S4: a missing, full or unwritable directory changes nothing for the host program.
        try:
            line = self._line(level, component, message)
            with self._lock:
                self._append(line)
        except Exception:
            return

    def _line(self, level: Level, component: Component, message: str) -> bytes:
        when = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        one_line = " ".join(message.splitlines())
        text = f"{when.isoformat(timespec='milliseconds')} {level} {component} {one_line}\n"
        return text.encode(errors="backslashreplace")

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, _APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

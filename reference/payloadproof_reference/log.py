"""The local log.

Rule 1: it imports nothing of telemetry, so that it works whatever telemetry does (L3).
Rule 2: it never raises and never prints; what cannot be written is lost.
Rule 3: a message is one line, and it is whole: what may not be sent may stand here.
Rule 4: the line comes first. Only then is an error handed to the sink, if there is one, and
nothing that the sink does changes anything here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from payloadproof_reference.clock import Clock

Level = Literal["debug", "info", "warn", "error", "failure"]
ErrorSink = Callable[[BaseException], None]

#: The least level that is written; a word that is no level is as good as none.
LEVEL = "CLAUDE_MEM_LOG_LEVEL"
_LEVELS: tuple[Level, ...] = ("debug", "info", "warn", "error", "failure")

#: Not blocking: a pipe that nobody reads must not hold up the program.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK


class Log:
    """Lines in ``logs/payloadproof-reference-YYYY-MM-DD.log``, by the UTC day; thread safe.

    Args:
        data_dir: Where ``logs`` is; made when the first line is written, if it is not there.
        clock: What a line is dated by.
        least: The level below which nothing is written, in either case; everything by default.
    """

    def __init__(self, data_dir: Path, clock: Clock, *, least: str = "debug") -> None:
        self._directory = data_dir / "logs"
        self._clock = clock
        self._least = _rank(least.strip().casefold(), otherwise="debug")
        self._lock = threading.Lock()
        self._sink: ErrorSink | None = None
        self._within = threading.local()

    def forked(self) -> None:
        """Make a new lock, in a child: the thread that holds the old one may not be here."""
        self._lock = threading.Lock()

    def set_error_sink(self, sink: ErrorSink | None) -> None:
        """Hand the exceptions of ``error`` and ``failure`` to ``sink`` from now on."""
        self._sink = sink

    def write(self, level: Level, component: str, message: object) -> None:
        """Append one line, whatever it is about; no error is handed on."""
        self._write(level, component, message)

    def error(self, component: str, message: object, error: object = None) -> None:
        """Append one line with the error's own text, then hand the error to the sink."""
        self._report("error", component, message, error)

    def failure(self, component: str, message: object, error: object = None) -> None:
        """As ``error``, for what the program does not recover from."""
        self._report("failure", component, message, error)

    def _report(self, level: Level, component: str, message: object, error: object) -> None:
        # E9: the local line is written first, and whole.
        self._write(level, component, message, error)
        sink = self._sink
        # An error within the sink is logged, and not handed to it again: it would never end.
        if sink is None or getattr(self._within, "sink", False):
            return
        self._within.sink = True
        try:
            if isinstance(error, BaseException):
                sink(error)
        except Exception:  # noqa: S110 - a sink that fails changes nothing
            pass
        finally:
            self._within.sink = False

    def _write(self, level: Level, component: str, message: object, error: object = None) -> None:
        # S4: a missing, full or unwritable directory changes nothing for the host program.
        try:
            rank = _rank(level, otherwise="info")
            if rank < self._least:
                return
            said = _one_line(message)
            if error is not None:
                said += f": {type(error).__name__}: {_one_line(error)}"
            when = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
            text = f"{when.isoformat(timespec='milliseconds')} {_LEVELS[rank].upper()} "
            line = f"{text}{_one_line(component)} {said}\n".encode(errors="backslashreplace")
            path = self._directory / f"payloadproof-reference-{when:%Y-%m-%d}.log"
            with self._lock:
                _append(path, line)
        except Exception:
            return


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _APPEND, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _rank(level: object, *, otherwise: Level) -> int:
    # The type first: a comparison is the caller's code, unless it is plain text.
    known = type(level) is str and level in _LEVELS
    return _LEVELS.index(level if known else otherwise)


def _one_line(value: object) -> str:
    try:
        text = str(value)
    except Exception:
        text = f"<{type(value).__name__} without a text>"
    # Not the text's own method: it may be a subclass of str, and those of the caller.
    return " ".join(str.splitlines(text))

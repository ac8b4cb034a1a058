"""How often each event may be sent in a UTC day, by all processes and starts of an installation.

Rule 1: an event of a day is a file, and how long that is says how often the event was let through.
It grows before the event is sent: who is killed in between has sent too few, never too many.
Rule 2: it grows by one write at its end, and where that ended is the event's number: of two
processes that take the last one at once, one sees that it came second. No lock is waited for.
Rule 3: where nothing can be written, this process counts for itself, and telemetry goes on.
Rule 4: what is over its ceiling costs a look in memory. A storm touches no file.
"""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from payloadproof_reference.clock import Clock
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.log import Log

#: Below the data directory: a folder for each day, in it a file for each event.
FOLDER = "telemetry-sent"

#: A clock that goes to and fro over midnight finds the days it knows as it left them.
_DAYS_KEPT = 8
_LOG_EVERY = 1000


class Ceilings:
    """How often each event was sent on each UTC day; thread safe.

    Args:
        clock: What tells the day.
        log: Told of what is dropped.
        directory: The data directory; ``None`` while nothing may be written.
    """

    def __init__(self, clock: Clock, log: Log, directory: Callable[[], Path | None]) -> None:
        self._clock = clock
        self._log = log
        self._directory = directory
        #: By day: how often an event was let through as far as is known here, and how often not.
        self._sent: dict[int, Counter[str]] = {}
        self._dropped: Counter[tuple[int, str]] = Counter()
        #: The folder of the latest day, as text: each event's caller pays for its spelling.
        self._folder = (-1, Path(), "")
        self._lock = threading.Lock()
        in_each_child(self._forked)

    def _forked(self) -> None:
        self._lock = threading.Lock()

    def admits(self, event: str, ceiling: int | None) -> bool:
        """Count one more ``event``, and say whether it stays under its ceiling."""
        if ceiling is None:
            return True
        with self._lock:
            today = self._clock.now_ms() // 86_400_000
            sent = self._known(today)
            if sent[event] < ceiling:
                # What was removed meanwhile was sent all the same.
                sent[event] = max(sent[event] + 1, self._number(event, today))
                if sent[event] <= ceiling:
                    return True
            self._dropped[today, event] += 1
            over = self._dropped[today, event]
        # B8: what exceeds the ceiling is dropped and counted in the log.
        if over % _LOG_EVERY == 1:
            self._log.write("warn", "PIPELINE", f"{event}: {over} dropped today, over {ceiling}")
        return False

    def _known(self, today: int) -> Counter[str]:
        if today not in self._sent:
            self._sent[today] = Counter()
            if len(self._sent) > _DAYS_KEPT:
                gone = next(iter(self._sent))
                del self._sent[gone]
                self._dropped = Counter({k: n for k, n in self._dropped.items() if k[0] != gone})
        return self._sent[today]

    def _number(self, event: str, today: int) -> int:
        """Which one of the day's this is, from 1; 0 where no file says so."""
        directory = self._directory()
        if directory is None:
            return 0
        with suppress(OSError):
            return _longer(f"{self._folder_of(today, directory)}/{event}")
        return 0

    def _folder_of(self, today: int, directory: Path) -> str:
        day, below, spelled = self._folder
        if day != today or below is not directory:
            date = datetime.fromtimestamp(today * 86_400, UTC).date()
            spelled = str(directory / FOLDER / date.isoformat())
            self._folder = today, directory, spelled
        return spelled


def _longer(path: str) -> int:
    """How long the file is, once it is longer by one.

    Raises:
        OSError: it could not be written, or is no file.
    """
    # Not blocking: the place may be taken by a pipe.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        folder = Path(path).parent
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder.parent)
        descriptor = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        os.write(descriptor, b".")
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    finally:
        os.close(descriptor)


def _tidy(folder: Path) -> None:
    """Remove the days in which nothing was begun for longest."""
    days = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for day in days[:-_DAYS_KEPT]:
        shutil.rmtree(day, ignore_errors=True)

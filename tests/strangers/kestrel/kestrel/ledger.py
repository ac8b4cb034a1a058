"""How often each event was sent on each UTC day, by this installation, over restarts.

SQLite does the counting because several processes of one installation count together. Where the
file cannot be used, this process counts for itself.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading

FILE = "ceilings.sqlite3"
_KEEP_DAYS = 400

_TAKE = """
INSERT INTO sent (day, event, n) VALUES (?, ?, 1)
ON CONFLICT (day, event) DO UPDATE SET n = n + 1 WHERE n < ?
"""


class Ledger:
    def __init__(self, data_dir: str) -> None:
        self._path = os.path.join(data_dir, FILE)
        self._mutex = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._broken = False
        self._memory: dict[tuple[str, str], int] = {}
        self.dropped: dict[str, int] = {}

    def take(self, event: str, ceiling: int | None, wall: float, persist: bool) -> bool:
        """Whether one more may be sent today; if so, it is counted."""
        if ceiling is None:
            return True
        day = dt.datetime.fromtimestamp(wall, dt.timezone.utc).strftime("%Y-%m-%d")
        with self._mutex:
            taken = self._memory.get((day, event), 0)
            allowed = taken < ceiling
            if allowed and persist:
                allowed = self._take_from_file(day, event, ceiling)
            if allowed:
                self._memory[day, event] = taken + 1
                if len(self._memory) > _KEEP_DAYS * 20:
                    del self._memory[next(iter(self._memory))]
            else:
                self.dropped[event] = self.dropped.get(event, 0) + 1
            return allowed

    def _take_from_file(self, day: str, event: str, ceiling: int) -> bool:
        if self._broken:
            return True
        try:
            if self._db is None:
                self._db = self._open()
            with self._db:
                changed = self._db.execute(_TAKE, (day, event, ceiling)).rowcount
            return changed == 1
        except sqlite3.OperationalError:
            return True  # locked or full: perhaps not the next time; memory still counts
        except (sqlite3.Error, OSError):
            self._broken = True
            return True

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=0.3, check_same_thread=False)
        # No write-ahead log: closing would then write, and by then consent may be gone.
        db.execute("PRAGMA journal_mode = TRUNCATE")
        # Losing the last counts when the machine loses power is fine; waiting for a disk is not.
        db.execute("PRAGMA synchronous = OFF")
        with db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS sent (day TEXT, event TEXT, n INTEGER NOT NULL, "
                "PRIMARY KEY (day, event)) WITHOUT ROWID"
            )
            db.execute(
                "DELETE FROM sent WHERE day NOT IN "
                "(SELECT DISTINCT day FROM sent ORDER BY day DESC LIMIT ?)",
                (_KEEP_DAYS,),
            )
        return db

    def close(self) -> None:
        with self._mutex:
            if self._db is not None:
                self._db.close()
                self._db = None
            self._broken = True

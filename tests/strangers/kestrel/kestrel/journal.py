"""The local log: one line a call, whatever telemetry does. It imports nothing of telemetry."""

from __future__ import annotations

import datetime as dt
import os
import threading
from typing import Any

_ESCAPES = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\x0b"): "\\x0b", ord("\x0c"): "\\x0c",
            ord("\x1c"): "\\x1c", ord("\x1d"): "\\x1d", ord("\x1e"): "\\x1e", ord("\x85"): "\\x85",
            ord("\u2028"): "\\u2028", ord("\u2029"): "\\u2029"}


def plain(value: Any) -> str:
    """Text of anything, in one line."""
    try:
        text = value if type(value) is str else str(value)
        text = str.__str__(text)
    except Exception:
        text = f"<{type(value).__name__} without a text>"
    return text.translate(_ESCAPES)


class Journal:
    def __init__(self, data_dir: str, wall: Any) -> None:
        self._folder = os.path.join(data_dir, "logs")
        self._wall = wall
        self._mutex = threading.Lock()

    def line(self, level: str, component: str, message: Any) -> None:
        """Append one line. Opened anew each time: the directory may come and go."""
        try:
            now = dt.datetime.fromtimestamp(self._wall(), dt.timezone.utc)
            text = f"{now.isoformat(timespec='milliseconds')} {level.upper():5} [{component}] "
            data = (text + plain(message) + "\n").encode("utf-8", "backslashreplace")
            with self._mutex:
                os.makedirs(self._folder, exist_ok=True)
                path = os.path.join(self._folder, "kestrel.log")
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(handle, data)  # one write, so that two processes never mix
                finally:
                    os.close(handle)
        except Exception:
            pass  # a log that cannot be written is no reason to stop

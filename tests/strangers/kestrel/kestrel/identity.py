"""The install id: drawn once, kept in the settings file, the same for as long as a process lives."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import threading
import time
import uuid
from typing import IO, Any

from . import consent

KEY = "installId"
LOCK = "telemetry.lock"


def valid(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        parsed = uuid.UUID(value)
    except ValueError:
        return False
    # One that was not drawn at random, as versions 1 and 5, may tell of the machine.
    return str(parsed) == value.lower() and parsed.version == 4


def _acquire(lock: IO[bytes]) -> None:
    """Take the lock, but do not hang on a process that was stopped while it held it."""
    for _ in range(100):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.01)
    raise TimeoutError("another process holds the lock")


class Identity:
    def __init__(self, data_dir: str) -> None:
        self._dir = data_dir
        self._mutex = threading.Lock()
        self._id: str | None = None
        self._kept = False

    def get(self) -> str:
        """The id. It is drawn and written at the first call, which has to come after consent."""
        with self._mutex:
            if self._id is not None and self._kept and self._still_there():
                return self._id
            try:
                self._keep()
            except OSError:
                self._kept = False  # the next call tries again
            if self._id is None:
                self._id = str(uuid.uuid4())
            return self._id

    @property
    def kept(self) -> bool:
        """Whether the next process will find this id."""
        return self._kept

    def _still_there(self) -> bool:
        settings = consent.read_settings(self._dir)
        return settings.content is not None and valid(settings.content.get(KEY))

    def _keep(self) -> None:
        os.makedirs(self._dir, exist_ok=True)
        # The lock is the system's, so a crash frees it; its file stays.
        with open(os.path.join(self._dir, LOCK), "ab") as lock:
            _acquire(lock)
            for _ in range(5):
                settings = consent.read_settings(self._dir)
                if settings.state == "damaged":
                    self._kept = False
                    return
                content = settings.content or {}
                if valid(content.get(KEY)):
                    if self._id is None:
                        self._id = content[KEY]
                    self._kept = self._id == content[KEY]
                    return
                mine = self._id or str(uuid.uuid4())
                if self._replace(settings, mine):
                    self._id, self._kept = mine, True
                    return

    def _replace(self, settings: consent.Settings, mine: str) -> bool:
        """Write the file with the id in it, unless somebody else wrote it meanwhile."""
        if settings.content is None:
            text = json.dumps({KEY: mine}, indent=2) + "\n"
        elif KEY not in settings.content:
            # Put in as text, so that every other byte of the person's file stays what it was.
            old = settings.raw.decode("utf-8")
            at = old.index("{") + 1
            comma = "," if settings.content else ""
            text = f'{old[:at]}"{KEY}": "{mine}"{comma}{old[at:]}'
        else:
            text = json.dumps({**settings.content, KEY: mine}, indent=2, ensure_ascii=False) + "\n"
        path = os.path.join(self._dir, consent.FILE)
        handle, temporary = tempfile.mkstemp(prefix=".telemetry-", dir=self._dir)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
            if settings.state == "missing":
                try:
                    os.link(temporary, path)  # fails where a file has appeared meanwhile
                except FileExistsError:
                    return False
                return True
            os.chmod(temporary, os.stat(path).st_mode & 0o777)
            if consent.read_settings(self._dir).raw != settings.raw:
                return False
            os.replace(temporary, path)
            temporary = ""
            return True
        finally:
            if temporary:
                os.unlink(temporary)

"""The note that the past was sent: ``backfill.json`` in the data directory.

Rule 1: it is written after all of it has arrived, and only then (F8); in one step, so that a crash
leaves either none or a whole one. Room for it is held before anything is sent.
Rule 2: a second copy is worse than a gap. A note that is damaged, newer or somebody else's counts
as complete; only one that says that an older version is done lets the past be sent again.
"""

from __future__ import annotations

import json
import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from payloadproof_reference.files import publish

FILE = "backfill.json"
#: Of what is sent. It grows with each change of the fields, so that who sent less sends again.
BACKFILL_VERSION = 2

_FIRST_VERSION = 1
_MAX_BYTES = 1_000_000
_ROOM_BYTES = 8_192


@dataclass(frozen=True)
class Completion:
    """What the note says, key by key; times as ISO 8601, ``throughDay`` as YYYY-MM-DD."""

    completedAt: str  # noqa: N815 - the names are the file's, which other programs read
    throughDay: str  # noqa: N815
    eventCount: int  # noqa: N815
    installId: str  # noqa: N815
    version: int


class Marker:
    """The note below one data directory."""

    version = BACKFILL_VERSION

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE

    def complete(self, install_id: str | None) -> str | None:
        """Why nothing is left to send; nothing when the past of ``install_id`` is."""
        try:
            content = _content(self._path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            return f"the marker cannot be read ({type(error).__name__})"
        if not isinstance(content, dict):
            return "the marker is no object"
        if content.get("installId", install_id) != install_id:
            return "the marker is of another install"
        # F8: an older marker version runs again, a current or newer one never.
        version = content.get("version", _FIRST_VERSION)
        if isinstance(version, bool) or not isinstance(version, int | float):
            return "the marker's version is no number"
        # Asked this way, what is not comparable (NaN) is complete.
        return None if version < self.version else f"version {version} is complete"

    @contextmanager
    def room(self) -> Iterator[Callable[[], None]]:
        """Hold room for the note, so that what is sent can be noted on a disk that fills up.

        Yields what gives the room back, just before the note takes it. The file that holds it has
        no name, so that a crash leaves none.

        Raises:
            OSError: there is none.
        """
        place = self._path.with_name(f".{FILE}.{uuid.uuid4().hex}")
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            place.unlink()
            # Written, not only reserved: a file with holes holds no room.
            os.write(descriptor, b" " * _ROOM_BYTES)
            os.fsync(descriptor)
            yield lambda: os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def write(self, completion: Completion) -> None:
        """Put the note in place.

        Raises:
            OSError: it could not be written; what was there before still is.
        """
        publish(self._path, asdict(completion))


def _content(path: Path) -> Any:
    # Not blocking: the place may be taken by a pipe.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
            raise ValueError("no file of ours")
        return json.loads(os.read(descriptor, _MAX_BYTES))
    finally:
        os.close(descriptor)

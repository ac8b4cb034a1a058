"""Files that only their owner may read: what a program sent is in them, leaks and all.

Rule 1: a file is 0600 from the moment that it exists, a directory made for it 0700, whatever the
umask. A directory that was there is somebody's own, and stays as it is.
Rule 2: nothing that was there is written over unless that was said.
"""

from __future__ import annotations

import errno
import os
import stat
from itertools import count
from pathlib import Path
from typing import IO

_FILE, _DIRECTORY = 0o600, 0o700


def opened(path: Path, *, over: bool = False) -> IO[bytes]:
    """A file to write to, empty.

    What is no regular file (``/dev/stdout``, a pipe) is opened as it is.

    Args:
        path: where.
        over: whether one that is there may be written over.

    Raises:
        FileExistsError: there is one, and it may not.
        OSError: it cannot be written.
    """
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        return path.open("wb")
    fresh = os.O_TRUNC if over else os.O_EXCL
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | fresh, _FILE)
    os.fchmod(descriptor, _FILE)  # one that was there may be anybody's to read
    return os.fdopen(descriptor, "wb")


def directory(path: Path) -> None:
    """Make a directory, and those above it, where there are none.

    Raises:
        OSError: it cannot be made.
    """
    if path.is_dir():
        return
    if path.parent != path:
        directory(path.parent)
    path.mkdir(_DIRECTORY, exist_ok=True)


def numbered(path: Path) -> Path:
    """The path, or the first like it that is free: ``recording-2.jsonl``."""
    if not path.exists():
        return path
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(name for name in names if not name.exists())

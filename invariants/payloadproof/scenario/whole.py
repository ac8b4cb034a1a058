"""Files that are whole or not there.

Rule 1: what was there stays until what replaces it is written to its end.
Rule 2: what is no regular file (a device, a pipe) is written to, and never replaced: by root, a
file in its place would be everybody's. So is a file in a directory that takes no other.
Rule 3: a link stays a link; what it leads to is replaced, by what as many may read, or by what its
owner alone may.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from payloadproof.scenario import private


@contextmanager
def whole(path: Path, *, discreet: bool = False) -> Iterator[IO[bytes]]:
    """A file to write to, which is at ``path`` once all of it is written.

    Args:
        path: where.
        discreet: whether its owner alone may read it, as :mod:`~payloadproof.scenario.private` has
            it.

    Raises:
        OSError: it cannot be written; then what was there is still there.
    """
    target = Path(os.path.realpath(path))  # of a circle of links too, which resolve() raises at
    there = target.exists()
    if there and not (target.is_file() and os.access(target.parent, os.W_OK)):
        with _opened(path, discreet=discreet) as file:
            yield file
        return
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _opened(unfinished, discreet=discreet) as file:
            if there and not discreet:
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            yield file
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _opened(path: Path, *, discreet: bool) -> IO[bytes]:
    return private.opened(path, over=True) if discreet else path.open("wb")

"""Files that are whole or not there.

Rule 1: what was there stays until what replaces it is written to its end.
Rule 2: what is no regular file (a device, a pipe) is written to, and never replaced: by root, a
file in its place would be everybody's.
Rule 3: a link stays a link; what it leads to is replaced.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which is at ``path`` once all of it is written.

    Raises:
        OSError: it cannot be written; then what was there is still there.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path))  # of a circle of links too, which resolve() raises at
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)

"""What a command left in its home: new files, and those of them that hold one of its ids.

Rule 1: a command may leave anything there: what is no plain file is not opened, no link is
followed, and no more is read than a file of settings has.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

FILES = 10_000
_READ_BYTES = 1 << 20


def files(home: Path) -> frozenset[str]:
    """The plain files below a home, as paths below it; no more than ``FILES`` of them."""
    found: set[str] = set()
    for name in _below(home):
        found.add(name)
        if len(found) == FILES:
            break
    return frozenset(found)


def _below(home: Path) -> Iterator[str]:
    for place, _, names in os.walk(home):
        for name in names:
            path = Path(place, name)
            with suppress(OSError):
                if stat.S_ISREG(path.lstat().st_mode):
                    yield str(path.relative_to(home))


def holding(home: Path, names: Collection[str], words: Collection[str]) -> tuple[str, ...]:
    """Those of the files that hold one of these words, by name."""
    wanted = [word.encode(errors="replace") for word in words if word]
    held = []
    for name in sorted(names):
        text = b""
        with suppress(OSError), (home / name).open("rb") as file:
            text = file.read(_READ_BYTES)
        if any(word in text for word in wanted):
            held.append(name)
    return tuple(held)

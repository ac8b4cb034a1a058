"""What a command sees in place of its machine's files; done by its own process before it is one.

Rule 1: the mount namespace is the command's own, and private: nothing of it is seen outside, and
all of it goes with the last process.
Rule 2: what cannot be mounted is said and left as it is.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_BIND, _REMOUNT, _READ_ONLY, _RECURSIVE = 0x1000, 0x20, 0x1, 0x4000  # MS_* of <sys/mount.h>
# nosuid, nodev, noexec, noatime, nodiratime: a user must leave them as they are.
_LOCKED = 0x2 | 0x4 | 0x8 | 0x400 | 0x800
_CARDS = ("class/net", "devices/virtual/net")  # below /sys

_libc = ctypes.CDLL(None, use_errno=True)


def over(mounts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Put each first file in the place of the second; yields what could not be had."""
    for source, target in mounts:
        try:
            _mount(source, target, _BIND)
        except OSError as error:
            yield f"{target} is the machine's own: {error.strerror}"


def frozen(directories: Iterable[str]) -> Iterator[str]:
    """Let nothing be written below these; yields what can be all the same."""
    for directory in directories:
        try:
            _mount(directory, directory, _BIND | _RECURSIVE)
            # What the mount had must be said again, or a user may not.
            flags = os.statvfs(directory).f_flag & _LOCKED
            _mount(None, directory, _BIND | _REMOUNT | _READ_ONLY | flags)
        except OSError as error:
            yield f"{directory} can be written to: {error.strerror}"


def own_cards(scratch: str) -> Iterator[str]:
    """Let ``/sys`` show this network's cards and no other's; ``scratch`` is an empty directory."""
    try:
        _mount("sysfs", scratch, 0, "sysfs")
        for place in _CARDS:
            _mount(str(Path(scratch, place)), f"/sys/{place}", _BIND)
    except OSError as error:
        yield f"the machine's own cards can be seen below /sys: {error.strerror}"


def _mount(source: str | None, target: str, flags: int, kind: str | None = None) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    if _libc.mount(*words, flags, None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

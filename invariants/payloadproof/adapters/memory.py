"""How much memory a child takes, and processor time, as the kernel tells it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROC = Path("/proc")
_GROUP = 2  # the place of a process group in a stat line, counted from behind the command's name
_TICKS = slice(11, 15)  # user and system time, the process's own and that of children that ended
_RESIDENT = 1  # the place of resident pages in statm


def can_be_told() -> bool:
    """Whether this platform tells it."""
    return (PROC / "self" / "statm").is_file()


def resident_bytes(leader: int) -> int:
    """Resident memory of the process group that ``leader`` leads: a wrapper's child counts too."""
    pages = 0
    for found in PROC.glob("[0-9]*"):
        # It may end while it is looked at.
        with contextlib.suppress(OSError):
            _, _, after = (found / "stat").read_text().rpartition(")")
            if int(after.split()[_GROUP]) == leader:
                pages += int((found / "statm").read_text().split()[_RESIDENT])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_s(leader: int) -> float:
    """Seconds of processor time that the process group has taken so far, as well as it is kept."""
    ticks = 0
    for found in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            _, _, after = (found / "stat").read_text().rpartition(")")
            fields = after.split()
            if int(fields[_GROUP]) == leader:
                ticks += sum(map(int, fields[_TICKS]))
    return ticks / os.sysconf("SC_CLK_TCK")

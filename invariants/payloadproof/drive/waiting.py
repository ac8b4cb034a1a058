"""Whether processes only wait, and whether there is memory for more, as Linux tells it.

Rule 1: a thread that could run all the while computes, although it gets no processor.
Rule 2: what cannot be read is no sign of rest.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
ROOM_BYTES = 1 << 30  # of memory to be had: one run of Node's takes some hundred megabytes
_COMPUTES = ("R", "D")  # of a thread: it runs, or could; it waits for a disk
_STATE = 0  # the place of the state in a stat line, counted from behind the command's name
_TICKS = slice(11, 13)  # user and system time
_SHARE = 0.1  # of a processor: what timers take that go off now and then


class Look(NamedTuple):
    """Processes at one moment: ticks of each so far, and the threads that computed just then."""

    ticks: dict[int, int]
    busy: frozenset[str]


def look(processes: Collection[int]) -> Look | None:
    """How these are now; None where there is none, or one cannot be looked at."""
    ticks: dict[int, int] = {}
    busy: set[str] = set()
    for number in processes:
        place = PROC / str(number)
        try:
            threads = [*(place / "task").iterdir()]
            busy |= {one.name for one in threads if _stat(one)[_STATE] in _COMPUTES}
            ticks[number] = sum(map(int, _stat(place)[_TICKS]))
        except OSError:  # it ends, or is somebody else's
            return None
    return Look(ticks, frozenset(busy)) if ticks else None


def has_waited(before: Look, now: Look, seconds: float) -> bool:
    """Whether the same processes did next to nothing in the seconds between two looks."""
    if before.ticks.keys() != now.ticks.keys() or before.busy & now.busy:
        return False
    took = sum(now.ticks.values()) - sum(before.ticks.values())
    return took <= _SHARE * seconds * os.sysconf("SC_CLK_TCK")


def has_room() -> bool:
    """Whether there is memory for one more; where nobody tells, there is."""
    try:
        lines = (PROC / "meminfo").read_text().splitlines()
    except OSError:
        return True
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(told.get("MemAvailable", f"{ROOM_BYTES >> 10} kB").split()[0]) << 10 >= ROOM_BYTES


def _stat(place: Path) -> list[str]:
    return (place / "stat").read_text().rpartition(")")[2].split()

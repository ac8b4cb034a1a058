"""Where a program under test lives: half a day from UTC, and not by whole hours.

Rule 1: most machines that judge have UTC for their own time. There a day, an hour or a timestamp
that is local by mistake is right by chance, and nobody sees the mistake.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: 12 h 45 min ahead of UTC in winter and 13 h 45 min in summer. Known to each language by its name;
#: where a system has no zones it stays UTC, and nothing is judged wrongly.
ZONE: Final = "Pacific/Chatham"
_VARIABLE: Final = "TZ"


def from_abroad(env: dict[str, str]) -> dict[str, str]:
    """The environment of a child."""
    return {**env, _VARIABLE: ZONE}


@contextmanager
def abroad() -> Iterator[None]:
    """Meanwhile this process, and the program that is judged in it, are there."""
    before = os.environ.get(_VARIABLE)
    _move(ZONE)
    try:
        yield
    finally:
        _move(before)


def _move(zone: str | None) -> None:
    if zone is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = zone
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()

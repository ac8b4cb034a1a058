"""Patterns of google-re2, made when they are first asked for.

Rule 1: a pattern costs nothing until it looks at a text. There are some five hundred, and making
them all takes longer than a whole short-lived process: most processes meet no error, and an error
needs few of them.
Rule 2: from then on it costs what a pattern of re2 costs: its methods are that one's own.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import re2

_ROOM_BYTES = 64 * 2**20


def quiet() -> Any:
    """Options: memory for many states, and not a word on anybody's standard error."""
    options = re2.Options()
    options.max_mem = _ROOM_BYTES
    options.log_errors = False
    return options


class Pattern:
    """One pattern, spelled out; it has every method of a pattern of re2.

    Args:
        spelled: the pattern.
        roomy: whether it may have so many states that it wants the options of :func:`quiet`.

    Raises:
        re2.error: at the first use, where it is spelled wrong.
    """

    def __init__(self, spelled: str, *, roomy: bool = False) -> None:
        self.pattern = spelled
        self._roomy = roomy

    @cached_property
    def made(self) -> Any:
        """The pattern of re2."""
        return re2.compile(self.pattern, quiet() if self._roomy else None)

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not here yet. Two threads may both make it: one of them stays.
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(self.made, name)
        self.__dict__[name] = method
        return method

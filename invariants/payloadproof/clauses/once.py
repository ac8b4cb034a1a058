"""What several checks ask of one history is worked out once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from payloadproof.evidence.history import History

Asked = TypeVarTuple("Asked")
Told = TypeVar("Told")


def once(work: Callable[[History, *Asked], Told]) -> Callable[[History, *Asked], Told]:
    """Keep what ``work`` says, for each of its other arguments, as long as the history lives.

    They have to be hashable; what it says is shared and must not be changed.
    """

    @functools.wraps(work)
    def kept(history: History, *asked: *Asked) -> Told:
        key = (work, *asked)
        if key not in history.worked_out:
            history.worked_out[key] = work(history, *asked)
        told: Told = history.worked_out[key]
        return told

    return kept

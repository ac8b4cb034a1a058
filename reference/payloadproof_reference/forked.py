"""What a forked child does with the telemetry that it inherits: it begins anew.

Rule 1: what the parent queued, folded and counted is the parent's to send. A child that sent it too
would tell everything twice.
Rule 2: no lock of before the fork is asked for: the thread that holds it may not be here. Each part
makes itself a new one.
Rule 3: nothing here knows what telemetry is; a part says itself what it forgets.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable

#: What to call, in the order in which it was named: a clock before what has timers with it.
_INHERITED: dict[weakref.WeakMethod[Callable[[], None]], None] = {}


def in_each_child(begin_anew: Callable[[], None]) -> None:
    """Call a method, which must not raise, in each child of a fork, as long as its object lives."""
    method = weakref.WeakMethod(begin_anew, _let_go)
    _INHERITED.setdefault(method)


def _let_go(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    _INHERITED.pop(method, None)


def _forked() -> None:
    for one in tuple(_INHERITED):
        begin_anew = one()
        if begin_anew is not None:
            begin_anew()


# Not on Windows, where nothing forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

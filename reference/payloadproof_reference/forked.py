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
from types import MethodType
from typing import cast

#: What to call, in the order in which it was named: a clock before what has timers with it.
_INHERITED: weakref.WeakKeyDictionary[object, Callable[[object], None]] = (
    weakref.WeakKeyDictionary()
)


def in_each_child(begin_anew: Callable[[], None]) -> None:
    """Call a method, which must not raise, in each child of a fork, as long as its object lives."""
    # Not weakref.WeakMethod: of those that live to the end of a process it prints an error then.
    method = cast("MethodType", begin_anew)
    _INHERITED.setdefault(method.__self__, method.__func__)


def _forked() -> None:
    for part, begin_anew in tuple(_INHERITED.items()):
        begin_anew(part)


# Not on Windows, where nothing forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

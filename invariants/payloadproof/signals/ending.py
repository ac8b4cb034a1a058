"""Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed: each ends a run, and leaves nothing.

Rule 1: a signal raises in the main thread, so that whatever was begun is taken down on the way out.
Rule 2: a process is begun and known, or not begun at all: a signal that comes meanwhile waits.
Rule 3: the way out is not interrupted: for ten seconds a further signal changes nothing.
Rule 4: a signal is not lost where an exception would be.
Rule 5: a signal that was ignored when we were started stays so, as ``nohup`` wants it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WAY_OUT_S = 10.0
#: Functions in which an exception is printed and lost: finalizers, and what Hypothesis has called
#: when garbage is collected. A signal that comes in one is heard a little later.
_SWALLOWING: Final = frozenset({"__del__", "gc_callback"})
_AGAIN_S: Final = 0.01


class Ended(KeyboardInterrupt):
    """A signal has ended the run; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _State:
    """Of the main thread, the only one that handlers run in."""

    def __init__(self) -> None:
        self.depth = 0
        self.waiting: int | None = None
        self.until = 0.0
        self.error: Callable[[int], BaseException] = Ended


_STATE = _State()


@contextmanager
def ended_by(
    *signals: signal.Signals, error: Callable[[int], BaseException] = Ended
) -> Iterator[None]:
    """Raise ``error`` of the number when one of the signals comes.

    Only in the main thread; in any other it does nothing.
    """
    if not _in_main():
        yield
        return
    before = {one: signal.getsignal(one) for one in signals}
    _STATE.until, _STATE.waiting, _STATE.error = 0.0, None, error
    for one, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(one, _handle)
    try:
        yield
    finally:
        for one, handler in before.items():
            # None: it was set by something else than Python, which cannot be put back.
            signal.signal(one, signal.SIG_DFL if handler is None else handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is done meanwhile is done whole; a signal that comes is heard at the end."""
    if not _in_main():
        yield
        return
    _STATE.depth += 1
    try:
        yield
    finally:
        _STATE.depth -= 1
        if not _STATE.depth and _STATE.waiting is not None:
            number, _STATE.waiting = _STATE.waiting, None
            _raise(number)


@contextmanager
def starting_workers() -> Iterator[None]:
    """Processes that are begun meanwhile hear no Ctrl-C and no closed terminal: we decide for them.

    What comes for us meanwhile is heard at the end. A worker calls :func:`listening`. Nothing is
    ignored here: another thread of ours would take what is meant for this one, and it were lost.
    Only in the main thread.
    """
    from multiprocessing import resource_tracker

    with undisturbed():
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        handler = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            # It unblocks signals, so that it has to be there first, and knows nothing of this one.
            resource_tracker.ensure_running()
            signal.signal(signal.SIGHUP, handler)
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            yield
        finally:
            signal.signal(signal.SIGHUP, handler)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def listening() -> None:
    """Hear what ends a worker, which nothing reached while it was begun."""
    for one in (signal.SIGHUP, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _handle(number: int, frame: FrameType | None) -> None:
    if _STATE.depth:
        _STATE.waiting = number
    elif _swallows(frame):
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()
    else:
        _raise(number)


def _swallows(frame: FrameType | None) -> bool:
    """Whether what is raised there goes nowhere: Python prints it, and goes on."""
    while frame is not None:
        if frame.f_code.co_name in _SWALLOWING:
            return True
        frame = frame.f_back
    return False


def _raise(number: int) -> None:
    now = time.monotonic()
    if now < _STATE.until:
        return
    _STATE.until = now + WAY_OUT_S
    raise _STATE.error(number)

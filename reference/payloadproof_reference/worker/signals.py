"""Signals that end a process, heard whatever its main thread does.

Rule 1: no handler does the work. Python runs one in the main thread only, between two steps of it:
a signal that comes while that thread is on its way into a wait, or in another thread, is noticed
when something else ends the wait, which may be never.
Rule 2: what is called is called in a thread of its own, where it may take locks.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Collection


def hear(numbers: Collection[int], callback: Callable[[], None]) -> None:
    """Call ``callback``, which must not raise, for each signal of ``numbers``, from now on.

    Called in the main thread, once in the life of the process.
    """
    here, there = socket.socketpair()
    there.setblocking(False)
    # The interpreter writes the number here as the signal comes, in whichever thread that is.
    signal.set_wakeup_fd(there.detach(), warn_on_full_buffer=False)
    for number in numbers:
        # One there has to be, or the interpreter takes no note.
        signal.signal(number, lambda *_: None)

    def listen() -> None:
        while heard := here.recv(1):
            if heard[0] in numbers:
                callback()

    threading.Thread(target=listen, name="signals", daemon=True).start()

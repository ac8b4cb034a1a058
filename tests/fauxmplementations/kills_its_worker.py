"""Ends the process it runs in, as a broken extension module may: once, for a file that it makes."""

import os
import signal
from pathlib import Path

from door_counter import DoorCounterAdapter

ONCE = "KILLED_ONCE"  # the variable that names the file; without it, every time


class KillsItsWorker(DoorCounterAdapter):
    def shutdown(self):
        super().shutdown()
        try:
            if once := os.environ.get(ONCE):
                Path(once).touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

"""A job to be run apart, where another process finds it: no test's module can be imported there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple


class Does(NamedTuple):
    """A job, by what it does; ``where`` is a file to leave a process's id in."""

    what: str
    where: str = ""

    def __call__(self):
        if self.what == "hangs":
            threading.Event().wait()
        if self.what == "dies":
            os._exit(7)
        if self.what == "raises":
            raise ValueError("it is wrong")
        if self.what == "begins another and hangs":
            words = [sys.executable, "-c", "import signal; signal.pause()"]
            child = subprocess.Popen(words, start_new_session=True)
            Path(self.where).write_text(str(child.pid), encoding="utf-8")
            threading.Event().wait()
        if self.what == "leaves a thread":
            threading.Thread(target=threading.Event().wait).start()
        return self.what, os.getpid(), "payloadproof_reference" in sys.modules

"""A child of a fork, for adapters in Python: it does its work, and ends as a program does.

Rule 1: the child runs down to the interpreter's own end. Its exit hooks are the program's, and what
hangs in them is what is looked for.
Rule 2: the child answers nothing: the wire is the parent's.
Rule 3: whoever asks waits without a limit. How long is too long the harness says.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable


class ChildEndedError(BaseException):
    """Raised in the child alone, past everything that would answer for the parent."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def in_a_child(work: Callable[[], object]) -> None:
    """Fork; the child does ``work`` and ends, and here that end is awaited.

    Raises:
        ChildProcessError: the child ended with another code than 0, or by a signal.
        ChildEndedError: this is the child, whose end ``serve`` brings about.
    """
    # What is buffered would be written by both.
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        try:
            work()
        except Exception as error:
            traceback.print_exc()
            raise ChildEndedError(1) from error
        raise ChildEndedError(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        raise ChildProcessError(f"the child of a fork ended {how}")

"""What is printed, wherever stdout and stderr lead.

Rule 1: a letter that a stream cannot spell is written as an escape, and ends nothing.
Rule 2: a report that could not be printed is no result: exit code 2, and a line that says why.
Rule 3: none of the three descriptors is left closed: the next file or socket would get its number,
and be printed to.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator

#: What writing to stdout fails with: nobody reads any more, the terminal is closed, the disk full.
_REFUSED = (errno.EPIPE, errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def whole() -> Iterator[None]:
    """Run a command so that what it printed is written when it ends, or its exit code is 2."""
    _open_all()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code: str | int | None = 0
    try:
        yield
    except SystemExit as leaving:
        code = leaving.code
    except OSError as error:  # of stderr: there is nobody left to tell
        complain(said(error))
        code = 2
    try:
        sys.stdout.flush()
    except OSError as error:
        complain(said(error))
        code = 2
    sys.exit(code)


def said(error: OSError) -> str:
    """What went wrong with a stream, a file or a directory; nothing more is printed to stdout."""
    if error.filename is not None or error.errno not in _REFUSED:
        named = f"{error.filename}: " if error.filename is not None else ""
        return f"{named}{error.strerror or error}, so there is no result"
    with contextlib.suppress(OSError, ValueError):  # not a file, in a test
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return f"stdout cannot be written: {error.strerror}, so there is no result"


def complain(message: str) -> None:
    """Say it on stderr, as far as anybody is there to read it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"error: {message}\n")
        sys.stderr.flush()


def _open_all() -> None:
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # gets the lowest number, which is this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115

"""Where in the program an exception came through: the innermost line that is the user's to mend.

Rule 1: the standard library, what was installed, and payloadproof are not the user's.
"""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

_INSTALLED = ("site-packages", "dist-packages")
_OURS = Path(__file__).resolve().parents[1]
_LIBRARIES = {
    above
    for name in ("stdlib", "platstdlib")
    for above in (Path(sysconfig.get_path(name)), Path(sysconfig.get_path(name)).resolve())
}


def innermost(trace: TracebackType | None) -> str | None:
    """``FILE:LINE in FUNCTION`` of the innermost frame of the user's own; None where none is."""
    for frame, line in reversed(list(traceback.walk_tb(trace))):
        code = frame.f_code
        if _is_own(code.co_filename):
            return f"{_near(code.co_filename)}:{line} in {code.co_name}"
    return None


def _is_own(file: str) -> bool:
    path = Path(file)
    if not path.is_absolute() or any(name in path.parts for name in _INSTALLED):
        return False
    if any(path.is_relative_to(above) for above in (_OURS, *_LIBRARIES)):
        return False
    return path.is_file()  # an error that the harness handed over comes from files that are not


def _near(file: str) -> str:
    """As it would be typed here, where it is below the working directory."""
    try:
        path = Path(file)
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
    except OSError:  # the working directory is gone
        return file

"""Which variable may turn on the telemetry of a program that sent nothing.

Rule 1: it is a hint and no evidence. What the program printed is read first, then what its own text
says, as far as its start leads there, and no more of it than a person would search.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from payloadproof.drive import overlay

#: A variable that speaks of telemetry, and of neither its address nor its key.
_NAMED: Final = re.compile(
    rb"\b(?!DO_NOT_TRACK\b)(?:[A-Z][A-Z0-9]*_)+(?:TELEMETRY|ANALYTICS|TRACKING|USAGE_STATS)"
    rb"(?:_(?:ENABLED?|ON|OPT_?IN))?\b"
)
_IMPORTED: Final = re.compile(rb"^\s*(?:from|import)\s+([A-Za-z_]\w*)", re.MULTILINE)
_EDITABLE: Final = "*.pth"
_FILES: Final = 200
_READ: Final = 1 << 18  # bytes of a file


def variable(argv: Sequence[str], env: Mapping[str, str], printed: bytes) -> str | None:
    """Its name; None where nothing names one."""
    for text in (printed, *map(_read, islice(_own(argv, env), _FILES))):
        if found := _NAMED.search(text):
            return found[0].decode()
    return None


def _own(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[Path]:
    """The files that the words of a command name, and the packages that those import."""
    words = [word for one in argv for word in one.replace(";", " ").split()]
    for word in dict.fromkeys(words):
        found = shutil.which(word, path=env.get("PATH")) or word
        start = Path(found)
        text = _read(start)
        if b"\0" in text or not text:
            continue
        yield start
        roots = [*overlay.packages((found,), env), start.parent]
        roots += [Path(line) for root in roots for line in _editable(root)]
        for name in dict.fromkeys(_IMPORTED.findall(text)):
            for root in roots:
                yield from (root / name.decode()).glob("**/*.py")


def _editable(root: Path) -> Iterator[str]:
    for file in root.glob(_EDITABLE):
        yield from (line for line in _read(file).decode(errors="replace").split() if os.sep in line)


def _read(file: Path) -> bytes:
    with suppress(OSError, ValueError):
        if file.is_file():
            with file.open("rb") as opened:
                return opened.read(_READ)
    return b""

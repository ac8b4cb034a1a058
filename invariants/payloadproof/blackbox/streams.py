"""What a command reads and prints: all of it is read, a part of it kept, and when it came.

Rule 1: what it prints is read to its end and kept in part: a flood costs no memory.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from payloadproof.blackbox.refusals import readable

KEPT_BYTES = 1 << 20  # of what a command prints
_DRAINED_S = 10.0  # that what is left in a pipe may take to be read
_MARKS = 10_000  # of what was printed when


class Streams:
    """What a command reads and prints."""

    def __init__(self, open_: ExitStack, stdin: Path | None, *, closed: bool) -> None:
        self.stdin: int | IO[bytes] = subprocess.DEVNULL
        self.stdout: int | IO[bytes] = subprocess.PIPE
        if stdin is not None:
            self.stdin = open_.enter_context(readable(stdin))
        if closed:
            reader, writer = os.pipe()
            os.close(reader)
            self.stdout = open_.enter_context(os.fdopen(writer, "wb", buffering=0))
        self._kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._marks: list[tuple[float, str, int]] = []  # when so much of a stream was there
        self._readers: list[threading.Thread] = []

    def read(self, process: subprocess.Popen[bytes]) -> None:
        """Begin to read what it prints."""
        for name in self._kept:
            stream = getattr(process, name)
            if stream is not None:
                reader = threading.Thread(target=self._drain, args=(name, stream))
                reader.daemon = True
                reader.start()
                self._readers.append(reader)

    def _drain(self, name: str, stream: IO[bytes]) -> None:
        kept = self._kept[name]
        with stream:
            while chunk := os.read(stream.fileno(), 1 << 16):
                kept.extend(chunk[: max(KEPT_BYTES - len(kept), 0)])
                if len(self._marks) < _MARKS:
                    self._marks.append((time.monotonic(), name, len(kept)))

    def before(self, moment: float) -> bytes:
        """What had been printed by then, of both streams."""
        until = {name: size for at, name, size in self._marks if at <= moment}
        return b"".join(bytes(self._kept[name][:size]) for name, size in until.items())

    def printed(self) -> tuple[bytes, bytes]:
        """All that was kept, once nobody is there any more who could print."""
        for reader in self._readers:
            reader.join(_DRAINED_S)
        return bytes(self._kept["stdout"]), bytes(self._kept["stderr"])

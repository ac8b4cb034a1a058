"""Files as they are packed: read as a stream, whatever was done to make them small.

Rule 1: what is unpacked is never held whole: a file of a few bytes can stand for any number.
Rule 2: a file may be several packed one behind the other: a batch export packs each row.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal

import brotli

from payloadproof.recorder.zstandard import zstd

Packing = Literal["", "gzip", "zstd", "brotli"]
BROKEN: Final = (OSError, EOFError, zlib.error, zstd.ZstdError, brotli.error)
_MAGIC: dict[bytes, Packing] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_CHUNK = 64 * 1024


def packing_of(path: Path, first: bytes) -> Packing:
    """By what it begins with; brotli begins with anything, so there the name has to say it."""
    for magic, packing in _MAGIC.items():
        if first.startswith(magic):
            return packing
    return "brotli" if path.suffix in (".br", ".brotli") else ""


def opened(path: Path, packing: Packing) -> IO[bytes]:
    """The file, unpacked as it is read.

    Raises:
        OSError: it cannot be opened. Reading raises one of ``BROKEN`` where it is damaged.
    """
    if packing == "gzip":
        unzipped: Any = gzip.open(path)  # noqa: SIM115 - handed on open
        return unzipped  # type: ignore[no-any-return]
    if packing == "zstd":
        unpacked: Any = zstd.open(path)
        return unpacked  # type: ignore[no-any-return]
    file = path.open("rb")
    return io.BufferedReader(_Brotli(file)) if packing else file


class _Brotli(io.RawIOBase):
    """A stream of brotli, a piece at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unpacker = brotli.Decompressor()
        self._pieces = self._unpacked()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def close(self) -> None:
        """Close the packed file, too."""
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one piece goes."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _unpacked(self) -> Iterator[bytes]:
        while packed := self._file.read(_CHUNK):
            if self._unpacker.is_finished():
                raise OSError("something follows its end")
            yield self._unpacker.process(packed)
        if not self._unpacker.is_finished():
            raise EOFError("it was cut")

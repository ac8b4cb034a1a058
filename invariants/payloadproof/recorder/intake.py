"""Bodies on their way in: how many are held in memory at once, and where they are judged.

Rule 1: what is judged in a moment is judged on the loop, as it comes. What may take longer is
judged on a thread, one body at a time, and nobody else waits for it.
Rule 2: bodies that are not whole yet are held in memory up to a bound for all of them together, and
beyond it in files without a name.
Rule 3: where somebody takes what comes, whatever comes while there is no room for it waits for
room. Its sender waits for the answer, and nothing is let go.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any, Final, Self, TypeVar

from payloadproof.recorder import exchange
from payloadproof.recorder.ledger import Ledger, Request
from payloadproof.recorder.project import Project
from payloadproof.recorder.unpack import GZIP_MAGIC, Headers, header

T = TypeVar("T")

HELD: Final = 32 * 1024 * 1024  # bytes of bodies that are not whole
_SMALL = 4 * 1024  # bytes that are little work, whatever they are packed in
_PACKED = 64 * 1024  # bytes of gzip
_PLAIN = 512 * 1024  # bytes of JSON
_LOOK_S = 0.01  # how late it is seen that there is room: another thread makes it


class Body:
    """A body as it comes; :meth:`Intake.body` makes one."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iadd__(self, chunk: bytes) -> Self:
        """One more piece of it."""
        self._size += len(chunk)
        if self._file is None and self._intake.held + len(chunk) > self._intake.limit:
            with suppress(OSError):  # there is no room for a file either: then in memory
                self._spill()
        if self._file is None:
            self._intake.held += len(chunk)
            self._held += chunk
        else:
            self._file.write(chunk)
        return self

    def __bytes__(self) -> bytes:
        if self._file is None:
            return bytes(self._held)
        self._file.seek(0)
        return self._file.read()

    def is_brief(self, path: str, headers: Headers) -> bool:
        """Whether it is judged in a moment, whatever it turns out to be."""
        if self._file is not None or len(path) > _SMALL:
            return False
        if self._size <= _SMALL:
            return True
        if self._held.startswith(GZIP_MAGIC):
            # What gzip says of its size may be a lie; then 64 KiB are 64 MiB at the very most.
            said = int.from_bytes(self._held[-4:], "little")
            return self._size <= _PACKED and said <= _PLAIN
        plain = self._held.startswith((b"{", b"[")) and header(headers, "content-encoding") is None
        return plain and self._size <= _PLAIN

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._intake.held -= len(self._held)
        self._held = bytearray()

    def _spill(self) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the body
        try:
            file.write(self._held)
        except OSError:
            file.close()
            raise
        self._file = file
        self._intake.held -= len(self._held)
        self._held = bytearray()


class Intake:
    """Where the bodies of a recorder come in; made and used on its loop's thread.

    Args:
        ledger: where they will be kept: it says whether there is room.
        limit: bytes of bodies that are not whole, in memory.
    """

    def __init__(self, ledger: Ledger, limit: int = HELD) -> None:
        self.held = 0
        self.limit = limit
        self._ledger = ledger
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="payloadproof-decoder")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    def body(self) -> Body:
        """A body of which nothing has come yet."""
        return Body(self)

    async def judged(
        self,
        body: Body,
        head: Request,
        problem: str,
        keep: Callable[[Request], T],
        *,
        announced: int = 0,
        project: Project,
    ) -> T:
        """Judge a body, then ``keep`` the record of it, on the loop; what that returns.

        It is kept even if whoever waits here is gone before that.

        Args:
            body: all that came of it.
            head: the request without it.
            problem: why it is not whole; empty where it is.
            keep: what puts it into the ledger.
            announced: its Content-Length.
            project: what is known of the project it is for.
        """

        def judge() -> Request:
            if problem:
                return exchange.unfinished(head, bytes(body), problem)
            return exchange.judged(head, bytes(body), announced, project)

        if self._ledger.has_room() and body.is_brief(head.path, head.headers):
            try:
                return keep(judge())
            finally:
                body.close()
        return await asyncio.shield(self._task(self._later(body, judge, keep)))

    async def _later(
        self, body: Body, judge: Callable[[], Request], keep: Callable[[Request], T]
    ) -> T:
        try:
            async with self._turn:
                while not (self._ledger.has_room() or self._is_closing):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(_LOOK_S)
                loop = asyncio.get_running_loop()
                return keep(await loop.run_in_executor(self._thread, judge))
        finally:
            body.close()

    def broken_off(
        self, body: Body, head: Request, problem: str, keep: Callable[[Request], object]
    ) -> None:
        """Keep the record of a request whose sender has gone: at once where it is small."""
        if len(body) <= _PLAIN and self._ledger.has_room():
            keep(exchange.unfinished(head, bytes(body), problem))
            body.close()
        else:
            self._task(
                self._later(body, lambda: exchange.unfinished(head, bytes(body), problem), keep)
            )

    def _task(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def hurry(self) -> None:
        """Wait for no room any more: what has come is judged and kept."""
        self._is_closing = True

    def close(self) -> None:
        """End the thread; nothing may be on its way."""
        self._thread.shutdown(wait=False)

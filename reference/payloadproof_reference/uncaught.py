"""Errors that nobody caught: of the main thread, of other threads, of asyncio's tasks.

Rule 1: one path. An error goes where every other one goes: consent, kill switch, limiter and
redaction are asked at that moment, by the pipeline.
Rule 2: whoever was there before is called next, whatever became of the report, and with what the
interpreter passed.
Rule 3: it never raises, and what raises in it is nobody's error.
Rule 4: taken out, it leaves the hooks as it found them; where somebody has hooked in on top, ours
stays in the chain and only passes on.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

#: Takes an error; ``handled`` is false.
Report = Callable[..., None]
Handler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]

# What ends a program on purpose is no error.
_ON_PURPOSE = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Uncaught:
    """The hooks of one pipeline.

    Args:
        report: ``Pipeline.exception``.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._active = False
        self._excepthook = sys.excepthook
        self._threadhook = threading.excepthook
        self._loops: list[tuple[asyncio.AbstractEventLoop, Handler | None, Handler]] = []

    def install(self) -> None:
        """Hook into the main thread's and the other threads' last resort; twice is once."""
        if self._active:
            return
        self._active = True
        self._excepthook, sys.excepthook = sys.excepthook, self.main
        self._threadhook, threading.excepthook = threading.excepthook, self.thread

    def install_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hook into the last resort of ``loop``: tasks whose error nobody fetched."""
        self._active = True
        before = loop.get_exception_handler()

        def handler(of: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            self.task(context)
            if before is None:
                of.default_exception_handler(context)
            else:
                before(of, context)

        loop.set_exception_handler(handler)
        self._loops.append((loop, before, handler))

    def uninstall(self) -> None:
        """Put back what was there."""
        self._active = False
        if sys.excepthook == self.main:
            sys.excepthook = self._excepthook
        if threading.excepthook == self.thread:
            threading.excepthook = self._threadhook
        for loop, before, handler in self._loops:
            if loop.get_exception_handler() is handler:
                loop.set_exception_handler(before)
        self._loops.clear()

    def main(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """For ``sys.excepthook``."""
        self._take(error)
        self._excepthook(kind, error, trace)

    def thread(self, arguments: threading.ExceptHookArgs) -> None:
        """For ``threading.excepthook``."""
        self._take(arguments.exc_value)
        self._threadhook(arguments)

    def task(self, context: dict[str, Any]) -> None:
        """For the exception handler of a loop."""
        self._take(context.get("exception"))

    def _take(self, error: BaseException | None) -> None:
        # C4: consent is asked for at this moment, by the pipeline.
        with suppress(Exception):
            if self._active and error is not None and not isinstance(error, _ON_PURPOSE):
                self._report(error, handled=False)

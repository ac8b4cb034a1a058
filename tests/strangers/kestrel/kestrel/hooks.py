"""Errors that nobody caught, on their way to wherever they went before."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from .pipeline import Telemetry


class Hooks:
    """Takes an error, and passes it on to the hook that was there before."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._before_main: Callable[..., Any] | None = None
        self._before_thread: Callable[..., Any] | None = None

    def install(self) -> None:
        self._before_main, self._before_thread = sys.excepthook, threading.excepthook
        sys.excepthook = self.uncaught
        threading.excepthook = self.thread

    def uncaught(self, kind: Any, error: Any, traceback: Any) -> None:
        self._telemetry.exception(error)
        if self._before_main is not None:
            self._before_main(kind, error, traceback)

    def thread(self, args: Any) -> None:
        self._telemetry.exception(args.exc_value)
        if self._before_thread is not None:
            self._before_thread(args)

    def task(self, loop: Any, context: dict[str, Any]) -> None:
        self._telemetry.exception(context.get("exception"))
        if loop is not None:
            loop.default_exception_handler(context)

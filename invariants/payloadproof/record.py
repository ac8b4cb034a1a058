"""A free-standing recorder: point a program at it, and keep what it sends."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from payloadproof.contract import Variables
from payloadproof.errors import HarnessError
from payloadproof.oracle.finding import named
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.server import Recorder
from payloadproof.recording import Writer


def record(out: Path, variables: Variables, console: Console) -> None:
    """Record to ``out`` until the user interrupts, a line on the console for each request.

    Raises:
        HarnessError: ``out`` cannot be written.
    """
    try:
        file = out.open("wb")
    except OSError as error:
        raise HarnessError(
            code="recording-unwritable",
            message=f"{out} cannot be written: {error.strerror}",
            next="--out FILE somewhere you may write",
        ) from error
    token = f"phc_{secrets.token_urlsafe(24)}"
    with file, Recorder(listeners=1) as recorder:
        lease = recorder.lease(token)
        console.print("recording; start the program with", style="bold")
        line = f"  {variables.host}={lease.host} {variables.key}={token}"
        console.print(line, highlight=False, soft_wrap=True)
        console.print(f"and end with Ctrl-C; writing {out}", highlight=False, markup=False)
        writer = Writer(file, time.monotonic())
        with _told_to_end() as told:
            while not told.is_set() or lease.wait_for_requests(1, timeout=0):
                lease.wait_for_requests(1, timeout=0.5)
                for request in lease.take():
                    writer.add(request)
                    console.print(_line(request), highlight=False, markup=False)
        writer.end()
        console.print(f"{writer.written} request(s) in {out}", highlight=False, markup=False)


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """Set by Ctrl-C and by SIGTERM.

    Python leaves SIGINT alone where a shell has made it ignored, as for a job in the background,
    and an exception out of a handler could cut a line in two.
    """
    told = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: told.set()) for one in signals]
    try:
        yield told
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


def _line(request: Request) -> str:
    names = ", ".join(named(event.name) for event in request.events) or "no event"
    return f"{request.number:>5}  {request.status}  {request.method} {request.path}  {names}"

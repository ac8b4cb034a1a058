"""A recorder for programs nobody instrumented: point one at it, and keep what it sends."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO

from rich.console import Console

from payloadproof.blackbox.child import Child, can_be_started, scratch_for, started
from payloadproof.contract import Contract, Variables
from payloadproof.errors import HarnessError
from payloadproof.evidence.quoting import named
from payloadproof.evidence.recording import Writer
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.server import Recorder
from payloadproof.syntax import shell

_LOOK_S = 0.1  # how late the end of a command may be seen
LATE_S = 1.0  # quiet for so long after the command's end: nothing more will come
LATE_MAX_S = 10.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def record(out: Path, variables: Variables, console: Console) -> None:
    """Record to ``out`` until the user interrupts, a line on the console for each request.

    Raises:
        HarnessError: ``out`` cannot be written.
    """
    token = _token()
    told = threading.Event()
    with _opened(out) as file, Recorder(listeners=1) as recorder:
        lease = recorder.lease(token)
        console.print("recording; start the program with", style="bold")
        _say(console, f"  {variables.host}={lease.host} {variables.key}={token}")
        _say(console, f"and end with Ctrl-C; writing {out}")
        tape = _Tape(file, lease, console)
        with _signalled(lambda _: told.set()):
            while tape.take(0 if told.is_set() else 0.5) or not told.is_set():
                pass
        tape.end(out)


def record_command(
    out: Path,
    argv: Sequence[str],
    contract: Contract,
    console: Console,
    *,
    scratch: bool,
    isolate: bool,
) -> None:
    """Run a command and record to ``out`` what it sends, until it has ended and is quiet.

    Raises:
        HarnessError: ``out`` cannot be written, or the command cannot be started.
    """
    can_be_started(argv, isolate=isolate)
    with ExitStack() as stack:
        file = stack.enter_context(_opened(out))
        env = dict(os.environ)
        if scratch:
            env = stack.enter_context(scratch_for(contract))
            where = env.get(contract.variables.data_dir or "", env["HOME"])
            _say(console, f"home and data are scratch, removed at the end: {Path(where).parent}")
        child = stack.enter_context(started(argv, env, contract, _token(), isolate=isolate))
        stack.enter_context(_signalled(child.tell))
        _say(console, f"recording {shell.command(argv)} at {child.lease.host}; writing {out}")
        tape = _Tape(file, child.lease, console)
        _follow(child, tape)
        ended = f"{argv[0]} {child.ending()}"
        _say(console, ended)
        tape.end(out)
        if not tape.written:
            # What follows is an audit of nothing; this is what it comes of.
            _say(console, f"nothing was sent: {ended}")
        if isolate:
            _say(console, f"in a network of its own: {_tried(child)}")


def _follow(child: Child, tape: _Tape) -> None:
    while not child.has_ended:
        tape.take(_LOOK_S)
    until = time.monotonic() + LATE_MAX_S
    while tape.take(LATE_S) and not child.killed and time.monotonic() < until:
        pass


def _tried(child: Child) -> str:
    elsewhere = child.elsewhere()
    if elsewhere is None:
        return "what else it tried cannot be said: the process that kept count is gone"
    tried = str(elsewhere)
    return f"beside the recorder it tried {tried}" if tried else "nothing else was contacted"


class _Tape:
    """What one lease gets, written and shown as it comes."""

    def __init__(self, file: IO[bytes], lease: Lease, console: Console) -> None:
        self._lease = lease
        self._console = console
        self._writer = Writer(file, time.monotonic())

    def take(self, timeout: float) -> bool:
        """Wait so many seconds at most for something, and keep it; whether there was anything."""
        if not self._lease.wait_for_requests(1, timeout):
            return False
        for request in self._lease.take():
            self._writer.add(request)
            _say(self._console, _line(request))
        return True

    @property
    def written(self) -> int:
        """How many requests are kept."""
        return self._writer.written

    def end(self, out: Path) -> None:
        """The recording is whole."""
        self._writer.end()
        _say(self._console, f"{self._writer.written} request(s) in {out}")


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    try:
        file = out.open("wb")
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> HarnessError:
    return HarnessError(
        code="recording-unwritable",
        message=f"{out} cannot be written: {error.strerror}",
        next="--out FILE somewhere you may write",
    )


@contextmanager
def _signalled(told: Callable[[int], None]) -> Iterator[None]:
    """Call ``told`` on Ctrl-C and on SIGTERM.

    Python leaves SIGINT alone where a shell has made it ignored, as for a job in the background,
    and an exception out of a handler could cut a line in two.
    """
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda number, _: told(number)) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


def _token() -> str:
    return f"phc_{secrets.token_urlsafe(24)}"


def _say(console: Console, line: str) -> None:
    """A line that holds names of files and programs, and is copied whole."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _line(request: Request) -> str:
    names = ", ".join(named(event.name) for event in request.events) or "no event"
    if request.status != HTTPStatus.OK:
        names += f" ({request.reason})"
    return f"{request.number:>5}  {request.status}  {request.method} {request.path}  {names}"

"""A recorder for programs nobody instrumented: point one at it, and keep what it sends."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Literal

import msgspec
from rich.console import Console

from payloadproof.blackbox.caught import KEPT_BYTES, Leased, Said, Source, Tell, nobody
from payloadproof.blackbox.child import Child, Ways, can_be_started, scratch_for, started
from payloadproof.blackbox.consented import Given
from payloadproof.blackbox.lines import line
from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.evidence.recording import Writer
from payloadproof.evidence.runs import Host, Run
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import private
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

RECORDER = "the recorder"  # as a host
KEPT = 5_000  # requests that are judged as one run, too; all are in the recording
_TOGETHER_S = 0.02  # what comes within it is written and shown at once
_LOOK_S = 0.1  # how late the end of a command may be seen
LATE_S = 1.0  # quiet for so long after the command's end: nothing more will come
LATE_MAX_S = 10.0
Evidence = Callable[[Iterable[Said]], Run]
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def record(
    out: Path,
    contract: Contract | None,
    console: Console,
    project: Project = ANY,
    *,
    over: bool = False,
    check_key: bool = False,
    tell: Tell = nobody,
) -> None:
    """Record to ``out`` until the user interrupts, a line on the console for each request.

    ``over``: whether a file that is there may be written over; ``check_key``: whether a key of no
    project is refused; ``tell`` is told of each request once it is written.

    Raises:
        HarnessError: ``out`` cannot be written, or the program cannot be told where to send.
    """
    if contract is not None and contract.variables.host is None:
        raise HarnessError(
            code="options-conflict",
            message="the contract names no variable for the host to send to",
            next="add -- COMMAND: it then runs in a network in which every host is recorded",
        )
    token = _token()
    if check_key:
        project = msgspec.structs.replace(project, tokens=frozenset({token}))
    told = threading.Event()
    with (
        _opened(out, over=over) as file,
        Recorder(listeners=1, project=project) as recorder,
        _signalled(lambda _: told.set()),  # before it is said that Ctrl-C stops it
    ):
        lease = recorder.lease(token)
        console.print("Recording. Start your program with", style="bold")
        pointed = {"its host": lease.host, "its project key": token}
        if contract is not None:
            pointed = contract.pointed_at(lease.host, token)
        _say(console, f"  {' '.join(f'{name}={value}' for name, value in pointed.items())}")
        _say(console, f"and stop with Ctrl-C. Writing to {out}")
        tape = _Tape(file, Leased(lease), console, project.prefix, kept=0, tell=tell)
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
    ways: Ways,
    due: Mapping[str, int],
    sets: Mapping[str, str],
    over: bool = False,
    tell: Tell = nobody,
    begun: Callable[[Evidence], None] | None = None,
) -> Run:
    """Run a command and record to ``out`` what it sends, until it has ended and is quiet.

    ``due``: how many of which events it owes; ``sets``: variables that it gets beside its others.
    ``tell`` is told of each request once it is written, and ``begun`` of how what came so far is
    evidence. What comes back is that of this one run.

    Raises:
        HarnessError: ``out`` cannot be written, or the command cannot be started.
    """
    can_be_started(argv, contract, ways)
    with ExitStack() as stack:
        file = stack.enter_context(_opened(out, over=over))
        env = dict(os.environ)
        if scratch:
            env = stack.enter_context(scratch_for(contract))
            where = env.get(contract.variables.data_dir or "", env["HOME"])
            _say(
                console,
                f"home and data directory will be deleted at the end: {Path(where).parent}",
            )
        env |= sets
        given = Given(contract, argv, env, fresh=scratch, due=bool(due))
        for one in given.lines():
            _say(console, one)
        child = stack.enter_context(started(argv, env, contract, _token(), ways))
        stack.enter_context(_signalled(child.tell))
        _say(console, f"recording {shell.command(argv)} {_place(contract, ways)}; writing {out}")
        tape = _Tape(file, child.source, console, ways.project.prefix, tell=tell)
        if begun is not None:
            begun(partial(run_so_far, given=given, contract=contract))
        _follow(child, tape)
        ended = f"{argv[0]} {child.ending()}"
        _say(console, ended)
        tape.end(out)
        if not tape.written:
            # What follows is an audit of nothing; this is what it comes of.
            _say(console, f"nothing was sent: {ended}")
        _contacts(child, contract, ways, console)
        return run_of(child, tape, given, contract, due)


def _place(contract: Contract, ways: Ways) -> str:
    if ways.is_isolated(contract):
        return "in a network of its own"
    if ways.isolate is False:
        return "with a proxy that forwards nothing"
    return "at the recorder"


def _follow(child: Child, tape: _Tape) -> None:
    while not child.has_ended:
        tape.take(_LOOK_S)
    until = time.monotonic() + LATE_MAX_S
    while not child.killed and time.monotonic() < until:
        if child.source.left() is None:
            # Nobody knows who could still send: quiet for a while is all there is to go by.
            if not tape.take(LATE_S):
                break
        elif not tape.take(_LOOK_S) and not child.source.left():
            break
    child.source.settle()
    while tape.take(0):
        pass


def _contacts(child: Child, contract: Contract, ways: Ways, console: Console) -> None:
    if left := child.source.left():
        many = f"{len(left)} process(es) that it left behind were"
        _say(console, f"{many} still there after {LATE_MAX_S:g} s; they have been ended")
    if not ways.is_isolated(contract) and ways.isolate is None:
        return
    met = list(child.source.summary())
    _say(console, f"{_place(contract, ways)} it contacted, or tried to contact:")
    for one in met or ["nothing"]:
        _say(console, f"  {one}")
    if not ways.is_isolated(contract):
        _say(console, "  connections that do not use a proxy are not seen here")


class _Tape:
    """What is caught, written and shown as it comes."""

    def __init__(
        self,
        file: IO[bytes],
        source: Source,
        console: Console,
        prefix: str = "",
        *,
        kept: int = KEPT,
        tell: Tell = nobody,
    ) -> None:
        self._source = source
        self._console = console
        self._kept = kept
        self._tell = tell
        self._room = KEPT_BYTES
        self._writer = Writer(file, time.monotonic(), prefix)
        self.said: list[Said] = []  # the first of it, in memory

    def take(self, timeout: float) -> bool:
        """Wait so many seconds at most for something, and keep it; whether there was anything."""
        if not self._source.wait(timeout):
            return False
        # What comes within a moment is taken at once: a turn of the loop and a line of a terminal
        # cost more than a request does.
        time.sleep(_TOGETHER_S)
        lines = []
        taken = self._source.take()
        for one in taken:
            self._writer.add(one.request, one.host, other=one.other)
            self._keep(one)
            lines.append(printable(line(one)))
        self._writer.flush()
        for one in taken:
            self._tell(one)
        if lines:
            _say(self._console, "\n".join(lines))
        return True

    def _keep(self, one: Said) -> None:
        """Hold it for the verdict on the run, if that is wanted and there is room."""
        size = len(one.request.wire) + len(one.request.body or b"")
        if len(self.said) < self._kept and size <= self._room:
            self._room -= size
            self.said.append(one)

    @property
    def written(self) -> int:
        """How many requests are kept."""
        return self._writer.written

    def end(self, out: Path) -> None:
        """The recording is whole."""
        self._writer.end()
        _say(self._console, f"{self._writer.written} request(s) in {out}")


def run_of(
    child: Child, tape: _Tape, given: Given, contract: Contract, due: Mapping[str, int]
) -> Run:
    """What was observed, as evidence of one run.

    Where it is known that telemetry was off, the run is one with it turned off by what decided.
    """
    return msgspec.structs.replace(
        run_so_far(tape.said, child.source.telemetry(), given=given, contract=contract),
        asked=child.source.asked(),
        exit_code=child.exit_code,
        due=tuple(due.items()),
    )


def run_so_far(
    said: Iterable[Said],
    telemetry: Collection[str] = (),
    *,
    given: Given,
    contract: Contract,
) -> Run:
    """The same of a run that goes on; ``telemetry``: the hosts that are, beside PostHog."""
    by_host: dict[str, list[Request]] = {}
    kinds: dict[str, Literal["posthog", "telemetry", "other"]] = {}
    for one in said:
        name = one.host or RECORDER
        by_host.setdefault(name, []).append(one.request)
        kinds[name] = "telemetry" if one.host in telemetry else "other" if one.other else "posthog"
    known = given.known()
    listed = contract.wire.hosts
    return Run(
        name="as it is",
        hosts=tuple(
            Host(name=name, kind=kinds[name], requests=tuple(requests))
            for name, requests in by_host.items()
        ),
        switch=known.switch,
        own=bool(known.switch),
        doubt=known.doubt,
        allowed=(RECORDER, *listed) if listed or contract.variables.host else None,
    )


@contextmanager
def _opened(out: Path, *, over: bool) -> Iterator[IO[bytes]]:
    try:
        file = private.opened(out, over=over)
    except FileExistsError as error:
        raise HarnessError(
            code="recording-exists",
            message=f"{out} is there already, and is not written over",
            next="--force writes over it; or --out with another name",
        ) from error
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
    """Call ``told`` on Ctrl-C, on SIGTERM, and when the terminal is closed (SIGHUP).

    Python leaves SIGINT alone where a shell has made it ignored, as for a job in the background,
    and an exception out of a handler could cut a line in two.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
    with suppress(OSError):  # its terminal was closed: the recording goes on to its end
        console.print(printable(line, lines=True), highlight=False, markup=False, soft_wrap=True)

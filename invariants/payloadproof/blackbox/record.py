"""A recorder for programs nobody instrumented: point one at it, and keep what it sends."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO, Literal

import msgspec
from rich.console import Console

from payloadproof.blackbox.caught import KEPT_BYTES, Leased, Said, Source
from payloadproof.blackbox.child import Child, Ways, can_be_started, scratch_for, started
from payloadproof.blackbox.contacts import shown
from payloadproof.clauses.circumstances import answer
from payloadproof.clauses.timeline import decide
from payloadproof.contract import Contract
from payloadproof.contract.consent import XDG
from payloadproof.errors import HarnessError
from payloadproof.evidence.bodies import is_unread
from payloadproof.evidence.quoting import named
from payloadproof.evidence.recording import Writer
from payloadproof.evidence.runs import Host, Run
from payloadproof.recorder.ledger import Event, Request
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.routes import TAKES_EVENTS
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import private
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

RECORDER = "the recorder"  # as a host
KEPT = 5_000  # requests that are judged as one run, too; all are in the recording
_LARGE = 4 * 1024 * 1024  # bytes of a body that is not read again for the live view
_TOGETHER_S = 0.02  # what comes within it is written and shown at once
_SHOWN = 8  # events of a request, and properties of an event, in the live view
_LOOK_S = 0.1  # how late the end of a command may be seen
LATE_S = 1.0  # quiet for so long after the command's end: nothing more will come
LATE_MAX_S = 10.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def record(
    out: Path,
    contract: Contract | None,
    console: Console,
    project: Project = ANY,
    *,
    over: bool = False,
    check_key: bool = False,
) -> None:
    """Record to ``out`` until the user interrupts, a line on the console for each request.

    ``over``: whether a file that is there may be written over; ``check_key``: whether a key of no
    project is refused.

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
        tape = _Tape(file, Leased(lease), console, project.prefix, kept=0)
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
    over: bool = False,
) -> Run:
    """Run a command and record to ``out`` what it sends, until it has ended and is quiet.

    ``due``: how many of which events it owes. What comes back is the evidence of this one run.

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
        child = stack.enter_context(started(argv, env, contract, _token(), ways))
        stack.enter_context(_signalled(child.tell))
        _say(console, f"recording {shell.command(argv)} {_place(contract, ways)}; writing {out}")
        tape = _Tape(file, child.source, console, ways.project.prefix)
        _follow(child, tape)
        ended = f"{argv[0]} {child.ending()}"
        _say(console, ended)
        tape.end(out)
        if not tape.written:
            # What follows is an audit of nothing; this is what it comes of.
            _say(console, f"nothing was sent: {ended}")
        _contacts(child, contract, ways, console)
        return run_of(child, tape, env, contract, due)


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
    lines = list(child.source.summary())
    _say(console, f"{_place(contract, ways)} it contacted, or tried to contact:")
    for line in lines or ["nothing"]:
        _say(console, f"  {line}")
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
        kept: int = KEPT,
    ) -> None:
        self._source = source
        self._console = console
        self._kept = kept
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
        for one in self._source.take():
            self._writer.add(one.request, one.host, other=one.other)
            self._keep(one)
            lines.append(printable(_line(one)))
        self._writer.flush()
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
    child: Child, tape: _Tape, env: Mapping[str, str], contract: Contract, due: Mapping[str, int]
) -> Run:
    """What was observed, as evidence of one run.

    Where the contract's chain says off, the run is one with telemetry turned off by what decided.
    """
    telemetry = child.source.telemetry()
    by_host: dict[str, list[Request]] = {}
    kinds: dict[str, Literal["posthog", "telemetry", "other"]] = {}
    for one in tape.said:
        name = one.host or RECORDER
        by_host.setdefault(name, []).append(one.request)
        kinds[name] = "telemetry" if one.host in telemetry else "other" if one.other else "posthog"
    decision, layer = decide(contract, env, _consent_text(contract, env))
    listed = contract.wire.hosts
    return Run(
        name="as it is",
        hosts=tuple(
            Host(name=name, kind=kinds[name], requests=tuple(requests))
            for name, requests in by_host.items()
        ),
        asked=child.source.asked(),
        exit_code=child.exit_code,
        switch=f"{layer}={env.get(layer, '')}".rstrip("=") if decision == "off" else "",
        own=decision == "off",
        due=tuple(due.items()),
        allowed=(RECORDER, *listed) if listed or contract.variables.host else None,
    )


def _consent_text(contract: Contract, env: Mapping[str, str]) -> str | None:
    """What the consent file holds, where the environment says where it lies."""
    layer = contract.consent_file
    if layer is None:
        return None
    directory = env.get(contract.variables.data_dir or "") if layer.where == "data" else None
    if layer.where != "data" and (home := env.get("HOME")):
        variable, default = XDG.get(layer.where, ("", ""))
        directory = env.get(variable) or str(Path(home, default))
    if not directory:
        return None
    try:
        return Path(directory, layer.path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


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


def _line(said: Said) -> str:
    request = said.request
    shown_of = request.events[:_SHOWN] if len(request.body or b"") <= _LARGE else ()
    names = ", ".join(_events(shown_of)) or "no event"
    if len(request.body or b"") > _LARGE:
        names = f"{len(request.events):,} event(s)"
    elif len(request.events) > _SHOWN:
        names += f" and {len(request.events) - _SHOWN:,} more"
    if said.other:
        names = "not PostHog"
    elif is_unread(request):
        names = "a body that cannot be decoded"
    elif request.service not in TAKES_EVENTS:
        names = f"asks PostHog's {request.service}"
    if not said.other and request.status != HTTPStatus.OK:
        names += f" ({answer(request).partition(': ')[2] or answer(request)})"
    status = request.answered if said.other else request.status
    # Of a path only what was asked for: a query may hold anything.
    path = printable(request.path.partition("?")[0])
    where = f"{shown(said.host)} " if said.host else ""
    return f"{request.number:>5}  {status}  {where}{printable(request.method)} {path}  {names}"


def _events(events: Iterable[Event]) -> Iterator[str]:
    """Their names, and the names of what they say: never what that is."""
    known: dict[tuple[object, ...], str] = {}
    for event in events:
        properties = event.properties if isinstance(event.properties, dict) else {}
        keys = tuple(key for key in properties if key[:1] != "$")
        alike = repr(event.name), keys
        if alike not in known:
            known[alike] = _event(event.name, keys)
        yield known[alike]


def _event(name: object, keys: Sequence[str]) -> str:
    if not keys:
        return named(name)
    more = [f"and {len(keys) - _SHOWN} more"] if len(keys) > _SHOWN else []
    return f"{named(name)} ({', '.join([*map(named, keys[:_SHOWN]), *more])})"

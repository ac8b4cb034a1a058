"""An adapter in a child process: JSON Lines on its stdin and stdout.

Rule 1: a child gets a process group of its own, and the whole group is killed, at the latest when
we end, however that is.
Rule 2: nothing a child does can block the harness or fill its memory: writes have a deadline, lines
and noise have limits, of stderr only the tail is kept.
Rule 3: a line on stdout that is no reply is noise: kept as evidence, and the run goes on.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import selectors
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Collection

from payloadproof.adapters.abroad import from_abroad
from payloadproof.adapters.base import Console, Outcome, outcome
from payloadproof.errors import HarnessError
from payloadproof.protocol import codec
from payloadproof.protocol.messages import LINE_MAX, Exit, Params
from payloadproof.signals.ending import undisturbed
from payloadproof.syntax import shell

STDERR_KEPT = 64 * 1024
NOISE_KEPT = 50
NOISE_LIMIT = 10_000  # lines that are not replies, to one request: more is a flood
ENDING_S = 1.0  # how long a child whose pipes have closed may take to end


_LIVE: dict[int, ProcessConnection] = {}
"""Every child that was begun and not killed yet, by its process group."""


@atexit.register
def end_all() -> None:
    """Kill every child that is left: a signal may have come before anybody knew of it."""
    for connection in list(_LIVE.values()):
        connection.strike()
    _LIVE.clear()


class ProcessConnection:
    """A warm child."""

    def __init__(
        self, spec: str, argv: list[str], env: dict[str, str], *, pass_fds: Collection[int] = ()
    ) -> None:
        self._spec = spec
        with undisturbed():
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=env,
                start_new_session=True,
                pass_fds=pass_fds,
            )
            _LIVE[self._child.pid] = self
        assert self._child.stdin
        os.set_blocking(self._child.stdin.fileno(), False)
        self._printed = bytearray()  # on stdout, beside the protocol
        self._fresh_stderr = bytearray()  # what console() has not handed out yet
        self._stderr_lock = threading.Lock()
        self._number = 0
        self._replied = False
        self._noise: deque[bytes] = deque(maxlen=NOISE_KEPT)
        self._noise_lines = 0
        self._stderr = bytearray()
        # Bounded, so that a child that floods waits for us in its own pipe.
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=64)
        self._over = threading.Event()
        self._readers = [
            threading.Thread(target=target, name="payloadproof-child", daemon=True)
            for target in (self._read_stdout, self._read_stderr)
        ]
        for reader in self._readers:
            reader.start()

    def request(self, params: Params) -> Outcome:
        """Ask and wait; see :class:`~payloadproof.adapters.base.Connection`."""
        self._number += 1
        self._noise_lines = 0
        line = codec.request_line(self._number, params)
        began_at = time.monotonic()
        deadline = began_at + params.deadline_s
        if not self._write(line, deadline):
            return self._lost(params, line, began_at)
        while True:
            try:
                got = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return self._lost(params, line, began_at)
            if got is None:
                return self._lost(params, line, began_at, heard=True)
            try:
                reply = codec.decode_reply(got)
            except codec.MalformedLineError:
                self._take_noise(got, line)
                continue
            if reply.id != self._number and reply.error is None:
                raise HarnessError(
                    code="adapter-wrong-id",
                    message=f"{self._spec} answered id {reply.id} to request {self._number}",
                    evidence=self._exchange(line, got),
                    causes=("every request gets exactly one reply, with the id of that request",),
                    next=f"payloadproof smoke --adapter {shell.word(self._spec)}",
                )
            self._replied = True
            return outcome(reply, began_at)

    def console(self) -> Console:
        """What it printed since the last call."""
        while not self._lines.empty():
            line = self._lines.get_nowait()
            if line is None:  # its end, which the next request has to see
                self._lines.put(None)
                break
            self._keep_noise(line)
        stdout, self._printed = bytes(self._printed), bytearray()
        self._settle()
        with self._stderr_lock:
            stderr, self._fresh_stderr = bytes(self._fresh_stderr), bytearray()
        return Console(stdout, stderr)

    @property
    def pid(self) -> int:
        """Of the child, which leads its process group."""
        return self._child.pid

    def close(self, *, asked: bool = False) -> None:
        """Ask it to exit, unless it was ``asked``, then make sure of it."""
        if self._child.poll() is None:
            if not asked:
                last = codec.request_line(self._number + 1, Exit())
                self._write(last, time.monotonic() + 0.5)
            self._close_stdin()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=ENDING_S)
        self.kill()

    def _close_stdin(self) -> None:
        assert self._child.stdin
        with contextlib.suppress(OSError):
            self._child.stdin.close()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.strike()
        self._child.wait()
        _LIVE.pop(self._child.pid, None)
        self._close_stdin()
        self._over.set()
        # What the child said last is evidence; only a process that left the group can hold it up.
        for reader in self._readers:
            reader.join(timeout=ENDING_S)

    def tell(self, within_s: float) -> float | None:
        """Tell it to end, by SIGTERM to the group, as a service manager does.

        Returns:
            The seconds until it had ended; None where it did not within ``within_s``.
        """
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGTERM)
        try:
            self._child.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began

    def strike(self) -> None:
        """Kill it from another thread than the one that asks, which is left to see it die."""
        # The group, even when its leader is gone: a child's children may hold the pipes open.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def _write(self, line: bytes, deadline: float) -> bool:
        assert self._child.stdin
        view = memoryview(line)
        while view:
            try:
                view = view[os.write(self._child.stdin.fileno(), view) :]
            except BlockingIOError:
                with selectors.DefaultSelector() as full:  # most lines find room at once
                    full.register(self._child.stdin, selectors.EVENT_WRITE)
                    if not full.select(max(0.0, deadline - time.monotonic())):
                        return False
            except OSError:
                return False
        return True

    def _read_stdout(self) -> None:
        assert self._child.stdout
        pending = bytearray()
        with self._child.stdout as stdout:
            while chunk := stdout.read(1 << 16):
                pending += chunk
                *lines, rest = pending.split(b"\n")
                pending = bytearray(rest)
                for line in lines:
                    if line.strip():
                        self._hand_on(bytes(line))
                if len(pending) > LINE_MAX:
                    # Handed on too long, so that the reader of it sees why it is no message.
                    self._hand_on(bytes(pending))
                    pending.clear()
        self._hand_on(None)

    def _hand_on(self, line: bytes | None) -> None:
        # Nobody takes lines out any more once the connection is over.
        while not self._over.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=0.1)
                return

    def _read_stderr(self) -> None:
        assert self._child.stderr
        with self._child.stderr as stderr, selectors.DefaultSelector() as ready:
            ready.register(stderr, selectors.EVENT_READ)
            while ready.select():
                # Read and kept under one lock: what is not in the pipe any more is in both.
                with self._stderr_lock:
                    chunk = os.read(stderr.fileno(), 1 << 14)
                    if not chunk:
                        return
                    for kept in (self._stderr, self._fresh_stderr):
                        kept.extend(chunk)
                        del kept[:-STDERR_KEPT]

    def _settle(self) -> None:
        """Wait until what the child has printed so far was read: it is evidence of this scenario.

        A child prints before it replies, so that it is in the pipe by now.
        """
        until = time.monotonic() + ENDING_S
        # The reader closes its end once the child's is closed.
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            assert self._child.stderr
            ready.register(self._child.stderr, selectors.EVENT_READ)
            while time.monotonic() < until:
                with self._stderr_lock:
                    if not ready.select(0):
                        return
                time.sleep(0)  # the reader's turn

    def _take_noise(self, got: bytes, line: bytes) -> None:
        self._keep_noise(got)
        self._noise_lines += 1
        if self._noise_lines > NOISE_LIMIT:
            self.kill()
            raise HarnessError(
                code="adapter-floods",
                message=f"{self._spec} wrote over {NOISE_LIMIT:,} lines that are not replies",
                evidence=self._exchange(line, got),
                causes=("something logs to stdout: keep stdout for the protocol",),
                next=f"payloadproof smoke --adapter {shell.word(self._spec)}",
            )

    def _keep_noise(self, line: bytes) -> None:
        self._noise.append(line[:500])
        if len(self._printed) < STDERR_KEPT:
            self._printed += line[:STDERR_KEPT] + b"\n"

    def _lost(
        self, params: Params, line: bytes, began_at: float, *, heard: bool = False
    ) -> Outcome:
        """No reply came: the child died, closed its pipes, or the deadline passed.

        ``heard``: whether all that it printed was taken out.
        """
        left = began_at + params.deadline_s - time.monotonic()
        # Pipes close a moment before the exit code is there.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=min(max(left, 0.0), ENDING_S))
        code = self._child.poll()
        if code is not None and not heard:
            # It had gone before it was asked: what it said on the way tells why.
            with contextlib.suppress(queue.Empty):
                while (said := self._lines.get(timeout=ENDING_S)) is not None:
                    self._keep_noise(said)
        self.kill()
        if code is None and left > 0:
            what = f"the adapter closed its end of the pipe during {params.op} and did not exit"
        elif code is None:
            what = f"{params.op} got no reply within {params.deadline_s:g} s"
        elif code < 0:
            what = f"the adapter was ended by {signal.Signals(-code).name} during {params.op}"
        else:
            what = f"the adapter exited with code {code} during {params.op}"
        evidence = self._exchange(line, b"")
        if not self._replied:
            raise HarnessError(
                code="adapter-silent" if code is None else "adapter-exited",
                message=f"{self._spec} did not answer: {what}",
                evidence=evidence,
                causes=self._causes(code),
                next="run the adapter's command by hand: it must start and then wait for input",
            )
        return Outcome(
            kind="timeout" if code is None else "died",
            began_at=began_at,
            ended_at=time.monotonic(),
            detail=f"{what}\n{evidence}",
        )

    def _causes(self, code: int | None) -> tuple[str, ...]:
        """Why there was no first reply: only what can be, by how it ended and what it printed."""
        if code:
            return ("it ended while starting: its stderr is above",)
        no_reply = (
            "the reply carries another id than the request, or is no JSON object",
            "something else was printed to stdout: keep stdout for the protocol",
        )
        if code is None:
            return ("the reply was not flushed: write one line per reply, then flush", *no_reply)
        ended = "it did not wait for lines on stdin: in Python, the script has to call serve()"
        return (ended, *no_reply) if self._noise else (ended,)

    def _exchange(self, sent: bytes, got: bytes) -> str:
        noise = list(self._noise)
        if got and (not noise or noise[-1] != got[:500]):
            noise.append(got[:500])
        back = "\n".join(f"  {_readable(line)}" for line in noise[-5:]) or "  nothing"
        stderr = self._stderr[-2_000:].decode(errors="replace").rstrip()
        tail = "\n".join(f"  {line}" for line in stderr.splitlines()[-12:]) or "  nothing"
        return (
            f"sent:\n  {sent[:500].decode(errors='replace').rstrip()}\n"
            f"came back on stdout:\n{back}\nstderr:\n{tail}"
        )


def _readable(line: bytes) -> str:
    """As text; what would move a terminal's cursor is escaped."""
    text = line.decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class ProcessConnector:
    """``cmd:COMMAND``: a command line, split as a shell would, run without one."""

    def __init__(self, spec: str, without: Collection[str]) -> None:
        """Run ``spec`` without the variables named in ``without``.

        Those are the contract's: the machine's own DO_NOT_TRACK must not decide a scenario.
        """
        self.spec = spec
        try:
            self._argv = shlex.split(spec.removeprefix("cmd:"))
        except ValueError as error:
            raise HarnessError(
                code="adapter-unknown",
                message=f"{spec!r} cannot be split into words: {error}",
                next='quote it as a shell would: --adapter "cmd:node adapter.mjs"',
            ) from error
        if not self._argv:
            raise HarnessError(
                code="adapter-unknown",
                message="there is no command after cmd:",
                next='for example --adapter "cmd:node adapter.mjs"',
            )
        inherited = {name: value for name, value in os.environ.items() if name not in without}
        self._env = from_abroad(inherited)
        # Known before workers are begun, which take seconds to find the same out.
        if shutil.which(self._argv[0]) is None:
            raise self._unstartable("there is no such program")

    def open(self) -> ProcessConnection:
        """Start a child; see :class:`~payloadproof.adapters.base.Connector`."""
        return self.started()

    def started(
        self, wrapper: Collection[str] = (), *, pass_fds: Collection[int] = ()
    ) -> ProcessConnection:
        """Start a child behind a wrapper's words, with descriptors to inherit."""
        try:
            argv = [*wrapper, *self._argv]
            return ProcessConnection(self.spec, argv, self._env, pass_fds=pass_fds)
        except OSError as error:
            raise self._unstartable(str(error.strerror)) from error

    def _unstartable(self, why: str) -> HarnessError:
        return HarnessError(
            code="adapter-unknown",
            message=f"{self._argv[0]!r} cannot be run: {why}",
            causes=("the command is not on PATH, or the path is relative to somewhere else",),
            next=f"{shell.command(self._argv)} must start when you type it here",
        )

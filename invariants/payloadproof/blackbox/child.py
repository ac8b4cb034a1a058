"""A command while it is recorded: what it is given, what it is told, and what it leaves.

Rule 1: it has a process group of its own. The first Ctrl-C or SIGTERM goes there and nowhere else,
the second kills it; nothing of the group outlives the recording.
Rule 2: it has our environment, the recorder's address and token apart. With a scratch directory it
has no variable that means something to the product, and none that names a place in the real home.
Rule 3: it never reads our terminal, which belongs to the foreground.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from payloadproof.contract import Contract
from payloadproof.drive.enclosure import UNSHARE, Room, available
from payloadproof.errors import HarnessError
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.server import Recorder

_ABSENT = "there is no such program"
_DIRECTORIES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


class Elsewhere(NamedTuple):
    """What was tried beside the recorder, by the kernel's count."""

    connections: int
    datagrams: int
    unroutable: int

    def __str__(self) -> str:
        tried = {
            "TCP connection(s) to other ports of its own loopback": self.connections,
            "datagram(s) over loopback": self.datagrams,
            "connection(s) or packet(s) to other machines, none of which left": self.unroutable,
        }
        return ", ".join(f"{number:,} {what}" for what, number in tried.items() if number)


class Child:
    """The command, started; ``lease`` is where it sends."""

    def __init__(self, process: subprocess.Popen[bytes], lease: Lease, room: Room | None) -> None:
        self.lease = lease
        self.killed = False
        self._process = process
        self._room = room
        self._told = False

    @property
    def has_ended(self) -> bool:
        """Whether the command itself has; what it started may go on."""
        return self._process.poll() is not None

    def tell(self, number: int) -> None:
        """Hand a signal on; kill the group instead if it had one already."""
        self.killed = self._told
        self._told = True
        self._signal(signal.SIGKILL if self.killed else number)

    def close(self) -> None:
        """Kill what is left of the group."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.wait()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def elsewhere(self) -> Elsewhere | None:
        """What it tried beside the recorder; None where nobody counted."""
        tried = self._room.attempts() if self._room else None
        if tried is None:
            return None
        connections, datagrams, unroutable = tried
        others = max(connections - len(self.lease.connections()), 0)
        return Elsewhere(others, datagrams, unroutable)


@contextmanager
def scratch_for(contract: Contract) -> Iterator[dict[str, str]]:
    """The environment of a command whose home and data directory are scratch, until the end."""
    with TemporaryDirectory(prefix="payloadproof-", ignore_cleanup_errors=True) as root:
        without = {*contract.variable_names, *_DIRECTORIES}
        env = {name: value for name, value in os.environ.items() if name not in without}
        places = {"HOME": "home", contract.variables.data_dir: "data"}
        for variable, name in places.items():
            if variable:
                place = Path(root, name)
                place.mkdir()
                env[variable] = str(place)
        yield env


def can_be_started(argv: Sequence[str], *, isolate: bool) -> None:
    """Raise HarnessError if it cannot."""
    if shutil.which(argv[0]) is None:
        why = _ABSENT
        # A name without a slash is looked for on PATH, and nowhere else.
        if os.sep in argv[0] and os.path.exists(argv[0]):  # noqa: PTH110 - a command, not a path
            is_directory = os.path.isdir(argv[0])  # noqa: PTH112 - likewise
            why = "it is a directory" if is_directory else "it is not executable"
        raise _unstartable(argv, why)
    if isolate and not available():
        raise HarnessError(
            code="enclosure-failed",
            message="no network namespace can be made here, so --isolate cannot be had",
            causes=(
                "it needs Linux, and the program unshare of util-linux",
                "a container, or a distribution's hardening, keeps plain users from making one",
            ),
            next=f"{' '.join(UNSHARE)} true must succeed here; or leave --isolate out",
        )


@contextmanager
def started(
    argv: Sequence[str], env: Mapping[str, str], contract: Contract, token: str, *, isolate: bool
) -> Iterator[Child]:
    """Run a command with the recorder's address, in a network of its own if it is to be isolated.

    Raises:
        HarnessError: it cannot be started.
    """
    variables = contract.variables
    with contextlib.ExitStack() as stack:
        recorder = stack.enter_context(Recorder(listeners=1))
        if isolate:
            room = Room()
            stack.callback(room.close)
            process = _opened(room.around(argv), os.environ, room.descriptor)
            stack.callback(process.kill)  # until its group is somebody's
            lease = recorder.lease(token, room.listener())
            room.start({**env, variables.host: lease.host, variables.key: token})
            child = Child(process, lease, room)
        else:
            lease = recorder.lease(token)
            process = _opened(argv, {**env, variables.host: lease.host, variables.key: token})
            child = Child(process, lease, None)
        stack.callback(child.close)
        yield child


def _opened(argv: Sequence[str], env: Mapping[str, str], *inherits: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL if _is_terminal() else None,
            pass_fds=inherits,
            process_group=0,
        )
    except OSError as error:
        raise _unstartable(argv, str(error.strerror)) from error


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _unstartable(argv: Sequence[str], why: str) -> HarnessError:
    return HarnessError(
        code="command-unstartable",
        message=f"{argv[0]!r} cannot be run: {why}",
        causes=("it is not on PATH, or the path is relative to somewhere else",) * (why == _ABSENT),
        next="the command must start when typed here, word by word: no shell reads it",
    )

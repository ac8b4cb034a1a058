"""A command while it is recorded: what it is given, what it is told, and what it leaves.

Rule 1: it has a process group of its own. The first Ctrl-C or SIGTERM goes there and nowhere else,
the second kills it; nothing of the group outlives the recording, nor of its network where it has
one.
Rule 2: it has our environment, what points it at the recorder apart. With a scratch directory it
has no variable that names a place in the real home. A switch that was exported is passed on:
somebody set it on purpose.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from payloadproof.blackbox.caught import Caught, Leased, Source
from payloadproof.blackbox.hosts import Manners
from payloadproof.contract import Contract
from payloadproof.drive.internet import Internet, missing, refusal, without_proxies
from payloadproof.drive.proxy import Proxy
from payloadproof.errors import HarnessError
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.server import Recorder

_ABSENT = "there is no such program"
_DIRECTORIES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
MARK = "PAYLOADPROOF_RECORDING"  # by which a command and what it starts are known again
_RECORDER_PORT = 61_007  # of the command's own loopback, over those that a kernel gives away


class Ways(NamedTuple):
    """How a command is caught.

    Attributes:
        isolate: in a small internet of its own; None where it has to be, because no variable says
            where its telemetry goes; False with a proxy that forwards nothing.
        reach: loopback ports of this machine that it reaches all the same.
        replies: statuses of hosts that are not PostHog.
        project: what PostHog knows of its project.
        check_key: whether a key of no project is refused.
        stdout: where what it prints there goes: None for our own, else a descriptor of ours.
    """

    isolate: bool | None = None
    reach: tuple[int, ...] = ()
    replies: Mapping[str, int] = {}
    project: Project = ANY
    check_key: bool = False
    stdout: int | None = None

    def is_isolated(self, contract: Contract) -> bool:
        """Whether it gets a network of its own."""
        return contract.variables.host is None if self.isolate is None else self.isolate


class Child:
    """The command, started; ``source`` has what it sends."""

    def __init__(self, process: subprocess.Popen[bytes], source: Source) -> None:
        self.source = source
        self.killed = False
        self._process = process
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

    @property
    def exit_code(self) -> int:
        """As ``subprocess`` gives it; waits for the end."""
        return self._process.wait()

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.wait()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"


@contextmanager
def scratch_for(contract: Contract) -> Iterator[dict[str, str]]:
    """The environment of a command whose home and data directory are scratch, until the end."""
    with TemporaryDirectory(prefix="payloadproof-", ignore_cleanup_errors=True) as root:
        env = {name: value for name, value in os.environ.items() if name not in _DIRECTORIES}
        places = {"HOME": "home", contract.variables.data_dir: "data"}
        for variable, name in places.items():
            if variable:
                place = Path(root, name)
                place.mkdir()
                env[variable] = str(place)
        yield env


def can_be_started(argv: Sequence[str], contract: Contract, ways: Ways) -> None:
    """Raise HarnessError if it cannot."""
    if shutil.which(argv[0]) is None:
        why = _ABSENT
        # A name without a slash is looked for on PATH, and nowhere else.
        if os.sep in argv[0] and os.path.exists(argv[0]):  # noqa: PTH110 - a command, not a path
            is_directory = os.path.isdir(argv[0])  # noqa: PTH112 - likewise
            why = "it is a directory" if is_directory else "it is not executable"
        raise _unstartable(argv, why)
    pointed = contract.variables.host is not None
    if ways.isolate is False and not pointed:
        raise HarnessError(
            code="options-conflict",
            message="--no-isolate does not work here: the contract names no variable for its host",
            causes=("some clients use no proxy, and what they send would really be sent",),
            next="leave out --no-isolate, or name the variable under [variables] in the contract",
        )
    if ways.is_isolated(contract) and (why := missing()):
        instead = ", or leave out --isolate" if pointed else ""
        raise refusal("no network namespace can be made here", why, instead)


@contextmanager
def started(
    argv: Sequence[str], env: Mapping[str, str], contract: Contract, token: str, ways: Ways
) -> Iterator[Child]:
    """Run a command where what it sends is caught.

    Raises:
        HarnessError: it cannot be started.
    """
    with ExitStack() as stack:
        project = ways.project
        if ways.check_key:
            project = msgspec.structs.replace(project, tokens=frozenset({token}))
        manners = Manners(ways.replies, project)
        source: Source
        if ways.is_isolated(contract):
            host = f"http://127.0.0.1:{_RECORDER_PORT}"
            pointed = contract.pointed_at(host, token)
            internet = stack.enter_context(
                Internet(
                    policy=manners,
                    reach=ways.reach,
                    loopback=(_RECORDER_PORT,) if pointed else (),
                )
            )
            stdin = subprocess.DEVNULL if _is_terminal() else None
            told = {**without_proxies(env), **pointed}
            process = internet.start(argv, told, stdin=stdin, stdout=ways.stdout)
            source = Caught(internet, manners, contract.variables.host or "")
        elif ways.isolate is False:
            proxy = stack.enter_context(Proxy(manners))
            pointed = contract.pointed_at(proxy.address, token)
            process = _opened(argv, {**proxy.told(env), **pointed}, ways.stdout)
            source = Caught(proxy, manners, contract.variables.host or "")
        else:
            recorder = stack.enter_context(Recorder(listeners=1, project=project))
            lease = recorder.lease(token)
            marked = {MARK: token}
            env = {**env, **contract.pointed_at(lease.host, token), **marked}
            process = _opened(argv, env, ways.stdout)
            source = Leased(lease, f"{MARK}={token}")
            stack.callback(_killed, source)
        child = Child(process, source)
        stack.callback(child.close)
        yield child


def _opened(
    argv: Sequence[str], env: Mapping[str, str], stdout: int | None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL if _is_terminal() else None,
            stdout=stdout,
            process_group=0,
        )
    except OSError as error:
        raise _unstartable(argv, str(error.strerror)) from error


def _killed(source: Leased) -> None:
    """Nothing that the command started outlives the recording."""
    for process in source.left() or ():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _unstartable(argv: Sequence[str], why: str) -> HarnessError:
    return HarnessError(
        code="command-unstartable",
        message=f"{argv[0]!r} cannot be run: {why}",
        causes=("it is not on PATH, or the path is relative to somewhere else",) * (why == _ABSENT),
        next="the command must start when you type it here; it is not run by a shell",
    )

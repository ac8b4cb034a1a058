"""The small internet of one command: every name it asks for answers, and what it says is kept.

Rule 1: nothing the command sends leaves the machine: its network has no way out, but for the
loopback ports that were asked to be passed through.
Rule 2: nothing outlives :meth:`Internet.close`: no process of the command's network, detached ones
included, no mount, no file, no socket.
Rule 3: the command is a child of the harness like any other: its exit code, its signals and its
streams are its own.

Linux only, and a plain user may: :func:`missing` says what there is not.
"""

from __future__ import annotations

import functools
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Self

import msgspec

from payloadproof.drive import namespace, overlay
from payloadproof.drive.certificates import Authority
from payloadproof.drive.faults import BlackHole, Fault, addresses, fates
from payloadproof.drive.names import Names
from payloadproof.drive.packets import Tally
from payloadproof.drive.place import Place
from payloadproof.drive.policy import Faulty, Policy, Strict
from payloadproof.drive.service import Service
from payloadproof.drive.traffic import Attempt, Exchange, Lookup, Rejection
from payloadproof.drive.web import OWNER, Web
from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import Ledger, Request
from payloadproof.recorder.script import Refuse

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--uts")
HTTPS, HTTP = 443, 80
START_S = 20.0
SETTLE_S = 2.0  # what a connection may take to end after the last process has
_KILL_S = 5.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@functools.cache
def missing() -> str:
    """Why no small internet can be made here; empty where it can."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if shutil.which(UNSHARE[0]) is None:
        return "the program unshare, of util-linux, is not there"
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False)
    return tried.stderr.decode(errors="replace").strip() if tried.returncode else ""


def refusal(message: str, why: str, instead: str = "") -> HarnessError:
    """That no small internet can be made, and ``why``; ``instead`` is what else one may do."""
    return HarnessError(
        code="enclosure-failed",
        message=f"{message}: {why}",
        causes=(
            "it needs Linux and the program unshare from util-linux",
            "a container or a hardened system forbids it to ordinary users",
        ),
        next=f"{' '.join(UNSHARE)} true must succeed here{instead};"
        " payloadproof doctor says what it takes",
    )


def without_proxies(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without the machine's proxies: in a small internet nobody reaches them."""
    return {name: value for name, value in env.items() if name.lower() not in _PROXIES}


class Internet:
    """A small internet, for one command.

    Args:
        place: the machine that the command believes itself on.
        policy: what the hosts are, and what each answers.
        faults: of hosts by name or IPv4 address, ``*`` for all that are not named.
        authority: signs the certificates; one for several runs makes what they see equal.
        reach: loopback ports of the machine that the command reaches at its own loopback.
        loopback: ports of the command's loopback where PostHog answers in plain HTTP: for a program
            that takes its host from a variable.
        ports: TCP ports beside 443 and 80 that are answered; an HTTP proxy's, say.
        roots: directories that may hold bundles of roots (``cacert.pem``) of the command's own.
        over: a directory, and one that exists in whose place the command is to see it.
    """

    def __init__(
        self,
        place: Place | None = None,
        *,
        policy: Policy | None = None,
        faults: Mapping[str, Fault] | None = None,
        authority: Authority | None = None,
        reach: Sequence[int] = (),
        loopback: Sequence[int] = (),
        ports: Sequence[int] = (),
        roots: Sequence[Path] = (),
        over: tuple[Path, Path] | None = None,
    ) -> None:
        self.gaps: tuple[str, ...] = ()
        self._place = place or Place()
        self._faults = {host.lower(): fault for host, fault in (faults or {}).items()}
        self._policy = Faulty(policy or Strict(), self._faults)
        self._reach, self._loopback, self._roots = tuple(reach), tuple(loopback), tuple(roots)
        self._over = over
        self._ports = (HTTPS, HTTP, *ports)
        self._open = ExitStack()
        self._scratch = Path(
            self._open.enter_context(
                TemporaryDirectory(prefix="payloadproof-", ignore_cleanup_errors=True)
            )
        )
        self._authority = authority or Authority(self._scratch)
        self._ledger = Ledger()
        self._names = Names(fates(self._faults))
        swallowed = (namespace.SWALLOWED, *map(IPv4Network, addresses(self._faults, BlackHole)))
        self._tally = Tally(self._is_served, swallowed, self._names.name)
        self._network = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._service: Service | None = None
        self._web = Web(self._authority, self._names, self._policy, self._ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start the command, in a process group of its own; once only.

        Args:
            argv: the command and its arguments; found on the PATH of ``env``.
            env: all of its environment; what it has to trust is added, and the machine's proxies
                are taken out by whoever makes it.
            cwd: its working directory, as it sees it.
            stdin: as of Popen; nothing unless it is given.
            stdout: as of Popen.
            stderr: as of Popen.

        Raises:
            HarnessError: there is no network to be had, or no such command.
        """
        ours, childs = socket.socketpair()
        self._open.enter_context(ours)
        number = childs.fileno()
        with childs:
            self._process = subprocess.Popen(
                [*UNSHARE, sys.executable, "-P", "-m", namespace.__name__, str(number), *argv],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(number,),
                process_group=0,
            )
        ours.settimeout(START_S)
        sockets = self._handed_over(ours, self._setup(argv, env, cwd))
        self._service = self._open.enter_context(
            Service(self._web, self._names, self._tally, sockets, self._reach)
        )
        ours.sendall(b"g")
        failed = ours.recv(1 << 10)  # nothing, once the command has begun
        if failed:
            self._process.wait()
            raise HarnessError(
                code="command-unstartable",
                message=f"{argv[0]!r} cannot be run: {failed.decode(errors='replace')}",
                next="the command must start when you type it here; it is not run by a shell",
            )
        return self._process

    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request so far, in order.

        Raises:
            RecorderFull: more came than is kept.
            RecorderBroken: the harness itself failed, so that some may be missing.
        """
        return self._told(self._ledger.requests(OWNER))

    def will_be_taken(self) -> None:
        """From here on somebody calls ``take``: what comes waits for room, and none is let go."""
        self._ledger.will_be_taken()

    def take(self) -> tuple[Exchange, ...]:
        """What came since the last call, and is then forgotten; raises as :meth:`exchanges`."""
        return self._told(self._ledger.take(OWNER))

    def wait_for_requests(self, n: int, timeout: float) -> bool:
        """Wait until ``n`` requests are there, or ``timeout`` seconds; whether they are."""
        return self._ledger.wait_for(lambda: self._ledger.count(OWNER) >= n, timeout)

    def lookups(self) -> tuple[Lookup, ...]:
        """Every name asked for so far, in order."""
        return self._names.lookups()

    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried so far and served by nobody, each address and port once."""
        return self._tally.attempts()

    @property
    def unseen(self) -> int:
        """How many packets came too fast to be looked at, so that attempts may be missing."""
        return self._tally.unseen

    def rejections(self) -> tuple[Rejection, ...]:
        """The TLS handshakes so far that came to nothing."""
        return self._web.rejections()

    def processes(self) -> tuple[int, ...]:
        """The processes that are in the command's network now, detached ones included."""
        return tuple(one for _, one in inside({self._network})) if self._network else ()

    @property
    def network(self) -> int:
        """The inode of the command's network; 0 before there is one."""
        return self._network

    def settle(self, longest: float) -> tuple[int, ...]:
        """Wait until nobody is left who could send, and everything sent is recorded.

        Args:
            longest: seconds to wait for detached processes; what they do later is recorded until
                :meth:`close`.

        Returns:
            the processes that are still there.
        """
        left = _outlived(self.processes, longest)
        if self._service is not None:
            self._service.settle(SETTLE_S if not left else 0)
        return left

    def kill(self) -> None:
        """Kill all that runs in it now, from any thread; whoever waits for the command goes on."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._killed()

    def close(self) -> None:
        """Kill what is left, and take everything down. What was recorded stays."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            _outlived(self._killed, _KILL_S)
        self._open.close()

    def _killed(self) -> tuple[int, ...]:
        """Kill whatever is there now; a process may have made another meanwhile."""
        found = self.processes()
        for one in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        return found

    def _told(self, requests: tuple[Request, ...]) -> tuple[Exchange, ...]:
        return tuple(self._web.of(request) for request in requests)

    def _is_served(self, protocol: str, address: str, port: int) -> bool:
        if ":" in address or self._tally.is_swallowed(address) or self._is_refused(address):
            return False
        return port in self._ports if protocol == "tcp" else port == namespace.DNS

    def _is_refused(self, address: str) -> bool:
        return IPv4Address(address) in namespace.REFUSED or address in addresses(
            self._faults, Refuse
        )

    def _handed_over(self, ours: socket.socket, setup: namespace.Setup) -> dict[str, socket.socket]:
        """The sockets of the command's network."""
        ready = namespace.Ready(failed="it did not say why")
        with suppress(OSError):
            namespace.send(ours, setup)
            body = namespace.receive(ours)
            if body:
                ready = msgspec.json.decode(body, type=namespace.Ready)
        if ready.failed:
            raise HarnessError(
                code="enclosure-failed",
                message=f"the command could not be given a network of its own: {ready.failed}",
                next=f"{' '.join(UNSHARE)} true must succeed here",
            )
        self.gaps = (*overlay.absent(self._place), *ready.gaps)
        self._network = ready.network
        handed = {}
        for name in ready.sockets:
            _, (descriptor,), _, _ = socket.recv_fds(ours, 1, 1)
            handed[name] = socket.socket(fileno=descriptor)
        return handed

    def _setup(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: str | os.PathLike[str] | None
    ) -> namespace.Setup:
        inner = self._scratch / "sys"
        inner.mkdir()
        directories = (*overlay.packages(argv, env), *self._roots)
        over = [
            *([] if self._over is None else [(str(self._over[0]), str(self._over[1]))]),
            *overlay.machine(self._place, self._scratch),
            *overlay.trust(self._authority, directories, self._scratch),
        ]
        return namespace.Setup(
            place=self._place,
            over=tuple(over),
            scratch=str(inner),
            far=self._ports,
            loopback=(*self._loopback, *self._reach),
            refused=addresses(self._faults, Refuse),
            swallowed=addresses(self._faults, BlackHole),
            env=self._authority.trusted(env),
            cwd="" if cwd is None else os.fspath(cwd),
        )


def _outlived(present: Callable[[], tuple[int, ...]], longest: float) -> tuple[int, ...]:
    """Wait until no process is present, so many seconds at most; those that still are."""
    until = time.monotonic() + longest
    while (left := present()) and (rest := until - time.monotonic()) > 0:
        with ExitStack() as opened:
            ended = select.poll()
            for one in left:
                with suppress(ProcessLookupError):
                    descriptor = os.pidfd_open(one)
                    opened.callback(os.close, descriptor)
                    ended.register(descriptor, select.POLLIN)
            ended.poll(rest * 1000)
    return left


def inside(networks: Collection[int]) -> Iterator[tuple[int, int]]:
    """The processes whose network has one of these inodes: the inode, and the process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended, or is somebody else's
                network = (entry / "ns/net").stat().st_ino
                if network in networks:
                    yield network, int(entry.name)

"""A child whose network is its own: it reaches the recorder and nothing else.

``unshare`` puts the child into a network namespace with a loopback device and no route. Before the
child's command is run there, this module, as the child, opens a listener in that namespace and
hands it to the harness: a socket stays in the network that it was made in. The kernel counts what
the child tried beside it, names it looked up included.

A command that is recorded as it is has a larger one, with names in it: :mod:`internet`.

Linux only; :func:`available` says whether this machine allows it to a plain user.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

from payloadproof.adapters.process import ProcessConnection, ProcessConnector
from payloadproof.errors import HarnessError

UNSHARE = ("unshare", "--user", "--map-root-user", "--net")
LOOPBACK = "127.0.0.1"
START_S = 10.0

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914  # SIOCGIFFLAGS and SIOCSIFFLAGS of <linux/sockios.h>
_UP = 1  # IFF_UP of <linux/if.h>
_DEVICE = struct.Struct("16sh22x")  # struct ifreq: a name and its flags


@functools.cache
def available() -> bool:
    """Whether a network namespace can be made here."""
    if shutil.which(UNSHARE[0]) is None:
        return False
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False)
    return tried.returncode == 0


class Enclosure:
    """One child's network. ``listener`` is there once the child was started."""

    def __init__(self) -> None:
        self._ours, self._childs = socket.socketpair()
        self._pid = 0

    def around(self, connector: ProcessConnector) -> ProcessConnector:
        """The same command, shut in."""
        return _Enclosed(connector, self)

    def opened(self, connector: ProcessConnector) -> ProcessConnection:
        """Start the child."""
        number = self._childs.fileno()
        shut_in = (*UNSHARE, sys.executable, "-m", __name__, str(number))
        connection = connector.started(shut_in, pass_fds=(number,))
        self._childs.close()
        self._pid = connection.pid
        return connection

    def listener(self) -> socket.socket:
        """The listener in the child's network, for the recorder to serve.

        Raises:
            HarnessError: the child did not get so far.
        """
        with self._ours:
            return _received(self._ours, "--only leaves W6 out")

    def attempts(self) -> tuple[int, int, int] | None:
        """What was tried so far; None when the child is gone, and its network with it.

        TCP connections begun, datagrams on loopback, and what had nowhere to go.
        """
        return _attempts(self._pid)


def _received(ours: socket.socket, instead: str) -> socket.socket:
    ours.settimeout(START_S)
    try:
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    except TimeoutError:
        descriptors = []
    if not descriptors:
        raise HarnessError(
            code="enclosure-failed",
            message="the child could not be given a network of its own",
            next=f"{' '.join(UNSHARE)} true must succeed here; {instead}",
        )
    return socket.socket(fileno=descriptors[0])


def _attempts(pid: int) -> tuple[int, int, int] | None:
    net = Path(f"/proc/{pid}/net")
    if not (net / "snmp").exists():
        return None
    old = _counters(net / "snmp")
    new = dict(line.split() for line in (net / "snmp6").read_text().splitlines())
    return (
        old["Tcp", "ActiveOpens"],
        old["Udp", "OutDatagrams"] + int(new.get("Udp6OutDatagrams", 0)),
        old["Ip", "OutNoRoutes"] + int(new.get("Ip6OutNoRoutes", 0)),
    )


class _Enclosed(ProcessConnector):
    def __init__(self, connector: ProcessConnector, enclosure: Enclosure) -> None:
        self.spec = connector.spec
        self._connector = connector
        self._enclosure = enclosure

    def open(self) -> ProcessConnection:
        return self._enclosure.opened(self._connector)


def _counters(file: Path) -> dict[tuple[str, str], int]:
    """The kernel's table: for each protocol a line of names, and below it one of numbers."""
    lines = file.read_text().splitlines()
    found: dict[tuple[str, str], int] = {}
    for names, numbers in zip(lines[::2], lines[1::2], strict=True):
        protocol, _, rest = names.partition(":")
        values = numbers.split()[1:]
        found |= {(protocol, n): int(v) for n, v in zip(rest.split(), values, strict=True)}
    return found


def _shut_in(argv: list[str]) -> None:
    """As the child: bring loopback up, hand over a listener, and become the command."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, _GET_FLAGS, _DEVICE.pack(b"lo", 0))
        name, flags = _DEVICE.unpack(asked)
        fcntl.ioctl(any_socket, _SET_FLAGS, _DEVICE.pack(name, flags | _UP))
    number, *command = argv
    with socket.socket() as listener, socket.socket(fileno=int(number)) as harness:
        listener.bind((LOOPBACK, 0))
        socket.send_fds(harness, [b"l"], [listener.fileno()])
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's own command
    except OSError as error:
        sys.exit(f"{command[0]!r} cannot be run: {error.strerror}")


if __name__ == "__main__":
    _shut_in(sys.argv[1:])

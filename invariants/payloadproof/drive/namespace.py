"""The inside of a command's small internet: made by the command's own process, before it is one.

``unshare`` has put this process into a user, network, mount and UTS namespace of its own. It makes
a second network, and a cable between the two: the near one is the command's machine, with loopback
and a card; the far one is everything else, where every address answers. The sockets it opens in
the far one go to the harness, which serves them: a socket stays in the network it was made in.

Rule 1: nothing outlives the last process of the namespaces: no mount, no card, no route.
Rule 2: what cannot be had (a card below ``/sys`` in a container, a file that is not there) is
reported, and the rest is done; what nothing works without ends it.

Names are given addresses of ``ANSWERED``, which the far network answers for; a name that is to be
refused one of ``REFUSED``, which is loopback to the command with nobody there: the kernel refuses
at once; one that is to be swallowed one of ``SWALLOWED``. The first and the last are set aside for
tests (RFC 2544): no client takes them for its own machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from ipaddress import IPv4Interface, IPv4Network, IPv6Network

import msgspec

from payloadproof.drive import mounts, netlink, packets
from payloadproof.drive.place import CARD, Place

ANSWERED = IPv4Network("198.18.0.0/16")
SWALLOWED = IPv4Network("198.19.0.0/16")
REFUSED = IPv4Network("127.66.0.0/16")
LOOPBACK = "127.0.0.1"
DNS = 53

_ANY4, _ANY6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
_EVERY = "0.0.0.0"  # noqa: S104 - of a network that has no way out
_OUTSIDE = "out"  # the far end of the cable
_CARRIES_S = 10.0
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_PACKET_INFO = 8  # IP_PKTINFO of <linux/in.h>
_LENGTH = struct.Struct("=I")

_libc = ctypes.CDLL(None, use_errno=True)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What the harness asks for.

    Attributes:
        place: the machine.
        over: files that stand in the place of others: the file, and the path it is seen at.
        scratch: an empty directory to mount on.
        far: TCP ports of the far network to bind.
        loopback: TCP ports of the command's loopback to bind.
        refused: IPv4 addresses that refuse, whatever the port.
        swallowed: IPv4 addresses that never answer.
        env: the command's whole environment.
        cwd: the command's working directory, as it sees it; empty for that of this process.
    """

    place: Place
    over: tuple[tuple[str, str], ...]
    scratch: str
    far: tuple[int, ...]
    loopback: tuple[int, ...]
    refused: tuple[str, ...]
    swallowed: tuple[str, ...]
    env: dict[str, str]
    cwd: str = ""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back, and with it the sockets in the order of their names.

    ``network`` is the inode of the command's network, by which its processes are known; ``gaps``
    what could not be had; ``failed`` why nothing could.
    """

    sockets: tuple[str, ...] = ()
    network: int = 0
    gaps: tuple[str, ...] = ()
    failed: str = ""


def send(stream: socket.socket, value: msgspec.Struct) -> None:
    """Write one message of the two."""
    body = msgspec.json.encode(value)
    stream.sendall(_LENGTH.pack(len(body)) + body)


def receive(stream: socket.socket) -> bytes:
    """The body of the next message; empty when there is none."""
    head = _exactly(stream, _LENGTH.size)
    return _exactly(stream, _LENGTH.unpack(head)[0]) if head else b""


def _exactly(stream: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        chunk = stream.recv(size - len(got))
        if not chunk:
            return b""
        got += chunk
    return got


def _networks(setup: Setup) -> dict[str, socket.socket]:
    """Both networks, and what is bound in them."""
    card = IPv4Interface(setup.place.address)
    beyond = IPv4Interface((next(card.network.hosts()), card.network.prefixlen))
    netlink.up("lo")
    netlink.ours(_ANY6)  # IPv6 is refused at once, so that clients turn to IPv4
    for address in setup.refused:
        netlink.ours(IPv4Network(address))
    near = os.open("/proc/self/ns/net", os.O_RDONLY)
    _called("unshare", _NEW_NETWORK)
    far = os.open("/proc/self/ns/net", os.O_RDONLY)
    _called("setns", near, _NEW_NETWORK)
    netlink.pair(CARD, bytes.fromhex(setup.place.mac.replace(":", "")), _OUTSIDE, far)
    sockets = {f"loopback {port}": _bound(LOOPBACK, port) for port in setup.loopback}
    # A system without a resolv.conf, or with a resolver of its own, asks here.
    sockets["loopback names"] = _resolver()
    sockets["loopback packets"] = packets.tap("lo")
    _called("setns", far, _NEW_NETWORK)
    netlink.up("lo")
    netlink.up(_OUTSIDE)
    netlink.address(_OUTSIDE, beyond)
    netlink.ours(_ANY4)
    for network in (SWALLOWED, *map(IPv4Network, setup.swallowed)):
        netlink.swallowed(network)
    sockets |= {f"far {port}": _bound(_EVERY, port) for port in setup.far}
    sockets["names"] = _resolver()
    sockets["packets"] = packets.tap(_OUTSIDE)
    _called("setns", near, _NEW_NETWORK)
    netlink.up(CARD)
    netlink.address(CARD, card)
    netlink.gateway(beyond.ip)
    _called("setns", far, _NEW_NETWORK)
    ready = netlink.carries(_OUTSIDE, _CARRIES_S)
    _called("setns", near, _NEW_NETWORK)
    if not (ready and netlink.carries(CARD, _CARRIES_S)):
        raise TimeoutError(errno.ETIMEDOUT, f"the card did not carry within {_CARRIES_S:g} s")
    os.close(near)
    os.close(far)
    return sockets


def _bound(host: str, port: int) -> socket.socket:
    """A port that is taken, and refuses until somebody listens on it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def _resolver() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Whatever resolver was asked, the answer comes from there.
    bound.setsockopt(socket.IPPROTO_IP, _PACKET_INFO, 1)
    bound.bind((_EVERY, DNS))
    return bound


def _called(name: str, *numbers: int) -> None:
    if getattr(_libc, name)(*numbers):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _made(harness: socket.socket, setup: Setup) -> bool:
    """Make it all and hand it over; whether there is a network."""
    try:
        sockets = _networks(setup)
        if setup.place.hostname is not None:
            socket.sethostname(setup.place.hostname)
    except OSError as error:
        send(harness, Ready(failed=str(error.strerror)))
        return False
    gaps = [*mounts.over(setup.over), *mounts.frozen(setup.place.read_only)]
    gaps += mounts.own_cards(setup.scratch)
    inode = os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116 - a link that names no file
    send(harness, Ready(sockets=tuple(sockets), network=inode, gaps=tuple(gaps)))
    for one in sockets.values():
        socket.send_fds(harness, [b"s"], [one.fileno()])
        one.close()
    return True


def main(number: int, command: list[str]) -> None:
    """Make the small internet, and become the command once the harness serves it."""
    with socket.socket(fileno=number) as harness:
        os.set_inheritable(number, False)
        setup = msgspec.json.decode(receive(harness), type=Setup)
        if not _made(harness, setup) or not harness.recv(1):
            sys.exit(1)
        try:
            if setup.cwd:
                os.chdir(setup.cwd)
            os.execvpe(command[0], command, setup.env)  # noqa: S606 - the user's own command
        except OSError as error:
            harness.sendall(str(error.strerror).encode())
            sys.exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

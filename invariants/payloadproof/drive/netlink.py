"""Cards, addresses and routes of the network this process is in, by the kernel's own messages.

Rule 1: nothing is run for it: neither ``ip`` nor its rights are needed, a minimal container has
none. The messages are those of rtnetlink(7).
Rule 2: each function acts on the network namespace that the calling thread is in, and raises
OSError as the kernel answers.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Network

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_LINK = struct.Struct("=BxHiII")  # family, device type, index, flags, mask of flags
_ADDRESS = struct.Struct("=BBBBi")  # family, prefix, flags, scope, index
_ROUTE = struct.Struct("=BBBBBBBBI")  # family, prefixes, tos, table, protocol, scope, type, flags
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_ERROR = struct.Struct("=i")

_NEWLINK, _NEWADDR, _NEWROUTE = 16, 20, 24
_REQUEST, _ACK, _EXCLUSIVE, _CREATE = 0x1, 0x4, 0x200, 0x400
_UP, _RUNNING = 0x1, 0x40  # IFF_UP, IFF_RUNNING
_GET_FLAGS = 0x8913  # SIOCGIFFLAGS
_FLAGS = struct.Struct("=16sH14x")  # struct ifreq: name, flags
_LINKS = 1  # RTMGRP_LINK
# The kernel lets a cable whose two ends have one number wait up to a second before it carries.
_NEAR_INDEX, _FAR_INDEX = 2, 3
# Attributes: IFLA_*, IFA_*, RTA_*, VETH_INFO_PEER, IFLA_INET6_ADDR_GEN_MODE.
_MAC, _IFNAME, _LINKINFO, _AF_SPEC, _NS_FD = 1, 3, 18, 26, 28
_KIND, _DATA, _PEER, _GEN_MODE, _GEN_NONE = 1, 2, 1, 8, 1
_LOCAL_ADDRESS = 2
_DESTINATION, _OUT, _GATEWAY, _PREFERRED = 1, 4, 5, 7
_TABLE_MAIN, _TABLE_LOCAL = 254, 255
_BY_BOOT, _SCOPE_ALL, _SCOPE_HOST = 3, 0, 254
_UNICAST, _LOCAL, _BLACKHOLE = 1, 2, 6


def pair(name: str, mac: bytes, other: str, network: int) -> None:
    """A card, and the other end of its cable in the network that this descriptor is of."""
    far = _LINK.pack(0, 0, _FAR_INDEX, 0, 0) + _attribute(_IFNAME, _text(other))
    far += _attribute(_NS_FD, struct.pack("=I", network))
    info = _attribute(_KIND, b"veth") + _attribute(_DATA, _attribute(_PEER, far))
    body = _LINK.pack(0, 0, _NEAR_INDEX, 0, 0) + _attribute(_IFNAME, _text(name))
    body += _attribute(_MAC, mac) + _attribute(_LINKINFO, info)
    _ask(_NEWLINK, _CREATE | _EXCLUSIVE, body)


def up(name: str) -> None:
    """Switch a card on, without the IPv6 address that it would give itself."""
    index = socket.if_nametoindex(name)
    if name != "lo":
        mode = _attribute(_GEN_MODE, bytes([_GEN_NONE]))
        spec = _attribute(_AF_SPEC, _attribute(socket.AF_INET6, mode))
        _ask(_NEWLINK, 0, _LINK.pack(0, 0, index, 0, 0) + spec)
    _ask(_NEWLINK, 0, _LINK.pack(0, 0, index, _UP, _UP))


def carries(name: str, within_s: float) -> bool:
    """Wait until a card that is on carries; whether it does by then.

    Until then all that is sent is lost: a name is asked for again a second later or more, and an
    address that does not answer for three is given up.
    """
    until = time.monotonic() + within_s
    with (
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as told,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked,
    ):
        told.bind((0, _LINKS))
        while not _is_running(asked, name):
            told.settimeout(max(until - time.monotonic(), 0.0))
            try:
                told.recv(1 << 16)
            except (TimeoutError, BlockingIOError):
                return False
    return True


def _is_running(asked: socket.socket, name: str) -> bool:
    said = fcntl.ioctl(asked, _GET_FLAGS, _FLAGS.pack(name.encode(), 0))
    return bool(_FLAGS.unpack(said)[1] & _RUNNING)


def address(name: str, given: IPv4Interface) -> None:
    """Give a card an address; the way to its network comes with it."""
    index = socket.if_nametoindex(name)
    body = _ADDRESS.pack(socket.AF_INET, given.network.prefixlen, 0, _SCOPE_ALL, index)
    _ask(_NEWADDR, _CREATE, body + _attribute(_LOCAL_ADDRESS, given.ip.packed))


def gateway(to: IPv4Address) -> None:
    """What is elsewhere goes there."""
    body = _route(IPv4Network("0.0.0.0/0"), _TABLE_MAIN, _SCOPE_ALL, _UNICAST)
    _ask(_NEWROUTE, _CREATE, body + _attribute(_GATEWAY, to.packed))


def ours(network: IPv4Network | IPv6Network) -> None:
    """Every address of this range is one of this machine's own."""
    body = _route(network, _TABLE_LOCAL, _SCOPE_HOST, _LOCAL)
    loopback = struct.pack("=i", socket.if_nametoindex("lo"))
    _ask(_NEWROUTE, _CREATE, body + _attribute(_OUT, loopback))


def swallowed(network: IPv4Network) -> None:
    """What is for this range disappears without an answer."""
    _ask(_NEWROUTE, _CREATE, _route(network, _TABLE_LOCAL, _SCOPE_ALL, _BLACKHOLE))


def _route(network: IPv4Network | IPv6Network, table: int, scope: int, kind: int) -> bytes:
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6  # noqa: PLR2004
    head = _ROUTE.pack(family, network.prefixlen, 0, 0, table, _BY_BOOT, scope, kind, 0)
    return head + _attribute(_DESTINATION, network.network_address.packed)


def _attribute(kind: int, value: bytes) -> bytes:
    length = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(length, kind) + value + bytes(-length % 4)


def _text(name: str) -> bytes:
    return name.encode() + b"\0"


def _ask(kind: int, flags: int, body: bytes) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        length = _HEADER.size + len(body)
        kernel.send(_HEADER.pack(length, kind, _REQUEST | _ACK | flags, 1, 0) + body)
        (number,) = _ERROR.unpack_from(kernel.recv(1 << 16), _HEADER.size)
        if number:
            raise OSError(-number, os.strerror(-number))

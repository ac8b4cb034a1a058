"""What was tried in a command's network and is served by nobody: read off the packets themselves.

Rule 1: no polling. A tap sees every packet that begins a connection, however short it lives, and
the kernel says how many it had no room for.
Rule 2: only what begins something is let through to the tap: the first packet of a TCP connection,
a refusal, and datagrams; and of those no more than their heads.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Literal, NamedTuple

import msgspec

from payloadproof.drive.traffic import Attempt

_ETHER_ALL = 3
_ROOM = 4 << 20  # bytes of packets that may wait to be looked at
_ATTACH_FILTER = 26  # SO_ATTACH_FILTER
_SOL_PACKET, _STATISTICS = 263, 6  # PACKET_STATISTICS
_COUNTS = struct.Struct("=II")  # packets, and those that found no room
_INSTRUCTION = struct.Struct("=HBBI")
_HEAD_BYTES = 128
_MOST_TARGETS = 10_000  # addresses and ports that are told apart

_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_TCP, _UDP = 6, 17
# Classic BPF on a packet that begins with its IP header: the version, the protocol, TCP's flags.
# Each line: the operation, where to go if so, where if not, the operand.
_BYTE, _BYTE_X, _AND, _IS, _HAS, _IP_LENGTH, _RETURN = 0x30, 0x50, 0x54, 0x15, 0x45, 0xB1, 0x06
_KEEP, _DROP = 15, 16
_FILTER = (
    (_BYTE, 1, 1, 0),
    (_AND, 2, 2, 0xF0),
    (_IS, 3, 9, 0x40),
    (_BYTE, 4, 4, 9),
    (_IS, _KEEP, 5, _UDP),
    (_IS, 6, _DROP, _TCP),
    (_IP_LENGTH, 7, 7, 0),
    (_BYTE_X, 8, 8, 13),
    (_HAS, _KEEP, _DROP, _SYN | _RST),
    (_IS, 10, _DROP, 0x60),
    (_BYTE, 11, 11, 6),
    (_IS, _KEEP, 12, _UDP),
    (_IS, 13, _DROP, _TCP),
    (_BYTE, 14, 14, 40 + 13),
    (_HAS, _KEEP, _DROP, _SYN | _RST),
    (_RETURN, 0, 0, _HEAD_BYTES),
    (_RETURN, 0, 0, 0),
)


def tap(card: str) -> socket.socket:
    """What begins on this card of the thread's network; CAP_NET_RAW there is needed."""
    tapped = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    code = b""
    for at, (operation, yes, no, operand) in enumerate(_FILTER):
        jumps = (max(yes - at - 1, 0), max(no - at - 1, 0)) if operation in (_IS, _HAS) else (0, 0)
        code += _INSTRUCTION.pack(operation, *jumps, operand)
    kept = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", len(_FILTER), ctypes.addressof(kept))
    tapped.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
    tapped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    tapped.bind((card, _ETHER_ALL))
    return tapped


class Packet(NamedTuple):
    """The head of one; ``flags`` and ``sequence`` are TCP's, 0 of a datagram."""

    protocol: Literal["tcp", "udp"]
    source: str
    source_port: int
    target: str
    target_port: int
    flags: int
    sequence: int


def read(head: bytes) -> Packet | None:
    """The head of an IP packet; None when it is cut short or no such thing."""
    try:
        six = head[0] >> 4 == 6  # noqa: PLR2004 - the version
        start = 40 if six else 4 * (head[0] & 0xF)
        protocol = head[6] if six else head[9]
        ends = (head[8:24], head[24:40]) if six else (head[12:16], head[16:20])
        source, target = (str(ip_address(end)) for end in ends)
        source_port, target_port = struct.unpack_from("!HH", head, start)
        if protocol == _UDP:
            return Packet("udp", source, source_port, target, target_port, 0, 0)
        (sequence,) = struct.unpack_from("!I", head, start + 4)
        flags = head[start + 13]
    except (IndexError, ValueError, struct.error):
        return None
    return Packet("tcp", source, source_port, target, target_port, flags, sequence)


class Tally:
    """The attempts of one command, added up by where they went.

    Args:
        served: whether somebody answers at this protocol, address and port.
        swallowed: the ranges where nothing comes back.
        name: the name of an address, if it has one.
    """

    def __init__(
        self,
        served: Callable[[str, str, int], bool],
        swallowed: tuple[IPv4Network, ...],
        name: Callable[[str], str | None],
    ) -> None:
        self.unseen = 0  # packets that the kernel had no room for
        self._served = served
        self._swallowed = swallowed
        self._name = name
        self._attempts: dict[tuple[str, str, int], Attempt] = {}
        self._begun: set[tuple[object, ...]] = set()

    def is_swallowed(self, address: str) -> bool:
        """Whether nothing comes back from this address."""
        inner = ip_address(address)
        return isinstance(inner, IPv4Address) and any(inner in one for one in self._swallowed)

    def drain(self, tapped: socket.socket, wanted: int) -> None:
        """Take in what waits at a tap; ``wanted`` is the direction: 0 comes in, 4 goes out."""
        while True:
            try:
                head, (_, _, direction, *_) = tapped.recvfrom(_HEAD_BYTES)
            except BlockingIOError:
                break
            packet = read(head) if direction == wanted else None
            if packet is not None:
                self._take(packet)
        counts = tapped.getsockopt(_SOL_PACKET, _STATISTICS, _COUNTS.size)
        self.unseen += _COUNTS.unpack(counts)[1]

    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried so far, in the order in which it was first tried."""
        return tuple(self._attempts.values())

    def _take(self, packet: Packet) -> None:
        if packet.protocol == "tcp" and packet.flags & _RST:
            # A refusal answers the very first packet, and so it counts from nothing.
            if packet.flags & _ACK and not packet.sequence and _is_loopback(packet.source):
                self._add(packet, packet.source, packet.source_port)
        elif packet.protocol == "udp" or not packet.flags & _ACK:
            self._add_unserved(packet)

    def _add_unserved(self, packet: Packet) -> None:
        where = packet.protocol, packet.target, packet.target_port
        # On loopback itself only a refusal says that nobody is there.
        if not _is_loopback(packet.target) and not self._served(*where):
            self._add(packet, packet.target, packet.target_port)

    def _add(self, packet: Packet, address: str, port: int) -> None:
        key = packet.protocol, address, port
        # The first packet of a connection is sent again until something comes back.
        begun = (*key, packet.source_port, packet.target_port, packet.sequence)
        again = packet.protocol == "tcp" and packet.sequence != 0 and begun in self._begun
        known = self._attempts.get(key)
        if again or (known is None and len(self._attempts) >= _MOST_TARGETS):
            return
        if len(self._begun) < 100 * _MOST_TARGETS:
            self._begun.add(begun)
        if known is not None:
            self._attempts[key] = msgspec.structs.replace(known, times=known.times + 1)
            return
        self._attempts[key] = Attempt(
            at=time.monotonic(),
            protocol=packet.protocol,
            host=self._name(address) or address,
            address=address,
            port=port,
            outcome="swallowed" if self.is_swallowed(address) else "refused",
        )


def _is_loopback(address: str) -> bool:
    """Whether it is the command's own machine, the addresses of refused names apart."""
    return address in ("127.0.0.1", "::1")

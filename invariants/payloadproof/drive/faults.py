"""What can go wrong with a host of a command's small internet.

Rule 1: a fault of the way there (no such name, nobody there, nothing comes back) is made by the
network itself, so that a client meets what it would meet outside; a fault of the service is a
behaviour of the recorder's script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address

import msgspec

from payloadproof.drive.names import Fate
from payloadproof.recorder.script import Answer, Cut, Hang, LoseAnswer, Refuse, Reset


class NameNotFound(msgspec.Struct, frozen=True, tag_field="kind", tag="name_not_found"):
    """Nobody knows the name (NXDOMAIN)."""


class BlackHole(msgspec.Struct, frozen=True, tag_field="kind", tag="black_hole"):
    """The first packet of each connection disappears, and nothing ever comes back."""


#: What is done to the sender of a request that was read; each is recorded first.
Treatment = Answer | Hang | Reset | LoseAnswer | Cut
Fault = Treatment | Refuse | NameNotFound | BlackHole
#: The host that stands for all that are not named.
EVERY = "*"


def fates(faults: Mapping[str, Fault]) -> dict[str, Fate]:
    """What becomes of the names, where it is not that they answer."""
    found: dict[str, Fate] = {}
    for host, fault in faults.items():
        match fault:
            case NameNotFound():
                found[host] = "unknown"
            case Refuse():
                found[host] = "refused"
            case BlackHole():
                found[host] = "swallowed"
            case _:
                found[host] = "answered"
    return found


def addresses(faults: Mapping[str, Fault], kind: type[Fault]) -> tuple[str, ...]:
    """The IPv4 addresses among the hosts that have a fault of this kind."""
    return tuple(_ipv4(host for host, fault in faults.items() if isinstance(fault, kind)))


def _ipv4(hosts: Iterable[str]) -> Iterable[str]:
    for host in hosts:
        try:
            yield str(IPv4Address(host))
        except AddressValueError:
            continue

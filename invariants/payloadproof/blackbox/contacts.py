"""Whom a command spoke to, or tried to, in sentences for a person.

Rule 1: nothing that was tried is just a number: it has the name that was asked for, or the address.
Rule 2: names come from strangers. Only what a name can be made of is shown as it is, and no more
than a line holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from payloadproof.blackbox.hosts import Host, Kind
from payloadproof.drive.traffic import SAID_NOTHING, Attempt, Lookup, Rejection

_SHOWN = 40  # of a kind, before the rest is counted
_NAME_MAX = 253  # characters of a name, RFC 1035
_NO_NAME = re.compile(r"[^A-Za-z0-9._:-]")
#: Why the recorder's own address is PostHog.
OWN = "the recorder's own address"
_LIKELY = "a pinned certificate, or roots of its own, is the likely cause"


def spoken_to(hosts: Sequence[Host], own: str) -> Iterator[str]:
    """A line for each host that was told something; ``own`` is how the recorder's own is named."""
    for host in hosts[:_SHOWN]:
        many = f"{host.requests:,} request(s)"
        if host.because == OWN:
            yield f"{own}: {host.kind.value}, {many}"
            continue
        why = f" by {host.because}" if host.because else ""
        plain = "" if host.tls else ", not encrypted"
        answers = " and ".join("nothing" if one is None else str(one) for one in host.answered)
        yield f"{shown(host.name)}: {host.kind.value}{why}{plain}, {many}, answered {answers}"
    yield from _rest(len(hosts), "host(s)")


def looked_up(lookups: Iterable[Lookup], met: Iterable[str]) -> Iterator[str]:
    """The names that were asked for and never contacted."""
    contacted = set(met)
    names = list(dict.fromkeys(one.name for one in lookups if one.name not in contacted))
    for name in names[:_SHOWN]:
        yield f"{shown(name)}: looked up, and never contacted"
    yield from _rest(len(names), "name(s)")


def refused(attempts: Sequence[Attempt]) -> Iterator[str]:
    """What was tried where nobody answers."""
    for one in attempts[:_SHOWN]:
        times = f", {one.times:,} times" if one.times > 1 else ""
        what = "QUIC, or another datagram" if one.protocol == "udp" else "a connection"
        line = f"{shown(one.host)} port {one.port}: {what}, {one.outcome}{times}"
        if one.host in ("127.0.0.1", "::1"):
            line += f" (of this machine: --reach {one.port} passes it through)"
        yield line
    yield from _rest(len(attempts), "attempt(s)")


def rejected(rejections: Sequence[Rejection]) -> Iterator[str]:
    """The handshakes that came to nothing, once for each host and reason."""
    counted = Counter((one.host, one.reason, one.untrusted) for one in rejections)
    for (host, reason, untrusted), number in list(counted.items())[:_SHOWN]:
        times = f" {number:,} times" if number > 1 else ""
        likely = f": {_LIKELY}" if untrusted or "nothing sent" in reason else ""
        if reason == SAID_NOTHING:
            yield f"{shown(host)}: {SAID_NOTHING}{times}"
        else:
            yield f"{shown(host)}: broke off its handshake{times} ({printable(reason)}){likely}"
    yield from _rest(len(counted), "host(s)")


def shown(name: str) -> str:
    """A host's name or address, for a terminal and a page."""
    safe = _NO_NAME.sub(lambda found: f"\\x{ord(found[0]):02x}", name[:_NAME_MAX])
    return safe or "(no name)"


def printable(text: str) -> str:
    """A reason that a library gave, in one line."""
    return "".join(one if one.isprintable() else " " for one in text[:200])


def _rest(number: int, what: str) -> Iterator[str]:
    if number > _SHOWN:
        yield f"and {number - _SHOWN:,} {what} more"


def own_address(host: Host) -> Host:
    """The recorder's own address among the hosts: PostHog by what it is, whatever it was told."""
    return Host(
        name=host.name, kind=Kind.POSTHOG, because=OWN, requests=host.requests, tls=host.tls
    )

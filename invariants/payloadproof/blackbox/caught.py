"""What a command sends, taken as it comes from wherever it is caught.

Rule 1: each request says whom it was for, and whether PostHog's rules say anything about it.
Rule 2: what was caught is kept for the end, when it can be said what each host is.
Rule 3: no run is too long for this: of what is kept, bodies are only so much.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from payloadproof.blackbox import contacts
from payloadproof.blackbox.hosts import Host, Kind, Manners, classed
from payloadproof.drive.internet import Internet
from payloadproof.drive.namespace import LOOPBACK
from payloadproof.drive.proxy import Proxy
from payloadproof.drive.traffic import Exchange
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.ledger import Request

KEPT_BYTES = 32 * 1024 * 1024  # of bodies, on the wire and unpacked


class Said(NamedTuple):
    """One request; ``host`` is empty where it came to the recorder's own address."""

    request: Request
    host: str = ""
    other: bool = False


#: Told of each request as it comes: it returns at once, whatever it does with it.
Tell = Callable[[Said], None]


def nobody(_: Said) -> None:
    """Who is told where nobody looks on."""


class Source(Protocol):
    """Where a command is caught."""

    def wait(self, timeout: float) -> bool:
        """Wait until there is something to take, so many seconds at most; whether there is."""

    def take(self) -> list[Said]:
        """What came since the last call."""

    def left(self) -> tuple[int, ...] | None:
        """The processes that can still send; None where nobody knows."""

    def settle(self) -> None:
        """Let what is under way arrive."""

    def summary(self) -> Iterator[str]:
        """Whom it spoke to, or tried to."""

    def asked(self) -> tuple[str, ...]:
        """Every name looked up and every address tried, the recorder's own apart."""

    def telemetry(self) -> frozenset[str]:
        """The hosts that are telemetry of another kind than PostHog."""


class Leased:
    """A listener of the recorder's, on the machine's own loopback."""

    def __init__(self, lease: Lease, mark: str = "") -> None:
        self._lease = lease
        self._mark = mark.encode()
        lease.will_be_taken()

    def wait(self, timeout: float) -> bool:
        """As :class:`Source` has it."""
        return self._lease.wait_for_requests(1, timeout)

    def take(self) -> list[Said]:
        """As :class:`Source` has it."""
        return [Said(request) for request in self._lease.take()]

    def left(self) -> tuple[int, ...] | None:
        """Those whose environment holds the mark, which a detached child inherits; else unknown."""
        if not self._mark or not _PROC.is_dir():
            return None
        return tuple(_marked(self._mark))

    def settle(self) -> None:
        """Nothing can be waited for."""

    def summary(self) -> Iterator[str]:
        """Nothing is known but what came."""
        yield from ()

    def asked(self) -> tuple[str, ...]:
        """Nothing is known but what came."""
        return ()

    def telemetry(self) -> frozenset[str]:
        """Nothing is known but what came."""
        return frozenset()


_PROC = Path("/proc")


def _marked(mark: bytes) -> Iterator[int]:
    """The processes that have the mark in their environment, ours apart."""
    for process in _PROC.iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with suppress(OSError):  # gone meanwhile, or somebody else's
                if mark in (process / "environ").read_bytes():
                    yield int(process.name)


class Caught:
    """A small internet, or a proxy; ``variable`` is the one that names the recorder's address."""

    def __init__(self, catching: Internet | Proxy, manners: Manners, variable: str) -> None:
        self._catching = catching
        self._manners = manners
        self._variable = variable
        self._exchanges: list[Exchange] = []
        self._room = KEPT_BYTES
        catching.will_be_taken()

    def wait(self, timeout: float) -> bool:
        """As :class:`Source` has it."""
        return self._catching.wait_for_requests(1, timeout)

    def take(self) -> list[Said]:
        """As :class:`Source` has it."""
        taken = self._catching.take()
        self._exchanges += map(self._lightened, taken)
        return [self._said(one) for one in taken]

    def _lightened(self, one: Exchange) -> Exchange:
        """What is kept of it for the end: beyond some megabytes no bodies (Rule 3)."""
        request = one.request
        size = len(request.wire) + len(request.body or b"")
        if size <= self._room:
            self._room -= size
            return one
        first = request.events[:1]
        light = msgspec.structs.replace(request, wire=b"", body=None, events=first)
        return msgspec.structs.replace(one, request=light)

    def left(self) -> tuple[int, ...] | None:
        """As :class:`Source` has it."""
        return self._catching.processes() if isinstance(self._catching, Internet) else None

    def settle(self) -> None:
        """As :class:`Source` has it."""
        if isinstance(self._catching, Internet):
            self._catching.settle(0.0)

    def summary(self) -> Iterator[str]:
        """As :class:`Source` has it."""
        own = f"the recorder, by {self._variable}"
        hosts = [self._known(host) for host in classed(self._exchanges)]
        yield from contacts.spoken_to(hosts, own)
        rejections = self._catching.rejections()
        if isinstance(self._catching, Internet):
            attempts = self._catching.attempts()
            met = {one.host for one in self._exchanges}
            met |= {one.host for one in attempts} | {one.host for one in rejections}
            yield from contacts.looked_up(self._catching.lookups(), met)
            yield from contacts.refused(attempts)
        yield from contacts.rejected(rejections)
        if isinstance(self._catching, Internet):
            yield from self._catching.gaps
            if self._catching.unseen:
                yield f"{self._catching.unseen:,} packet(s) were not seen: there were too many"

    def asked(self) -> tuple[str, ...]:
        """As :class:`Source` has it."""
        met = {one.host for one in self._exchanges}
        met |= {one.host for one in self._catching.rejections()}
        if isinstance(self._catching, Internet):
            met |= {one.name for one in self._catching.lookups()}
            met |= {one.host for one in self._catching.attempts()}
        return tuple(sorted(met - {LOOPBACK}))

    def telemetry(self) -> frozenset[str]:
        """As :class:`Source` has it."""
        hosts = classed(self._exchanges)
        return frozenset(
            host.name for host in hosts if host.kind.is_telemetry and host.kind is not Kind.POSTHOG
        )

    def _said(self, one: Exchange) -> Said:
        if one.host == LOOPBACK:
            return Said(one.request)
        return Said(one.request, one.host, not self._manners.is_posthog(one.host, one.request))

    def _known(self, host: Host) -> Host:
        return contacts.own_address(host) if host.name == LOOPBACK else host

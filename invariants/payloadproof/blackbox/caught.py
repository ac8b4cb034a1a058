"""What a command sends, taken as it comes from wherever it is caught.

Rule 1: each request says whom it was for, and whether PostHog's rules say anything about it.
Rule 2: what was caught is kept for the end, when it can be said what each host is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from payloadproof.blackbox import contacts
from payloadproof.blackbox.hosts import Host, Manners, classed
from payloadproof.drive.internet import Internet
from payloadproof.drive.namespace import LOOPBACK
from payloadproof.drive.proxy import Proxy
from payloadproof.drive.traffic import Exchange
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.ledger import Request


class Said(NamedTuple):
    """One request; ``host`` is empty where it came to the recorder's own address."""

    request: Request
    host: str = ""
    other: bool = False


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


class Leased:
    """A listener of the recorder's, on the machine's own loopback."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def wait(self, timeout: float) -> bool:
        """As :class:`Source` has it."""
        return self._lease.wait_for_requests(1, timeout)

    def take(self) -> list[Said]:
        """As :class:`Source` has it."""
        return [Said(request) for request in self._lease.take()]

    def left(self) -> None:
        """Nobody knows."""

    def settle(self) -> None:
        """Nothing can be waited for."""

    def summary(self) -> Iterator[str]:
        """Nothing is known but what came."""
        yield from ()


class Caught:
    """A small internet, or a proxy; ``variable`` is the one that names the recorder's address."""

    def __init__(self, catching: Internet | Proxy, manners: Manners, variable: str) -> None:
        self._catching = catching
        self._manners = manners
        self._variable = variable
        self._exchanges: list[Exchange] = []

    def wait(self, timeout: float) -> bool:
        """As :class:`Source` has it."""
        return self._catching.wait_for_requests(1, timeout)

    def take(self) -> list[Said]:
        """As :class:`Source` has it."""
        taken = self._catching.take()
        self._exchanges += taken
        return [self._said(one) for one in taken]

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

    def _said(self, one: Exchange) -> Said:
        if one.host == LOOPBACK:
            return Said(one.request)
        return Said(one.request, one.host, not self._manners.is_posthog(one.host, one.request))

    def _known(self, host: Host) -> Host:
        return contacts.own_address(host) if host.name == LOOPBACK else host

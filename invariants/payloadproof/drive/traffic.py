"""What a command did in its small internet, as values.

Rule 1: every time is ``time.monotonic()`` of the harness, so that all of them can be compared.
Rule 2: names, paths and reasons are what a stranger sent: they are shown by way of the functions
that make them safe to print.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from payloadproof.recorder.ledger import Request

#: Why a connection came to nothing whose client had nothing to say.
SAID_NOTHING = "connected, and said nothing"


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """The other end of a connection, as the command knows it."""

    host: str
    address: str
    port: int
    tls: bool = False
    proxied: bool = False


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request to one host, and what became of it.

    Attributes:
        host: the name that was looked up for this address, else the one said in the handshake,
            else the address; lower case.
        address: the IPv4 address connected to.
        port: the port there.
        tls: whether it came over TLS.
        proxied: whether it was sent to a proxy, which was asked for the host.
        request: as the recorder keeps it, decoded by PostHog's rules whoever it was for.
    """

    host: str
    address: str
    port: int
    tls: bool
    proxied: bool = False
    request: Request


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """One question for a name.

    Attributes:
        kind: ``A``, ``AAAA``, ``HTTPS``...
        known: whether there is such a name; ``A`` alone has a record.
    """

    at: float
    name: str
    kind: str
    known: bool


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A connection or datagram that was not served.

    Attributes:
        host: the name of the address, if it has one, else the address.
        times: how often it was tried, in all.
        outcome: ``refused`` at once, or ``swallowed``: nothing came back.
    """

    at: float
    protocol: Literal["tcp", "udp"]
    host: str
    address: str
    port: int
    outcome: Literal["refused", "swallowed"]
    times: int = 1


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A TLS handshake that the client broke off, or that ended with nothing said.

    Attributes:
        reason: in OpenSSL's words, or ours.
        untrusted: whether the reason is that our certificate was not accepted.
    """

    at: float
    host: str
    address: str
    port: int
    reason: str
    untrusted: bool

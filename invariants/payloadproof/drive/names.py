"""The resolver of a command's small internet: it knows every name, and remembers who was asked for.

Rule 1: a name has an address of its own, so that whoever connects there is known without saying
whom it means. What is to become of the name decides the range.
Rule 2: every question is kept, of whatever type; a name that was looked up and never contacted is
evidence, too.
Rule 3: A is answered; everything else has no record (NOERROR, empty): a client that asks for AAAA
or HTTPS as well goes on with what A says.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from payloadproof.drive.namespace import ANSWERED, REFUSED, SWALLOWED
from payloadproof.drive.traffic import Lookup

#: What becomes of a name: it answers, nobody is there, nothing comes back, or nobody knows it.
Fate = Literal["answered", "refused", "swallowed", "unknown"]

_TTL_S = 60
_RANGES: Mapping[Fate, ipaddress.IPv4Network] = {
    "answered": ANSWERED,
    "refused": REFUSED,
    "swallowed": SWALLOWED,
}


class Names:
    """Names and their addresses, both ways; every method can be called from any thread.

    ``fates``: of the names that do not simply answer, ``*`` being all the others.
    """

    def __init__(self, fates: Mapping[str, Fate]) -> None:
        self._fates = {name.lower(): fate for name, fate in fates.items()}
        self._free: dict[Fate, Iterator[ipaddress.IPv4Address]] = {
            fate: network.hosts() for fate, network in _RANGES.items()
        }
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._lookups: list[Lookup] = []
        self._guard = threading.Lock()

    def fate(self, name: str) -> Fate:
        """What becomes of a name."""
        return self._fates.get(name, self._fates.get("*", "answered"))

    def address(self, name: str) -> str | None:
        """The address of a name; None of one that nobody knows."""
        name = name.lower().rstrip(".")
        with self._guard:
            if name not in self._addresses:
                fate = self.fate(name)
                address = next(self._free[fate], None) if fate in self._free else None
                if address is None:
                    return None
                self._addresses[name] = str(address)
                self._names[str(address)] = name
            return self._addresses[name]

    def name(self, address: str) -> str | None:
        """The name that this address was given to; None of one that nobody asked for."""
        with self._guard:
            return self._names.get(address)

    def lookups(self) -> tuple[Lookup, ...]:
        """Every question so far, in order."""
        with self._guard:
            return tuple(self._lookups)

    def answer(self, question: bytes) -> bytes:
        """The answer to a message, or nothing to what is none."""
        try:
            asked = dns.message.from_wire(question)
            answer = dns.message.make_response(asked, recursion_available=True)
        except (dns.exception.DNSException, ValueError):
            return b""
        for one in asked.question:
            name = one.name.to_text(omit_final_dot=True).lower()
            address = self.address(name)
            if address is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif one.rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(one.name, _TTL_S, "IN", "A", address))
            kind = dns.rdatatype.to_text(one.rdtype)
            lookup = Lookup(at=time.monotonic(), name=name, kind=kind, known=address is not None)
            with self._guard:
                self._lookups.append(lookup)
        return answer.to_wire()

"""W6: nothing goes anywhere but to the host that was configured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Contract
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import where
from payloadproof.recorder.ledger import Request


def unasked(request: Request, contract: Contract, clause: str) -> Iterator[Finding]:
    """A request to a service of PostHog's, beside capture, that the contract does not allow."""
    service = request.service
    if service in {None, "capture", "health", *contract.wire.services}:
        return
    yield Finding(
        clause=clause,
        expected="nothing asked of PostHog but what the contract allows (wire.services)",
        observed=f"a request to its service {service}",
        evidence=(where(request),),
        kind=f"a request to PostHog's {service}",
    )


@check("W6")
def nothing_goes_elsewhere(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By the kernel's counters of a network of the child's own, and by what was asked."""
    for request in history.requests:
        yield from unasked(request, history.contract, "W6")
    tried = history.attempts
    if tried is None:
        return
    if history.connections:
        yield EXERCISED
    elsewhere = {
        "TCP connection(s) to another port": tried.connections - len(history.connections),
        "datagram(s) over loopback, as a name that is looked up takes": tried.datagrams,
        "packet(s) or connection(s) to another machine": tried.unroutable,
    }
    for what, number in elsewhere.items():
        if number > 0:
            yield Finding(
                clause="W6",
                expected="no traffic but to the configured host",
                observed=f"{number} {what}",
            )

"""What else a history shows that explains a finding: the cause has a clause of its own."""

from __future__ import annotations

from payloadproof.evidence.history import History
from payloadproof.recorder.ledger import LOST, Request
from payloadproof.syntax.printable import printable

ACCEPTED = 300  # statuses from here on are refusals


def amid(history: History) -> str:
    """For the kind of a finding about what is lacking or wrong: a cause that has its own clause.

    A request that the service refuses (W1) loses all that is in it; what the caller changes after
    the call may be sent as it then is (S7).
    """
    if any(map(refused, history.requests)):
        return ", where the service refuses a request"
    changed = history.scenario is not None and history.scenario.overwrites
    return ", where the caller changes what it handed over" if changed else ""


def answer(request: Request) -> str:
    """Status and text of what the service says, with what we can add to it."""
    said = f"{request.status}: {printable(request.reason[:200])}".removesuffix(": ")
    return f"{said} ({request.advice})" if request.advice else said


def refused(request: Request) -> bool:
    """Whether the service would not take it; it sees nothing of one that is lost on its way."""
    return request.reason != LOST and request.status >= ACCEPTED

"""Networks that fail in known ways, and whether what is sent over them can be told apart."""

from __future__ import annotations

from payloadproof.contract import Contract, Event, catalogue
from payloadproof.generate.ground import Ground
from payloadproof.generate.payloads import marker_of
from payloadproof.recorder.script import Answer, Cut, LoseAnswer, Reset, Single, Slow

# Each happens once; then the service is well.
FAULTS: tuple[Single, ...] = (
    LoseAnswer(),
    Reset(),
    Cut(),
    Answer(status=500),
    Answer(status=503, headers={"Retry-After": "1"}),
    # As a date, which HTTP allows too; it is over, so that nobody has to wait.
    Answer(status=503, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
    Answer(status=429),
    Answer(body="<html>not what you expected"),
    Slow(head_s=0.1, body_s=0.1),
)


# As well once, by what stands between: a proxy's and a gateway's trouble, and a batch that is said
# to be too large, which may come again in parts.
BETWEEN: tuple[Single, ...] = tuple(Answer(status=status) for status in (502, 504, 413))


# Answers that say that trying again is of no use.
REFUSALS = tuple(Answer(status=status) for status in (400, 401, 403, 404, 422))


def can_mark(ground: Ground) -> bool:
    """Whether a worker's event can carry a number that tells it from the others."""
    return markable(ground.contract) is not None


def markable(contract: Contract) -> tuple[str, Event, str] | None:
    """A worker's event and the property that holds the marker."""
    for name, event in catalogue.sendable(contract).items():
        key = marker_of(contract, event) if event.transport == "worker" else None
        if key is not None:
            return name, event, key
    return None

"""What PostHog keeps of all that a history sent."""

from __future__ import annotations

from payloadproof.clauses.once import once
from payloadproof.evidence.history import History
from payloadproof.recorder.ingest import Kept, ingested


@once
def rows_of(history: History) -> tuple[Kept, ...]:
    """The rows that are left, in the order in which their events first arrived."""
    return ingested(history.requests)

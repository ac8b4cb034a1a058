"""Time: an event is dated by the moment at which it happened."""

from __future__ import annotations

from payloadproof.clauses.time import stamps

__all__ = ["stamps"]

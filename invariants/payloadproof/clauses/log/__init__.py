"""Log: a line is written whatever telemetry does."""

from __future__ import annotations

from payloadproof.clauses.log import lines

__all__ = ["lines"]

"""Host: the program ends when and as it would without telemetry."""

from __future__ import annotations

from payloadproof.clauses.host import endings

__all__ = ["endings"]

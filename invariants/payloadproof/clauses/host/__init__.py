"""Host: the program goes on, and ends, as it would without telemetry."""

from __future__ import annotations

from payloadproof.clauses.host import computing, endings, signals

__all__ = ["computing", "endings", "signals"]

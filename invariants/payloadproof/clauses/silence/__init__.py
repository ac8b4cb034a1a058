"""Silence: telemetry never throws, never blocks, and never shows."""

from __future__ import annotations

from payloadproof.clauses.silence import calls, harmless

__all__ = ["calls", "harmless"]

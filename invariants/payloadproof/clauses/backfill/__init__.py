"""Backfill: the past is sent once."""

from __future__ import annotations

from payloadproof.clauses.backfill import days, once

__all__ = ["days", "once"]

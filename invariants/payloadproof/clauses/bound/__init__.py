"""Bound: no stream goes on without an end."""

from __future__ import annotations

from payloadproof.clauses.bound import ceilings, error_limits, memory, rollups, sweeps, windows

__all__ = ["ceilings", "error_limits", "memory", "rollups", "sweeps", "windows"]

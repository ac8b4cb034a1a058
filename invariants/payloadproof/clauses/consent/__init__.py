"""Consent: nothing is sent against the will of the person."""

from __future__ import annotations

from payloadproof.clauses.consent import debugging, decisions, error_switch, switches, table

__all__ = ["debugging", "decisions", "error_switch", "switches", "table"]

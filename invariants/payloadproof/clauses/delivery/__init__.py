"""Delivery: what is due arrives, whole and once."""

from __future__ import annotations

from payloadproof.clauses.delivery import arrivals, captured, forks, told, unasked

__all__ = ["arrivals", "captured", "forks", "told", "unasked"]

"""Allow: what is not listed is denied."""

from __future__ import annotations

from payloadproof.clauses.allow import leaks, people, shapes, whitelist

__all__ = ["leaks", "people", "shapes", "whitelist"]

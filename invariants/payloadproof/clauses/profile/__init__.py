"""Profile: nobody becomes a person by accident, and what that costs."""

from __future__ import annotations

from payloadproof.clauses.profile import billing, built, flags, persons

__all__ = ["billing", "built", "flags", "persons"]

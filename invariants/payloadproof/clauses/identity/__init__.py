"""Identity: one id for an install, at random, and nobody's."""

from __future__ import annotations

from payloadproof.clauses.identity import ids, installs

__all__ = ["ids", "installs"]

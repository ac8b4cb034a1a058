"""Errors: what the text of an error may say."""

from __future__ import annotations

from payloadproof.clauses.errors import text, words

__all__ = ["text", "words"]

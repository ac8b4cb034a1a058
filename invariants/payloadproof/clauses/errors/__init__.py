"""Errors: what the text of an error may say."""

from __future__ import annotations

from payloadproof.clauses.errors import speed, text, words

__all__ = ["speed", "text", "words"]

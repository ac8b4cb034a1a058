"""Wire: what the capture service accepts, and what a retry repeats."""

from __future__ import annotations

from payloadproof.clauses.wire import elsewhere, programs, requests, retries

__all__ = ["elsewhere", "programs", "requests", "retries"]

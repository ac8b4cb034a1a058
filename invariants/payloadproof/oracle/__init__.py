"""The clauses' checks: pure functions over a History.

Importing this package fills the table of checks.
"""

from __future__ import annotations

from payloadproof.oracle import consent, leaks, rollups, silence, whitelist, wire
from payloadproof.oracle.finding import CHECKS, VIOLATIONS, ClauseViolated, Finding, judge

__all__ = [
    "CHECKS",
    "VIOLATIONS",
    "ClauseViolated",
    "Finding",
    "consent",
    "judge",
    "leaks",
    "rollups",
    "silence",
    "whitelist",
    "wire",
]

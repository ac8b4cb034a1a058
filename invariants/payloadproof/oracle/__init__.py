"""The clauses' checks: pure functions over a History.

Importing this package fills the table of checks.
"""

from __future__ import annotations

from payloadproof.oracle import (
    billing,
    ceilings,
    consent,
    decisions,
    delivery,
    host,
    leaks,
    rollups,
    shapes,
    silence,
    sweeps,
    whitelist,
    windows,
    wire,
)
from payloadproof.oracle.finding import CHECKS, VIOLATIONS, ClauseViolated, Finding, judge

__all__ = [
    "CHECKS",
    "VIOLATIONS",
    "ClauseViolated",
    "Finding",
    "billing",
    "ceilings",
    "consent",
    "decisions",
    "delivery",
    "host",
    "judge",
    "leaks",
    "rollups",
    "shapes",
    "silence",
    "sweeps",
    "whitelist",
    "windows",
    "wire",
]

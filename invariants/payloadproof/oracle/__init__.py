"""The clauses' checks: pure functions over a History.

Importing this package fills the table of checks.
"""

from __future__ import annotations

from payloadproof.oracle import (
    backfill,
    backfill_once,
    billing,
    ceilings,
    consent,
    decisions,
    delivery,
    error_limits,
    error_words,
    errors,
    host,
    leaks,
    log,
    resources,
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
    "backfill",
    "backfill_once",
    "billing",
    "ceilings",
    "consent",
    "decisions",
    "delivery",
    "error_limits",
    "error_words",
    "errors",
    "host",
    "judge",
    "leaks",
    "log",
    "resources",
    "rollups",
    "shapes",
    "silence",
    "sweeps",
    "whitelist",
    "windows",
    "wire",
]

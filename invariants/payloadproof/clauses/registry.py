"""The clauses' checks: pure functions over a History.

Importing this package fills the table of checks.
"""

from __future__ import annotations

from payloadproof.clauses.allow import leaks, shapes, whitelist
from payloadproof.clauses.backfill import days as backfill
from payloadproof.clauses.backfill import once as backfill_once
from payloadproof.clauses.bound import ceilings, error_limits, rollups, sweeps, windows
from payloadproof.clauses.consent import decisions
from payloadproof.clauses.consent import table as consent
from payloadproof.clauses.errors import text as errors
from payloadproof.clauses.errors import words as error_words
from payloadproof.clauses.finding import CHECKS, VIOLATIONS, ClauseViolated, Finding, judge
from payloadproof.clauses.log import lines as log
from payloadproof.clauses.profile import billing
from payloadproof.clauses.silence import calls as silence
from payloadproof.clauses.silence import harmless as host
from payloadproof.clauses.silence import resources
from payloadproof.clauses.wire import requests as wire
from payloadproof.clauses.wire import retries as delivery

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

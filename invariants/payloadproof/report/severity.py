"""How bad a finding is, in the words that code scanning and annotations share."""

from __future__ import annotations

from typing import Literal

from payloadproof.outcome.model import Report

Severity = Literal["error", "warning", "note"]


def severity(level: str, report: Report) -> Severity:
    """As a clause of this level counts for the exit code: an error where it fails the run."""
    if level == "MUST" or (level == "SHOULD" and report.strict):
        return "error"
    return "warning" if level == "SHOULD" else "note"

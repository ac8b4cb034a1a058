"""A report as a badge: the JSON that an endpoint badge of shields.io is drawn from.

Rule 1: it is green where the exit code is 0, and nowhere else.
Rule 2: it holds counts and words of ours, and nothing that a program sent.
"""

from __future__ import annotations

from collections import Counter

from payloadproof.outcome.model import Report
from payloadproof.report.as_json import document

SCHEMA_VERSION = 1  # of the endpoint badge


def badge(report: Report) -> bytes:
    """The document, in UTF-8."""
    message, colour = _said(report)
    return document(
        {
            "schemaVersion": SCHEMA_VERSION,
            "label": "payloadproof",
            "message": message,
            "color": colour,
        }
    )


def _said(report: Report) -> tuple[str, str]:
    counted = Counter(one.verdict for one in report.verdicts if report.counts(one))
    verdicts = Counter(one.verdict for one in report.verdicts)
    held, accepted = verdicts["passed"], verdicts["accepted"]
    if counted["errored"]:
        said = "no result", "lightgrey"
    elif broken := counted.pop("failed", 0):
        said = f"{broken} broken", "red"
    elif unproved := counted.total():
        said = f"{unproved} not proved", "orange"
    elif report.exit_code:
        said = ("baseline to be renewed" if report.stale else "nothing judged"), "orange"
    elif accepted:
        said = f"{held} kept, {accepted} accepted", "green"
    else:
        said = f"{held} kept", "brightgreen"
    return said

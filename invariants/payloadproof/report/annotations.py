"""A report as annotations of a GitHub workflow: each finding beside the line to begin with.

Rule 1: a runner shows no more than ten of a kind for a step, so that no more are written, and a
notice says how many there are besides.
Rule 2: what counts and is no finding, as a clause that could not be judged, is an error, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from payloadproof.clauses.clause import every_clause, named
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import Report
from payloadproof.report.places import Places
from payloadproof.report.severity import severity
from payloadproof.syntax import shell, workflow

SHOWN: Final = 10
_NOTICE: Final = "notice"


def as_annotations(report: Report) -> bytes:
    """Lines to print in a step of a workflow, in UTF-8."""
    report = safe(report)
    told: Counter[str] = Counter()
    lines = []
    for kind, message, properties in _said(report):
        told[kind] += 1
        # The last place among the notices is for what is left out.
        if told[kind] <= SHOWN - (kind == _NOTICE):
            lines.append(workflow.command(kind, message, properties))
    over = sum(max(0, n - SHOWN + (kind == _NOTICE)) for kind, n in told.items())
    if over:
        title = {"title": "payloadproof"}
        lines.append(workflow.command(_NOTICE, f"and {over} more: the report has them", title))
    return "".join(f"{line}\n" for line in lines).encode()


def _said(report: Report) -> Iterator[tuple[str, str, dict[str, str]]]:
    places = Places(report)
    for one in report.findings:
        level = severity(every_clause()[one.clause].level, report)
        again = f"\nrun it again: payloadproof replay {shell.path(one.file)}" if one.file else ""
        about = {"title": named(one.clause)}
        if place := places(one):
            about = {"file": place.file, "line": str(place.line), **about}
        yield _NOTICE if level == "note" else level, f"{one.message}{again}", about
    for one in report.news:
        yield _NOTICE, f"news, which fail nothing: {one.message}", {"title": named(one.clause)}
    for verdict in report.verdicts:
        if verdict.verdict != "failed" and report.counts(verdict):
            why = verdict.reason or "it was not proved"
            yield "error", f"{verdict.verdict}: {why}", {"title": named(verdict.clause)}
    for entry in report.stale:
        message = f"the baseline accepts what is no longer seen: {entry.fingerprint}"
        yield "error", message, {"title": named(entry.clause)}

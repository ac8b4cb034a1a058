"""The forms in which a report is written to a file, by the names that ``--report`` has for them.

Rule 1: each is a rendering of the same values: none says what another does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from payloadproof.outcome.model import Report
from payloadproof.report.annotations import as_annotations
from payloadproof.report.as_json import as_json
from payloadproof.report.badge import badge
from payloadproof.report.junit import junit
from payloadproof.report.sarif import sarif
from payloadproof.report.step_summary import step_summary


def _page(report: Report, *, given: str = "", runs: Sequence[str] = ()) -> bytes:
    # Its templates take longer to import than a small audit takes, and few ask for a page.
    from payloadproof.report.page.page import as_html

    return as_html(report, given=given, runs=runs)


FORMS: Final[Mapping[str, Callable[[Report], bytes]]] = {
    "junit": junit,
    "json": as_json,
    "sarif": sarif,
    "badge": badge,
    "summary": step_summary,
    "annotations": as_annotations,
    "html": _page,
}


def written(kind: str, report: Report, *, given: str = "", runs: Sequence[str] = ()) -> bytes:
    """A report in one of the forms; a page also has ``given`` and ``runs``, as it says itself."""
    return _page(report, given=given, runs=runs) if kind == "html" else FORMS[kind](report)

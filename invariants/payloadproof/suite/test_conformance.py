"""The clauses as tests, for ``pytest --pyargs payloadproof.suite``; see ``payloadproof.plugin``."""

from __future__ import annotations

import pytest

from payloadproof.clauses.clause import clauses
from payloadproof.outcome.model import Report
from payloadproof.report.terminal import finding_text


@pytest.mark.parametrize("clause", clauses())
def test_clause(clause: str, payloadproof_report: Report) -> None:
    """Fails where the verdict counts; a SHOULD clause that fails is expected to, with its text."""
    report = payloadproof_report
    verdict = next(one for one in report.verdicts if one.clause == clause)
    every = (*report.findings, *report.unsteady)
    found = [finding_text(one) for one in every if one.clause == clause]
    text = "\n".join([*found, f"seed {report.seed}"])
    match verdict.verdict:
        case "passed":
            return
        case "failed" | "reported" | "unsteady" as said if not report.counts(verdict):
            pytest.xfail(f"{said}, {verdict.level}: {text}")
        case "failed" | "unsteady":
            pytest.fail(text, pytrace=False)
        case "vacuous" if report.counts(verdict):
            pytest.fail(f"vacuous: {verdict.reason}", pytrace=False)
        case "unsupported" if report.counts(verdict):
            pytest.fail(f"unsupported: {verdict.reason}", pytrace=False)
        case other:
            pytest.skip(f"{other.replace('_', ' ')}: {verdict.reason}")

"""Recorded payloads, judged by the clauses that wire evidence alone can judge."""

from __future__ import annotations

import time

import msgspec

from payloadproof.clauses import clauses
from payloadproof.contract import Contract
from payloadproof.oracle import judge
from payloadproof.protocol.messages import Implementation
from payloadproof.recording import Recording
from payloadproof.report.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.scenario.history import History
from payloadproof.version import VERSION

# The others need to know what was done, not only what was sent.
WIRE_CLAUSES = ("A1", "A2", "A3", "A4", "P1", "W1")


def audit(recording: Recording, name: str, contract: Contract, contract_name: str) -> Report:
    """Judge a recording; one finding for each clause and kind of breach, with its count.

    Args:
        recording: what was sent.
        name: the file, for the report.
        contract: what may be sent.
        contract_name: how the user named it.
    """
    began = time.monotonic()
    judgement = judge(History(contract=contract, requests=recording.requests), WIRE_CLAUSES)
    grouped: dict[tuple[str, str, str], list[ReportedFinding]] = {}
    for one in judgement.findings:
        reported = ReportedFinding(
            clause=one.clause,
            message=one.message,
            expected=one.expected,
            observed=one.observed,
            evidence=one.evidence,
            definite=True,
            shrunk=False,
        )
        grouped.setdefault((one.clause, one.expected, one.observed), []).append(reported)
    findings = tuple(
        msgspec.structs.replace(same[0], observed=f"{same[0].observed}, {len(same):,} times")
        if len(same) > 1
        else same[0]
        for same in grouped.values()
    )
    return Report(
        payloadproof=VERSION,
        command="audit",
        implementation=Implementation(name=name, version="recording"),
        adapter=None,
        contract=contract_name,
        profile=None,
        seed=None,
        seconds=round(time.monotonic() - began, 3),
        scenarios=0,
        verdicts=tuple(
            _verdict(clause, findings, judgement.exercised, len(recording.requests))
            for clause in clauses()
        ),
        findings=findings,
        notes=(f"{len(recording.requests):,} requests",),
    )


def _verdict(
    clause: str, findings: tuple[ReportedFinding, ...], exercised: frozenset[str], requests: int
) -> ClauseVerdict:
    level = clauses()[clause].level
    found = sum(one.clause == clause for one in findings)
    if clause not in WIRE_CLAUSES:
        return ClauseVerdict(
            clause=clause,
            level=level,
            verdict="not_run",
            scenarios=0,
            controls=0,
            findings=0,
            reason="a recording does not say what was done, only what was sent",
        )
    fired = clause in exercised
    return ClauseVerdict(
        clause=clause,
        level=level,
        verdict="failed" if found else "passed" if fired else "vacuous",
        scenarios=0,
        controls=requests if fired else 0,
        findings=found,
        reason=None if found or fired else "the recording holds nothing to judge it by",
    )

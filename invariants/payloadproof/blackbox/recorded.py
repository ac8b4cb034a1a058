"""One recorded run, judged: what its recording alone cannot say, and what needs no contract.

Rule 1: with a contract, what the recording holds is judged by an audit; this adds what the run
shows beside it: an opt-out that was ignored, counts that were due, hosts that nobody listed, ids.
Rule 2: without one, the promises that hold for every program are judged, and the report says what a
contract would add. A foreign program is never judged by somebody else's contract.
Rule 3: a run with telemetry off that sends nothing is what a maintainer wants to show: it passes,
and the report says that its control, a run with telemetry on, was not made.
Rule 4: C1 and C2 need to know that telemetry was off, and judge nothing where that is in doubt: the
report says so, and how it would be known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from payloadproof.billing.meter import metered
from payloadproof.clauses.clause import all_named, every_clause
from payloadproof.clauses.registry import RUN_CHECKS, judge_runs
from payloadproof.evidence.quoting import UNMASKED
from payloadproof.evidence.runs import BY_DEFAULT, Run
from payloadproof.outcome.model import (
    ClauseVerdict,
    Report,
    ReportedFinding,
    Verdict,
    found_broken,
    reported,
)
from payloadproof.protocol.messages import Implementation
from payloadproof.version import VERSION

#: What one run shows of itself, without a stage, a second person or a network that fails.
ALONE = ("C1", "C2", "C12", "W1", "W6", "I1", "I5", "D1", "D2")
#: Of these, what an audit does not judge already.
BESIDE_AN_AUDIT = ("C1", "C2", "W6", "I1", "I5", "D1", "D2")


def beside(report: Report, run: Run) -> Report:
    """An audit's report, with what the run shows beside it."""
    verdicts = {one.clause: one for one in report.verdicts}
    fresh = {one.clause: one for one in _verdicts(run, BESIDE_AN_AUDIT)}
    found = _findings(run, BESIDE_AN_AUDIT)
    verdicts |= {
        name: one
        for name, one in fresh.items()
        if one.verdict != "not_run" and (name not in verdicts or not verdicts[name].findings)
    }
    notes = report.notes
    if run.doubt:
        notes = (_unjudged(run), *notes)
    if _is_quiet(run):
        quiet = _quiet(run)
        notes = (quiet, *notes)
        verdicts = {
            name: msgspec.structs.replace(one, verdict="not_run", reason=quiet)
            if one.verdict == "vacuous"
            else one
            for name, one in verdicts.items()
        }
    return msgspec.structs.replace(
        report,
        verdicts=tuple(verdicts.values()),
        findings=(*found, *report.findings),
        notes=notes,
    )


def alone(run: Run, command: str, *, strict: bool, seconds: float) -> Report:
    """The report of a program that has no contract."""
    posthog = sorted({host.name for host in run.hosts if host.kind == "posthog"})
    return Report(
        payloadproof=VERSION,
        command="record",
        implementation=Implementation(name=command, version="as it is", language="a command"),
        adapter=None,
        contract="none",
        profile=None,
        seed=None,
        seconds=round(seconds, 3),
        scenarios=1,
        verdicts=tuple(_verdicts(run, ALONE)),
        findings=_findings(run, ALONE),
        notes=(
            f"{len(run.said):,} event(s) to {', '.join(posthog) or 'nobody'}",
            "no contract: --contract FILE judges keys, values, events and consent as well",
        ),
        strict=strict,
        masked=not UNMASKED.get(),
        billed=metered(run.to_posthog),
    )


def _is_quiet(run: Run) -> bool:
    return bool(run.switch) and not run.telemetry


def _quiet(run: Run) -> str:
    by = "by default" if run.switch == BY_DEFAULT else f"by {run.switch}"
    return (
        f"telemetry is off {by} and nothing was sent; its control was not run: payloadproof probe"
        " does"
    )


def _unjudged(run: Run) -> str:
    return (
        f"not judged: {all_named(('C1', 'C2'))}: {run.doubt}. --set NAME=VALUE, with a switch of"
        " the contract's, says whether telemetry is on"
    )


def _findings(run: Run, clauses: Collection[str]) -> tuple[ReportedFinding, ...]:
    return tuple(reported(one) for one in judge_runs((run,), clauses).findings)


def _verdicts(run: Run, clauses: Collection[str]) -> Iterator[ClauseVerdict]:
    judgement = judge_runs((run,), clauses)
    for name, clause in every_clause().items():
        if name not in clauses or name not in RUN_CHECKS:
            continue
        found = sum(one.clause == name for one in judgement.findings)
        verdict: Verdict = found_broken(clause.level) if found else "not_run"
        reason: str | None = None if found else "one run does not show it: payloadproof probe does"
        if not found and name in judgement.exercised:
            verdict, reason = "passed", None
        if not found and name == "C2" and _is_quiet(run) and run.own:
            verdict, reason = "passed", _quiet(run)
        yield ClauseVerdict(
            clause=name,
            level=clause.level,
            verdict=verdict,
            scenarios=1,
            controls=int(name in judgement.exercised),
            findings=found,
            reason=reason,
        )

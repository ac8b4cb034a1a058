"""What ``smoke`` and ``replay`` say, as values: the same that the terminal shows."""

from __future__ import annotations

from payloadproof.evidence.quoting import safe
from payloadproof.outcome.answers import Noticed, ReplayAnswer, SmokeAnswer
from payloadproof.outcome.plan import Plan, Replayed, Smoke
from payloadproof.report.dark import diagnosed
from payloadproof.report.ending import options
from payloadproof.scenario.store import Saved
from payloadproof.version import VERSION


def smoke_answer(seen: Smoke, plan: Plan) -> SmokeAnswer:
    """What a quick look saw."""
    found = diagnosed(seen, plan, options(plan.connector.spec, plan.contract_name))
    return safe(
        SmokeAnswer(
            payloadproof=VERSION,
            implementation=seen.implementation,
            adapter=plan.connector.spec,
            contract=plan.contract_name,
            exit_code=0 if found.fine else 1,
            on=len(seen.lit.sent),
            off=len(seen.dark.sent),
            noticed=tuple(Noticed(verdict=verdict, text=text) for verdict, text in found.seen),
            causes=found.causes,
            next=found.next,
        )
    )


def replay_answer(result: Replayed, saved: Saved) -> ReplayAnswer:
    """What came of a saved scenario."""
    finding = result.finding
    return safe(
        ReplayAnswer(
            payloadproof=VERSION,
            clause=saved.clause,
            result=result.result,
            exit_code=result.exit_code,
            seen=result.seen,
            runs=result.runs,
            requests=result.arrived,
            expected=finding.expected if finding else None,
            observed=finding.observed if finding else None,
            evidence=finding.evidence if finding else (),
        )
    )

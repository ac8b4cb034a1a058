"""What a run says, as frozen values; every report is a rendering of this."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from payloadproof.billing.meter import Metered
from payloadproof.clauses.finding import Finding
from payloadproof.evidence.course import Course
from payloadproof.evidence.surface import Surface
from payloadproof.outcome.accepted import Entry, kinds
from payloadproof.outcome.gate import CorpusFile, Drawn
from payloadproof.outcome.mapped import MapCell
from payloadproof.outcome.ran import Ran
from payloadproof.protocol.messages import Implementation
from payloadproof.scenario.steps import Scenario

Verdict = Literal[
    "passed",
    "failed",
    "reported",
    "unsteady",
    "accepted",
    "errored",
    "unsupported",
    "not_applicable",
    "vacuous",
    "not_run",
]
VERDICTS: dict[Verdict, str] = {
    "passed": "it was put to the test, and nothing was found",
    "failed": "there is at least one finding",
    "reported": "there is at least one finding, of a clause that is for information",
    "unsteady": "it was seen broken, but not each time the same scenario was run again",
    "accepted": "there are findings, and the baseline accepts all of them",
    "errored": "Payloadproof or the adapter failed before there was a verdict",
    "unsupported": "the adapter lacks an operation that the clause needs",
    "not_applicable": "the contract has nothing that the clause is about",
    "vacuous": "nothing was found, but its control was never seen, or scenarios that are made to"
    " break it were not run: this is not a pass",
    "not_run": "it was not selected, or this run cannot judge it; the reason says why",
}


def found_broken(level: str) -> Verdict:
    """What a clause of this level is that has findings: one that only informs has not failed."""
    return "reported" if level == "INFO" else "failed"


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what a report holds."""


class ClauseVerdict(Value, frozen=True, kw_only=True):
    """What became of one clause.

    ``scenarios``: histories it was judged on; ``controls``: how often its control fired;
    ``broken``: how many showed it broken, by what the baseline accepts too; ``findings``: how many
    the report holds; ``reason``: why it was not judged, is vacuous, or is
    accepted; ``allowed``: unsupported, and the run was told to let that pass; ``unfinished``: of
    scenarios that are made to break it, what kept some from being run: it has not passed then.
    """

    clause: str
    level: str
    verdict: Verdict
    scenarios: int
    controls: int
    findings: int
    broken: int = 0
    reason: str | None = None
    allowed: bool = False
    unfinished: tuple[str, ...] = ()


def doubted(verdict: ClauseVerdict) -> ClauseVerdict:
    """A pass is none where some of the scenarios that are made to break the clause were not run."""
    if verdict.verdict != "passed" or not verdict.unfinished:
        return verdict
    reason = "; ".join(verdict.unfinished)
    return msgspec.structs.replace(verdict, verdict="vacuous", reason=reason)


class ReportedFinding(Value, frozen=True, kw_only=True):
    """One breach, with the smallest scenario that shows it and the file to replay.

    ``evidence`` is masked, unless the report says otherwise. ``shrunk`` is false for what was met
    on the way to another finding. ``fingerprint`` is what an entry of a baseline needs.
    ``course``: what came of the scenario, step by step.
    """

    clause: str
    message: str
    expected: str
    observed: str
    evidence: tuple[str, ...]
    definite: bool
    shrunk: bool
    scenario: Scenario | None = None
    file: str | None = None
    fingerprint: str | None = None
    course: Course | None = None


def reported(
    finding: Finding, scenario: Scenario | None = None, *, shrunk: bool = True
) -> ReportedFinding:
    """A finding as a report holds it; ``scenario``: what showed it, where one did."""
    return ReportedFinding(
        clause=finding.clause,
        message=finding.message,
        expected=finding.expected,
        observed=finding.observed,
        evidence=finding.evidence,
        definite=finding.definite,
        shrunk=shrunk,
        scenario=scenario,
        fingerprint=kinds(finding, scenario)[0][1],
        course=finding.course,
    )


def stale(accepted: Iterable[Entry], verdicts: Iterable[ClauseVerdict]) -> tuple[Entry, ...]:
    """The accepted entries that a run ought to have met, and did not: their clause passes."""
    passed = {one.clause for one in verdicts if one.verdict == "passed"}
    return tuple(one for one in accepted if one.clause in passed and not one.seldom)


class Report(Value, frozen=True, kw_only=True):
    """One run.

    ``seconds`` and ``scenarios``: what it took; ``strict``: whether SHOULD clauses count;
    ``masked``: whether the inside of text is covered; ``unsteady``: of each clause that was seen
    broken and not confirmed, what was seen; ``accepted``: entries of the baseline that
    were met; ``stale``: those that were not, though their clause passed; ``collected``: what an
    audit saw; ``billed``: what PostHog would count of it, of a probe that of one ordinary run;
    ``corpus``: what became of each of its files; ``drawn``: the scenarios beside the fixed ones,
    and ``news``: what they found, which fails nothing; ``roads``: of a check, the map of roads and
    promises; ``runs``: of a probe, what each was and whom it told something; ``turned_on_by``: of
    one in which nothing was sent, a variable that the program names and that may turn it on.
    """

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["check", "smoke", "audit", "probe", "record"]
    implementation: Implementation
    adapter: str | None
    contract: str
    profile: str | None
    seed: int | None
    seconds: float
    scenarios: int
    verdicts: tuple[ClauseVerdict, ...]
    findings: tuple[ReportedFinding, ...]
    unsteady: tuple[ReportedFinding, ...] = ()
    notes: tuple[str, ...] = ()
    strict: bool = False
    masked: bool = True
    accepted: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()
    collected: Surface | None = None
    billed: Metered | None = None
    corpus: tuple[CorpusFile, ...] = ()
    drawn: Drawn | None = None
    news: tuple[ReportedFinding, ...] = ()
    roads: tuple[MapCell, ...] = ()
    runs: tuple[Ran, ...] = ()
    turned_on_by: str | None = None

    def counts(self, verdict: ClauseVerdict) -> bool:
        """Whether a verdict that is not green changes the exit code.

        MUST clauses always do, SHOULD clauses in a strict run, and INFO clauses never. What is
        unsteady counts in a strict run.
        """
        match verdict.verdict:
            case "failed" | "vacuous":
                return verdict.level == "MUST" or (self.strict and verdict.level == "SHOULD")
            case "unsteady":
                return self.strict and verdict.level != "INFO"
            case "unsupported":
                return verdict.level == "MUST" and not verdict.allowed
            case _:
                return verdict.verdict == "errored"

    @property
    def exit_code(self) -> int:
        """0: something was judged, and nothing counts against it; 1: findings or gaps; 2: errored.

        A baseline whose entries have to be taken out is 1, too.
        """
        if any(one.verdict == "errored" for one in self.verdicts):
            return 2
        seen = ("passed", "accepted", "failed", "reported")
        judged = any(one.verdict in seen for one in self.verdicts)
        counted = any(self.counts(one) for one in self.verdicts)
        return 0 if judged and not counted and not self.stale else 1

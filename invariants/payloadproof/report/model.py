"""What a run says, as frozen values; every report is a rendering of this."""

from __future__ import annotations

from typing import Literal

import msgspec

from payloadproof.protocol.messages import Implementation
from payloadproof.scenario.steps import Scenario

Verdict = Literal[
    "passed", "failed", "errored", "unsupported", "not_applicable", "vacuous", "not_run"
]
VERDICTS: dict[Verdict, str] = {
    "passed": "its control fired and nothing was found",
    "failed": "at least one finding",
    "errored": "the harness or the adapter broke before it could be judged",
    "unsupported": "the adapter lacks an operation that the clause needs",
    "not_applicable": "the contract does not know what the clause is about",
    "vacuous": "nothing was found, and nothing could have been: its control never fired",
    "not_run": "not selected",
}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what a report holds."""


class ClauseVerdict(Value, frozen=True, kw_only=True):
    """What became of one clause.

    ``scenarios``: histories it was judged on; ``controls``: how often its control fired;
    ``findings``: how many the report holds; ``reason``: why it was not judged, or is vacuous.
    """

    clause: str
    level: str
    verdict: Verdict
    scenarios: int
    controls: int
    findings: int
    reason: str | None = None


class ReportedFinding(Value, frozen=True, kw_only=True):
    """One breach, with the smallest scenario that shows it and the file to replay.

    ``evidence`` is masked. ``shrunk`` is false for what was met on the way to another finding.
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


class Report(Value, frozen=True, kw_only=True):
    """One run. ``seconds`` and ``scenarios`` are what it took."""

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["check", "smoke", "audit"]
    implementation: Implementation
    adapter: str | None
    contract: str
    profile: str | None
    seed: int | None
    seconds: float
    scenarios: int
    verdicts: tuple[ClauseVerdict, ...]
    findings: tuple[ReportedFinding, ...]
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: something passed, nothing failed or was vacuous; 1: findings or gaps; 2: errored."""
        seen = {one.verdict for one in self.verdicts}
        if "errored" in seen:
            return 2
        gaps = any(v.verdict == "unsupported" and v.level == "MUST" for v in self.verdicts)
        return 0 if "passed" in seen and not gaps and not seen & {"failed", "vacuous"} else 1

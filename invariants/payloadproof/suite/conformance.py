"""One call that checks an implementation, for somebody's own tests."""

from __future__ import annotations

from collections.abc import Collection

from payloadproof.adapters.serve import Adapter
from payloadproof.outcome.model import Report
from payloadproof.report.terminal import as_text
from payloadproof.run.planning import judged, planned


class ConformanceError(AssertionError):
    """An implementation breaks a clause, or could not be judged by one; its text is the report.

    Attributes:
        report: the same as values.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(as_text(report))
        self.report = report


def run_conformance(
    adapter: str | type[Adapter] | Adapter,
    *,
    contract: str | None = None,
    profile: str = "quick",
    only: str | Collection[str] | None = None,
    strict: bool = False,
    allow_unsupported: Collection[str] = (),
) -> Report:
    """Check an implementation as ``payloadproof check`` does.

    Args:
        adapter: ``direct:package.module:object``, ``cmd:COMMAND``, an Adapter's class, or an
            Adapter, which has to stand being started anew for each scenario.
        contract: the name of a shipped contract, or a TOML file; without one the program is judged
            by what holds for every program.
        profile: ``quick``, ``ci`` or ``deep``, of which it is one round, in this process.
        only: judge by these clauses alone.
        strict: SHOULD clauses count, too.
        allow_unsupported: clauses that may be unsupported without failing the run.

    Raises:
        ConformanceError: where ``payloadproof check`` would exit with 1.
        HarnessError: there is no result: where it would exit with 2.
        ContractError: the contract cannot be used.
    """
    report = judged(
        planned(
            adapter,
            contract,
            only=only,
            profile=profile,
            strict=strict,
            allow_unsupported=allow_unsupported,
        )
    )
    if report.exit_code:
        raise ConformanceError(report)
    return report

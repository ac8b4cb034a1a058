"""Recorded payloads, judged by the clauses that wire evidence alone can judge.

Rule 1: a file is judged as a stream: what has to be remembered of its events is small, and
everything else is forgotten.
Rule 2: findings of one kind are one finding, with the number of times and the first example.
Rule 3: files stand in the order of their paths, so that a report does not depend on the order in
which they were read, or by how many processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from payloadproof.audit.collecting import uncollected
from payloadproof.audit.crowds import Crowd
from payloadproof.audit.kernel import Kernel
from payloadproof.audit.tally import FileRead, Tally
from payloadproof.audit.whole import Whole
from payloadproof.billing.meter import Metered
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import Finding
from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Evidence, Flaw
from payloadproof.evidence.forms import SAID
from payloadproof.evidence.lines import Block
from payloadproof.outcome.model import Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.version import VERSION

FLAWS_SHOWN: Final = 5
_STEP: Final = 1 << 20  # bytes between two words about how far it got
OnBytes = Callable[[int], None]
OnCrowd = Callable[[Crowd], None]


class Audit:
    """One audit on its way: evidence in, a report out."""

    def __init__(self, contract: Contract, *, strict: bool = False) -> None:
        self._contract = contract
        self._strict = strict
        self._began = time.monotonic()
        self.tally = Tally()
        self._kernel = Kernel(contract, self.tally)
        self._others: list[Tally] = []
        self._billing: Callable[[], Metered] | None = None

    def add(self, evidence: Evidence, on_bytes: OnBytes = lambda _: None) -> None:
        """Judge a whole file, or a part of one; ``on_bytes`` is told how far it got.

        Raises:
            HarnessError: a check of ours broke on what it held.
        """
        tally, path = self.tally, str(evidence.path)
        said = SAID[evidence.form]
        tally.files.append(
            FileRead(path, evidence.path.name, said, evidence.packing, evidence.size)
        )
        self._judge(evidence, path, on_bytes)
        tally.aside.update(evidence.aside)

    def _judge(self, evidence: Evidence, path: str, on_bytes: OnBytes) -> None:
        tally = self.tally
        self._kernel.begin(len(tally.files) - 1, path)
        if evidence.lines is not None:
            with uncollected():
                self._lines(evidence.lines, path, on_bytes)
                self._kernel.flush()
        else:
            told = tally.seen.bytes
            for piece in evidence.pieces:
                if isinstance(piece, Flaw):
                    tally.flaw(path, piece)
                else:
                    self._kernel.request(piece)
                if tally.seen.bytes - told > _STEP:
                    on_bytes(tally.seen.bytes - told)
                    told = tally.seen.bytes
        self._kernel.flush()

    def _lines(self, blocks: Iterator[Block | Flaw], path: str, on_bytes: OnBytes) -> None:
        seen = self.tally.seen
        before = seen.bytes
        for block in blocks:
            if isinstance(block, Flaw):
                self.tally.flaw(path, block)
            else:
                self._kernel.block(block)
            if seen.bytes - before > _STEP:
                on_bytes(seen.bytes - before)
                before = seen.bytes

    def merge(self, tally: Tally) -> None:
        """Add what another part of the same audit has found."""
        self._others.append(tally)
        self._billing = None

    def billed_by(self, billing: Callable[[], Metered]) -> None:
        """Somebody else counts the bill of all parts that were merged, and is asked for it last."""
        self._billing = billing

    @property
    def flaws(self) -> list[tuple[str, Flaw]]:
        """Lines that could not be audited, the first of them."""
        every = sorted(one for tally in self._tallies for one in tally.flaws)
        return [(one.path, Flaw(one.line, one.what)) for one in every]

    @property
    def flawed(self) -> int:
        """How many there are."""
        return sum(tally.flawed for tally in self._tallies)

    @property
    def parts(self) -> list[Tally]:
        """All that was found, to be written as a part of a larger audit."""
        self._kernel.flush()
        return [tally for tally in self._tallies if tally.files]

    @property
    def _tallies(self) -> list[Tally]:
        return [self.tally, *self._others]

    def report(
        self, contract_name: str, on_crowd: OnCrowd | None = None, *, timed: bool = True
    ) -> Report:
        """What was found in all of it.

        Args:
            contract_name: as it was given.
            on_crowd: is told of each installation's events of one name and day.
            timed: whether the events were judged in this run, so that there is a rate.

        Raises:
            HarnessError: a check of ours broke on what it held.
        """
        self._kernel.flush()
        whole = Whole(self._contract, self._tallies)
        whole.over_all(on_crowd, self._billing)
        order = list(clauses())
        findings = tuple(
            _reported(met.finding, met.times)
            for _, met in sorted(
                whole.found.items(), key=lambda one: (order.index(one[0][0]), -one[1].times, one[0])
            )
        )
        seconds = time.monotonic() - self._began
        return Report(
            payloadproof=VERSION,
            command="audit",
            implementation=Implementation(
                name=", ".join(one.path for one in whole.files), version="recorded"
            ),
            adapter=None,
            contract=contract_name,
            profile=None,
            seed=None,
            seconds=round(seconds, 3),
            scenarios=0,
            verdicts=tuple(whole.verdict(clause, findings) for clause in clauses()),
            findings=findings,
            notes=tuple(whole.notes(seconds if timed else None)),
            strict=self._strict,
            collected=whole.surface,
            billed=whole.billed,
        )


def _reported(finding: Finding, times: int) -> ReportedFinding:
    observed = finding.observed + (f", {times:,} times" if times > 1 else "")
    return ReportedFinding(
        clause=finding.clause,
        message=f"expected {finding.expected}; observed {observed}",
        expected=finding.expected,
        observed=observed,
        evidence=finding.evidence,
        definite=True,
        shrunk=False,
    )


def flawed(flaws: Sequence[tuple[str, Flaw]], number: int | None = None) -> HarnessError:
    """What could not be audited, file by file and line by line; ``number``: of all of them."""
    number = len(flaws) if number is None else number
    shown = [f"{path}, line {one.line}: {one.what}" for path, one in flaws[:FLAWS_SHOWN]]
    more = number - len(shown)
    return HarnessError(
        code="evidence-flawed",
        message=f"{number:,} line(s) could not be audited",
        evidence="\n".join([*shown, *([f"and {more:,} more"] if more else [])]),
        causes=("the recorder was killed before it could end the file", "the file was edited"),
        next="the rest was audited; record or export again to audit all of it",
    )

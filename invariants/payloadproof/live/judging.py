"""Verdicts on what a recording holds so far, for who looks on.

Rule 1: they are those of the report that comes at the end, on fewer requests: nothing is judged
here in another way.
Rule 2: only the first requests are judged so, and the page says it: the report has all of them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from payloadproof.audit.audit import Audit
from payloadproof.blackbox.caught import Said
from payloadproof.blackbox.record import Evidence as RunSoFar
from payloadproof.blackbox.recorded import alone, beside
from payloadproof.contract import Contract
from payloadproof.evidence.files import Evidence
from payloadproof.evidence.masking import knowing
from payloadproof.live.board import Board
from payloadproof.outcome.model import Report

JUDGED: Final = 300  # requests
JUDGED_BYTES: Final = 2 * 1024 * 1024


class Judging:
    """Keeps the first requests, and judges them when told to.

    Args:
        board: told of the verdicts.
        contract: what the program may send; None where nobody said it.
    """

    def __init__(self, board: Board, contract: Contract | None) -> None:
        self._board = board
        self._contract = contract
        self._lock = threading.Lock()
        self._said: list[Said] = []
        self._room = JUDGED_BYTES
        self._came = self._last = 0
        self._run: RunSoFar | None = None

    def begun(self, run: RunSoFar) -> None:
        """How what came so far is the evidence of one run."""
        self._run = run

    def tell(self, said: Said) -> None:
        """A request has come: it is shown, and judged with the next."""
        self._board.tell(said)
        size = len(said.request.wire) + len(said.request.body or b"")
        with self._lock:
            self._came += 1
            if len(self._said) < JUDGED and size <= self._room:
                self._room -= size
                self._said.append(said)

    def judge(self) -> None:
        """Judge what came, if there is something new."""
        with self._lock:
            said, came = tuple(self._said), self._came
        if len(said) == self._last or not said:
            return
        self._last = len(said)
        report = self._report(said)
        if report is not None:
            few = "" if came == len(said) else f": the first {len(said):,} requests"
            self._board.judged(report.verdicts, report.findings, f"so far{few}")

    def _report(self, said: Iterable[Said]) -> Report | None:
        run = self._run(said) if self._run is not None else None
        if self._contract is None:
            return alone(run, "", strict=False, seconds=0.0) if run is not None else None
        requests = [one.request for one in said if not one.other]
        with knowing(self._contract):
            audit = Audit(self._contract)
            place = Path("so far")
            audit.add(Evidence(place, "recording", 0, iter(requests), "", Counter()))
            report = audit.report("")
            return report if run is None else beside(report, run)

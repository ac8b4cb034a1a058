"""Recorded payloads, judged by the clauses that wire evidence alone can judge.

Rule 1: a file is judged piece by piece: what a clause has to remember of the pieces before is
small, and everything else is forgotten.
Rule 2: findings of one kind are one finding, with the number of times and the first example.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from payloadproof.billing.meter import Meter
from payloadproof.clauses.bound.ceilings import Rates
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import Finding, judge
from payloadproof.clauses.wire.retries import Repeats
from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Evidence, Flaw
from payloadproof.evidence.forms import SAID
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.rows import Row
from payloadproof.evidence.surface import Survey
from payloadproof.outcome.model import (
    ClauseVerdict,
    Report,
    ReportedFinding,
    Verdict,
    found_broken,
)
from payloadproof.protocol.messages import Implementation
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import TAKES_EVENTS
from payloadproof.syntax.printable import printable
from payloadproof.version import VERSION

#: What each clause of the wire is judged on; the others need to know what was done.
WIRE = {name: clause.wire for name, clause in clauses().items() if clause.wire}
#: Judged over all pieces, by what is remembered of them.
_REMEMBERED = ("B8", "W2")
#: A recording can break these and cannot keep them: it says nothing of what was not sent.
_FOUND_ONLY = ("W6",)
_PIECE = 200  # requests judged at once
FLAWS_SHOWN = 5
_ASIDE_SHOWN = 8
#: What a clause may require that only some events can show.
_OF_PERSONS = ("P2", "W4")  # judged on stored persons, too
_ABOUT = ("errors", "backfill", "person profile")
Kind = tuple[str, str, str]


class Audit:
    """One audit on its way: evidence in, a report out."""

    def __init__(self, contract: Contract, *, strict: bool = False) -> None:
        self._contract = contract
        self._strict = strict
        self._began = time.monotonic()
        self._names: list[str] = []
        self._read: list[tuple[str, str, str]] = []
        self._found: dict[Kind, Finding] = {}
        self._times: Counter[Kind] = Counter()
        self._judged: Counter[Literal["event", "request"]] = Counter()
        self._about: Counter[str] = Counter()  # events, by what some clauses require
        self._services: Counter[str | None] = Counter()
        self._kinds = _kinds(contract)
        self._survey = Survey()
        self._rates = Rates(contract)
        self._repeats = Repeats()
        self._again = 0
        self._aside: Counter[str] = Counter()
        self._meter = Meter()
        self._stored: Counter[str] = Counter()
        self.flaws: list[tuple[str, Flaw]] = []

    def add(self, evidence: Evidence, on_bytes: Callable[[int], None] = lambda _: None) -> None:
        """Judge a whole file; ``on_bytes`` is told how far it got.

        Raises:
            HarnessError: a check of ours broke on what it held.
        """
        self._names.append(str(evidence.path))
        for pieces in _batched(evidence.pieces):
            requests = [piece for piece in pieces if isinstance(piece, Request)]
            self.flaws += [(str(evidence.path), one) for one in pieces if isinstance(one, Flaw)]
            self._judge(requests)
            on_bytes(sum(request.wire_size for request in requests))
        self._read.append((evidence.path.name, SAID[evidence.form], evidence.packing))
        self._aside.update(evidence.aside)

    def _judge(self, requests: Sequence[Request]) -> None:
        history = History(contract=self._contract, requests=tuple(requests))
        self._meter.add(requests)
        whole = [one for one in requests if one.method]
        self._judged["request"] += len(whole)
        self._judged["event"] += len(history.sent)
        self._survey.requests += len(whole)
        self._survey.bytes += sum(request.wire_size for request in requests)
        stateless = [*(name for name in WIRE if name not in _REMEMBERED), *_FOUND_ONLY]
        self._keep(judge(history, stateless).findings)
        for one in requests:
            if isinstance(one, Row):
                self._stored["persons"] += not one.events
                self._stored["with an address"] += "$ip" in one.looked_up
        self._services.update(one.service for one in whole if one.service not in TAKES_EVENTS)
        for sent in history.sent:
            self._about.update(self._kinds.get(str(sent.event.name), ()))
            self._survey.add(sent)
            self._remember(sent)

    def _remember(self, sent: Sent) -> None:
        match self._repeats.add(sent):
            case "new":
                self._rates.add(sent)
            case "again":
                self._again += 1
            case changed:
                self._keep([changed])

    def _keep(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            kind = (one.clause, one.expected, one.observed)
            self._found.setdefault(kind, one)
            self._times[kind] += 1

    def report(self, contract_name: str) -> Report:
        """What was found in all of it."""
        self._keep(self._rates.findings())
        order = list(clauses())
        findings = tuple(
            self._reported(self._found[kind], times)
            for kind, times in sorted(
                self._times.items(), key=lambda one: (order.index(one[0][0]), -one[1])
            )
        )
        return Report(
            payloadproof=VERSION,
            command="audit",
            implementation=Implementation(name=", ".join(self._names), version="recorded"),
            adapter=None,
            contract=contract_name,
            profile=None,
            seed=None,
            seconds=round(time.monotonic() - self._began, 3),
            scenarios=0,
            verdicts=tuple(self._verdict(clause, findings) for clause in clauses()),
            findings=findings,
            notes=tuple(self._notes()),
            strict=self._strict,
            collected=self._survey.surface(),
            billed=self._meter.total(),
        )

    def _reported(self, finding: Finding, times: int) -> ReportedFinding:
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

    def _notes(self) -> Iterator[str]:
        seconds = max(time.monotonic() - self._began, 0.001)
        events = self._judged["event"]
        requests = self._judged["request"]
        rate = f", {events / seconds:,.0f} a second" if seconds > 1 else ""
        yield f"{events:,} event(s) in {requests:,} request(s){rate}"
        for service, times in sorted(self._services.items(), key=str):
            yield f"{times:,} request(s) to PostHog's {service}, which takes no events"
        if self._again:
            yield f"{self._again:,} events came again with the same uuid, as after a retry"
        yield from self._what_was_read()

    def _what_was_read(self) -> Iterator[str]:
        if persons := self._stored["persons"]:
            yield f"{persons:,} stored person(s)"
        if addresses := self._stored["with an address"]:
            yield f"{addresses:,} were stored with the address that they came from ($ip)"
        for (said, packing), names in _by_form(self._read):
            how = f"{said}{f', packed with {packing}' if packing else ''}"
            yield f"read as {how}: {', '.join(names[:3])}{_and_more(len(names) - 3)}"
        if self._aside:
            most = self._aside.most_common(_ASIDE_SHOWN)
            what = ", ".join(f"{printable(name)} {times:,} times" for name, times in most)
            yield f"set aside, and not judged: {what}{_and_more(len(self._aside) - len(most))}"

    def _verdict(self, clause: str, findings: tuple[ReportedFinding, ...]) -> ClauseVerdict:
        found = sum(one.clause == clause for one in findings)
        unit = WIRE.get(clause)
        judged = self._judged[unit] if unit else 0
        if clause in _OF_PERSONS:
            judged += self._stored["persons"]
        broken = found_broken(clauses()[clause].level)
        if judged and clauses()[clause].requires in _ABOUT:
            judged = self._about[str(clauses()[clause].requires)]
        verdict: Verdict = "not_run"
        reason: str | None = (
            "a recording shows what was sent, but not what the program was asked to do"
        )
        lacking = clauses()[clause].not_applicable(self._contract)
        if lacking and not found:
            verdict, reason = "not_applicable", lacking
        elif unit == "request" and not judged and self._judged["event"]:
            reason = "a file of events does not show the requests in which they were sent"
        elif found and not unit:
            verdict, reason = broken, None
        elif unit:
            verdict = broken if found else "passed" if judged else "vacuous"
            reason = (
                None if found or judged else "the recording holds nothing that this clause judges"
            )
        if verdict == "vacuous" and self._judged["event"]:
            # What a program did not do while it was recorded is no fault of the recording.
            verdict, reason = "not_run", "no event that was recorded is of its kind"
        return ClauseVerdict(
            clause=clause,
            level=clauses()[clause].level,
            verdict=verdict,
            scenarios=0,
            controls=judged,
            findings=found,
            reason=reason,
        )


def _kinds(contract: Contract) -> dict[str, list[str]]:
    """By event, which of ``_ABOUT`` it can show."""
    past = contract.backfill
    of = {
        "errors": set(contract.errors),
        "backfill": {past.day_event, past.install_event} if past else set(),
        "person profile": {name for name, event in contract.events.items() if event.profile},
    }
    return {name: [one for one in _ABOUT if name in of[one]] for name in contract.events}


def flawed(flaws: Sequence[tuple[str, Flaw]]) -> HarnessError:
    """What could not be audited, file by file and line by line."""
    shown = [f"{path}, line {one.line}: {one.what}" for path, one in flaws[:FLAWS_SHOWN]]
    more = len(flaws) - len(shown)
    return HarnessError(
        code="evidence-flawed",
        message=f"{len(flaws):,} line(s) could not be audited",
        evidence="\n".join([*shown, *([f"and {more:,} more"] if more else [])]),
        causes=("the recorder was killed before it could end the file", "the file was edited"),
        next="the rest was audited; record or export again to audit all of it",
    )


def _by_form(
    read: Iterable[tuple[str, str, str]],
) -> Iterable[tuple[tuple[str, str], list[str]]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, said, packing in read:
        found.setdefault((said, packing), []).append(name)
    return found.items()


def _and_more(more: int) -> str:
    return f" and {more:,} more" if more > 0 else ""


def _batched(pieces: Iterator[Request | Flaw]) -> Iterator[list[Request | Flaw]]:
    piece: list[Request | Flaw] = []
    for one in pieces:
        piece.append(one)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece

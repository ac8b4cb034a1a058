"""All parts of an audit put together: what all of it comes to, and what no part could say alone.

Rule 1: the parts are put together in the order of their files' paths, whatever order they come in.
Rule 2: a copy that was found by a digest is read again before it is a finding, wherever its files
can be read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from payloadproof.audit.again import differs
from payloadproof.audit.asked import ABOUT, WIRE
from payloadproof.audit.billed import Billed, billed
from payloadproof.audit.collecting import uncollected
from payloadproof.audit.crowds import Copies, Crowd, Crowds, Part, Spot
from payloadproof.audit.marks import NO_DAY
from payloadproof.audit.state import among_all
from payloadproof.audit.tally import FileRead, Kind, Met, Tally
from payloadproof.billing.meter import Metered
from payloadproof.clauses.bound.ceilings import above, ceiling, on_day
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.finding import Finding
from payloadproof.clauses.wire.retries import copied, not_given_up
from payloadproof.contract import Contract
from payloadproof.evidence import quoting
from payloadproof.evidence.quoting import named
from payloadproof.evidence.surface import Seen, Surface, bare, shown_name
from payloadproof.outcome.model import ClauseVerdict, ReportedFinding, Verdict, found_broken
from payloadproof.syntax.printable import printable

_ASIDE_SHOWN: Final = 8
_OF_PERSONS: Final = ("P2", "W4")  # judged on stored persons, too


def numbered(tallies: Sequence[Tally]) -> tuple[list[FileRead], list[list[int]]]:
    """All files in the order of their paths, and for those of each part their numbers in it."""
    every = {file for tally in tallies for file in tally.files}
    files = sorted(every, key=lambda one: (one.path, one.size))
    number_of = {file: number for number, file in enumerate(files)}
    return files, [[number_of[file] for file in tally.files] for tally in tallies]


def bill_of(tallies: Sequence[Tally]) -> Metered:
    """What PostHog would bill of all parts."""
    _, numbers = numbered(tallies)
    with uncollected():
        return billed(list(map(Billed, (tally.bill for tally in tallies), numbers)))


class Whole:
    """What all parts of an audit come to."""

    def __init__(self, contract: Contract, tallies: Sequence[Tally]) -> None:
        self._contract = contract
        self._tallies = tallies
        self.files, self._numbers = numbered(tallies)
        self.found: dict[Kind, Met] = {}
        self._judged = _sum(tally.judged for tally in tallies)
        self._about = _sum(tally.about for tally in tallies)
        self._stored = _sum(tally.stored for tally in tallies)
        self._again = 0
        self.surface: Surface | None = None
        self.billed: Metered | None = None

    def over_all(
        self,
        on_crowd: Callable[[Crowd], None] | None,
        billing: Callable[[], Metered] | None = None,
    ) -> None:
        """Find what depends on more than one event.

        Args:
            on_crowd: is told of each crowd.
            billing: gives what :func:`bill_of` would, where somebody counts it meanwhile.
        """
        for tally, numbers in zip(self._tallies, self._numbers, strict=True):
            for kind, met in tally.found.items():
                self._met(kind, met, among_all(numbers, met.at))
        parts = [
            Part(tally.state.records, list(tally.state.sorts), tally.state.refused, numbers)
            for tally, numbers in zip(self._tallies, self._numbers, strict=True)
        ]
        with uncollected():
            crowds = Crowds(parts)
            self._crowds(crowds, on_crowd)
        self.billed = billing() if billing else bill_of(self._tallies)
        self._copies(crowds.copies)

    def _crowds(self, crowds: Crowds, on_crowd: Callable[[Crowd], None] | None) -> None:
        ceilings = {
            name: most for name in self._contract.events if (most := ceiling(self._contract, name))
        }
        for crowd, spot in crowds.crowds(ceilings, on_crowd):
            day = on_day(None if crowd.day == NO_DAY else dt.date.fromordinal(crowd.day))
            place = f"{_where(spot)}, event {named(crowd.name)}"
            self._keep(above(self._contract, crowd.name, day, crowd.times, place), spot.at)
        days: Counter[str] = Counter()
        for (name, known), many in crowds.days.items():
            days[shown_name(name) if known else bare(name)] += many
        seen = Seen()
        for tally in self._tallies:
            seen.merge(tally.seen.surface({}, 0))
        self.surface = seen.surface(days, crowds.installs)

    def _met(self, kind: Kind, met: Met, at: int) -> None:
        known = self.found.get(kind)
        if known is None:
            self.found[kind] = Met(met.times, at, met.finding)
            return
        known.times += met.times
        if at < known.at:
            known.at, known.finding = at, met.finding

    def _keep(self, finding: Finding, at: int, times: int = 1) -> None:
        kind = finding.clause, finding.expected, finding.observed
        self._met(kind, Met(times, at, finding), at)

    def _copies(self, copies: Copies) -> None:
        self._again = copies.again
        wrong = {kind: sorted(pairs) for kind, pairs in copies.pairs.items()}
        sure = differs(self.files, wrong)
        for (sort, name), pairs in wrong.items():
            doubted = [pair for pair in pairs if not sure(sort, pair)]
            left = [pair for pair in pairs if pair not in doubted]
            times = copies.times[sort, name] - len(doubted)
            if left:
                pair = left[0]
                quoted = named(name) if name in self._contract.events else name
                found = copied(sort, quoted, _where(pair.first), _where(pair.again))
                self._keep(found, pair.again.at, times)
        if copies.not_given_up is not None:
            _, answered, pair = copies.not_given_up
            quoted = named(pair.name) if pair.name in self._contract.events else pair.name
            first = f"{_where(pair.first)}: answered {answered}"
            self._keep(not_given_up(quoted, first, _where(pair.again)), pair.again.at)

    def notes(self, seconds: float | None) -> Iterator[str]:
        """What else there is to say; ``seconds``: that it took, for one that was not merged."""
        events, requests = self._judged["event"], self._judged["request"]
        rate = f", {events / seconds:,.0f} a second" if seconds and seconds > 1 else ""
        yield f"{events:,} event(s) in {requests:,} request(s){rate}"
        services = _sum(tally.services for tally in self._tallies)
        for service, times in sorted(services.items()):
            yield f"{times:,} request(s) to PostHog's {service}, which takes no events"
        if self._again:
            yield f"{self._again:,} events came again with the same uuid, as after a retry"
        if persons := self._stored["persons"]:
            yield f"{persons:,} stored person(s)"
        if addresses := self._stored["with an address"]:
            yield f"{addresses:,} were stored with the address that they came from ($ip)"
        for (said, packing), names in _by_form(self.files):
            how = f"{said}{f', packed with {packing}' if packing else ''}"
            yield f"read as {how}: {', '.join(names[:3])}{_and_more(len(names) - 3)}"
        aside = _sum(tally.aside for tally in self._tallies)
        if aside:
            most = sorted(aside.items(), key=lambda one: (-one[1], one[0]))[:_ASIDE_SHOWN]
            what = ", ".join(f"{printable(name)} {times:,} times" for name, times in most)
            yield f"set aside, and not judged: {what}{_and_more(len(aside) - len(most))}"

    def verdict(self, clause: str, findings: tuple[ReportedFinding, ...]) -> ClauseVerdict:
        """What became of one clause."""
        found = sum(one.clause == clause for one in findings)
        unit = WIRE.get(clause)
        judged = self._judged[unit] if unit else 0
        if clause in _OF_PERSONS:
            judged += self._stored["persons"]
        if judged and clauses()[clause].requires in ABOUT:
            judged = self._about[str(clauses()[clause].requires)]
        broken = found_broken(clauses()[clause].level)
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


def _where(spot: Spot) -> str:
    return quoting.placed(spot.method, spot.path, spot.place.number)


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counters:
        total.update(one)
    return total


def _by_form(
    read: Iterable[FileRead],
) -> Iterable[tuple[tuple[str, str], list[str]]]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in read:
        found.setdefault((one.said, one.packing), []).append(one.name)
    return found.items()


def _and_more(more: int) -> str:
    return f" and {more:,} more" if more > 0 else ""

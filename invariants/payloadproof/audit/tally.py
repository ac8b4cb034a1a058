"""What an audit has found so far, in a form in which two parts of one are put together.

Rule 1: what two parts come to does not depend on which of them is first, nor on where one ends.
Rule 2: the first of a kind of finding is the one that stands first; its text is made for that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from payloadproof.audit.bill import Bill
from payloadproof.audit.state import State
from payloadproof.clauses.finding import Finding
from payloadproof.evidence.files import Flaw
from payloadproof.evidence.surface import Seen

FLAWS_KEPT: Final = 100  # of each part
Kind = tuple[str, str, str]


class FileRead(msgspec.Struct, frozen=True):
    """A file that was audited: its path as it was given, what it was read as, and its bytes."""

    path: str
    name: str
    said: str
    packing: str
    size: int


class Met(msgspec.Struct):
    """A kind of finding: how often, where it stands first, and what is said of it there."""

    times: int
    at: int
    finding: Finding


class FlawedLine(msgspec.Struct, frozen=True, order=True):
    """A line that could not be audited."""

    path: str
    line: int
    what: str


class Tally:
    """The counts and findings of one audit, or of a part of one."""

    def __init__(self) -> None:
        self.files: list[FileRead] = []
        self.found: dict[Kind, Met] = {}
        self.judged: Counter[str] = Counter()  # "event", "request"
        self.about: Counter[str] = Counter()  # events, by what some clauses require
        self.services: Counter[str] = Counter()  # requests to those that take no events
        self.stored: Counter[str] = Counter()
        self.aside: Counter[str] = Counter()
        self.seen = Seen()
        self.state = State()
        self.bill = Bill()
        self.flaws: list[FlawedLine] = []
        self.flawed = 0

    def keep(self, findings: Iterable[Finding], at: int, times: int) -> tuple[tuple[Met, int], ...]:
        """Findings of one event that ``times`` events have; each kind, and how often in one."""
        kinds: Counter[Kind] = Counter()
        for one in findings:
            kind = one.clause, one.expected, one.observed
            kinds[kind] += 1
            met = self.found.get(kind)
            if met is None:
                self.found[kind] = Met(0, at, one)
            elif at < met.at:
                met.at, met.finding = at, one
        known = tuple((self.found[kind], many) for kind, many in kinds.items())
        self.more(known, at, times)
        return known

    @staticmethod
    def more(known: Iterable[tuple[Met, int]], at: int, times: int) -> bool:
        """Findings of known kinds; whether one of them stands before the first that is known."""
        sooner = False
        for met, many in known:
            met.times += many * times
            sooner |= at < met.at
        return sooner

    def sooner(self, findings: Iterable[Finding], at: int) -> None:
        """Findings that are counted, and stand before the first that is known."""
        for one in findings:
            met = self.found[one.clause, one.expected, one.observed]
            if at < met.at:
                met.at, met.finding = at, one

    def flaw(self, path: str, flaw: Flaw) -> None:
        """A line that could not be audited."""
        self.flawed += 1
        self.flaws.append(FlawedLine(path, flaw.line, flaw.what))
        if len(self.flaws) > FLAWS_KEPT:  # one that was found late may be one of the first
            self.flaws.remove(max(self.flaws))

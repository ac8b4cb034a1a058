"""Findings, and the table of checks.

A check is a generator over one History. It yields a Finding for each breach it sees, and
``EXERCISED`` when its control fired: when the history had what it takes to break the clause. A
clause whose control never fired in a run is vacuous, whatever it did not find.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Final, Literal

import msgspec

from payloadproof.clauses.clause import named
from payloadproof.clauses.timeline import moments
from payloadproof.errors import HarnessError
from payloadproof.evidence.course import Course, course
from payloadproof.evidence.history import History
from payloadproof.evidence.masking import invented, knowing


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One breach of one clause.

    ``definite`` findings rest on bytes on the wire or on a file: one sighting is enough. The others
    rest on absence or time, and need three of three.

    ``kind``: what the program got wrong, in words that any scenario would give which shows it; for
    a baseline, where the message says more than that. Two breaches that a person would mend in two
    places are two kinds. Empty: the message says it.

    ``course``: what came of the scenario that showed it, step by step; no check knows it.
    """

    clause: str
    expected: str
    observed: str
    evidence: tuple[str, ...] = ()
    definite: bool = True
    kind: str = ""
    course: Course | None = None

    @property
    def message(self) -> str:
        """Both halves in one line."""
        return f"expected {self.expected}; observed {self.observed}"


class ClauseViolated(Exception):  # noqa: N818  # named for what happened to the clause
    """Base of the exception types, one for each clause, that shrinking tells apart."""


EXERCISED: Final = "exercised"
Check = Callable[[History], Iterator[Finding | Literal["exercised"]]]

CHECKS: dict[str, Check] = {}
VIOLATIONS: dict[str, type[ClauseViolated]] = {}


def check(clause: str) -> Callable[[Check], Check]:
    """Enter the decorated generator into the table as the check of ``clause``."""

    def enter(function: Check) -> Check:
        assert clause not in CHECKS, clause
        CHECKS[clause] = function
        VIOLATIONS[clause] = type(f"Violated{clause}", (ClauseViolated,), {})
        return function

    return enter


class Judgement(msgspec.Struct, frozen=True):
    """What the checks say of one history: the findings, and the clauses whose control fired."""

    findings: tuple[Finding, ...]
    exercised: frozenset[str]


def judge(history: History, clauses: Iterable[str]) -> Judgement:
    """Every finding of ``clauses`` on a history.

    Raises:
        HarnessError: a check of ours broke on what the wire held.
    """
    # A recording is of somebody's real day; what a scenario was run with was made for it.
    planted = (*history.canaries, *(history.twin.canaries if history.twin else ()))
    with knowing(history.contract), invented(planted) if history.scenario else nullcontext():
        return _judged(history, clauses)


def _judged(history: History, clauses: Iterable[str]) -> Judgement:
    findings: list[Finding] = []
    exercised: set[str] = set()
    for clause in clauses:
        try:
            for said in CHECKS[clause](history):
                if isinstance(said, Finding):
                    findings.append(said)
                else:
                    exercised.add(clause)
        except Exception as error:
            raise HarnessError(
                code="check-broken",
                message=f"the check of {named(clause)} broke: {type(error).__name__}: {error}",
                evidence="".join(traceback.format_tb(error.__traceback__)[-3:]),
                next="this is a bug in payloadproof; please report it with the lines above",
            ) from error
    return Judgement(tuple(_with_course(findings, history)), frozenset(exercised))


def _with_course(findings: list[Finding], history: History) -> list[Finding]:
    """The findings with what came of the scenario; those of a recording have none."""
    if not findings or history.scenario is None:
        return findings
    # Most histories break nothing: of those it is not worked out.
    told = course(history, tuple(one.decision or "unsaid" for one in moments(history)))
    return [msgspec.structs.replace(one, course=told) for one in findings]

"""Findings, and the table of checks.

A check is a generator over one History. It yields a Finding for each breach it sees, and
``EXERCISED`` when its control fired: when the history had what it takes to break the clause. A
clause whose control never fired in a run is vacuous, whatever it did not find.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import Request
from payloadproof.scenario.history import History


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One breach of one clause.

    ``definite`` findings rest on bytes on the wire or on a file: one sighting is enough. The others
    rest on absence or time, and need three of three.
    """

    clause: str
    expected: str
    observed: str
    evidence: tuple[str, ...] = ()
    definite: bool = True

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
                message=f"the check of {clause} broke: {type(error).__name__}: {error}",
                evidence="".join(traceback.format_tb(error.__traceback__)[-3:]),
                next="this is a defect of payloadproof: please report it with the lines above",
            ) from error
    return Judgement(tuple(findings), frozenset(exercised))


def masked(value: Any, keep: int = 3) -> str:
    """``value`` as JSON, with the inside of long text covered.

    A report must not republish a leak: of every run of more than ``keep`` letters and digits in a
    text only the first ``keep`` stay, with the number of those covered.
    """
    if isinstance(value, str):
        covered = re.sub(
            r"\w{%d,}" % (keep + 1),
            lambda match: f"{match[0][:keep]}…{len(match[0]) - keep}",
            value[:200],
        )
        return json.dumps(covered, ensure_ascii=False) + ("…" if len(value) > 200 else "")
    if isinstance(value, dict):
        inside = ", ".join(f"{masked(k)}: {masked(v)}" for k, v in list(value.items())[:10])
        return "{" + inside + (", …" if len(value) > 10 else "") + "}"
    if isinstance(value, list | tuple):
        inside = ", ".join(masked(item) for item in value[:10])
        return "[" + inside + (", …" if len(value) > 10 else "") + "]"
    return str(value) if not isinstance(value, bool | None) else json.dumps(value)


def where(request: Request, event: str | None = None, key: str | None = None) -> str:
    """Where on the wire: the request, and what in it."""
    place = f"request {request.number} {request.method} {request.path}"
    if event is not None:
        place += f", event {event}"
    if key is not None:
        place += f", key {key}"
    return place

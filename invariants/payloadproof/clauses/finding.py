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
from contextvars import ContextVar
from typing import Any, Final, Literal

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.evidence.history import History
from payloadproof.recorder.ledger import Request


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One breach of one clause.

    ``definite`` findings rest on bytes on the wire or on a file: one sighting is enough. The others
    rest on absence or time, and need three of three.

    ``kind``: what the program got wrong, in words that any scenario would give which shows it; for
    a baseline, where the message says more than that. Two breaches that a person would mend in two
    places are two kinds. Empty: the message says it.
    """

    clause: str
    expected: str
    observed: str
    evidence: tuple[str, ...] = ()
    definite: bool = True
    kind: str = ""

    @property
    def message(self) -> str:
        """Both halves in one line."""
        return f"expected {self.expected}; observed {self.observed}"


class ClauseViolated(Exception):  # noqa: N818  # named for what happened to the clause
    """Base of the exception types, one for each clause, that shrinking tells apart."""


UNMASKED: Final = ContextVar("UNMASKED", default=False)
"""Set by who wants text as it is, for a report that stays on one machine."""

QUOTED = 200  # characters of a text in a report
ITEMS = 12  # of a container in a report
_IDENTIFIER = re.compile(r"\$?[a-z]{1,16}(_[a-z0-9]{1,16}){0,5}")
_LONG_RUN = re.compile(r"\w{4,}")
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


def masked(value: Any) -> str:
    """``value`` as JSON, with the inside of text covered: a report must not republish a leak.

    Of every run of more than three letters and digits only the first three stay, with the number
    of those covered. Numbers stay, and so do keys that are plain identifiers: without them nobody
    could act on a finding.
    """
    if isinstance(value, str):
        shown = value[:QUOTED]
        if not UNMASKED.get():
            shown = _LONG_RUN.sub(lambda run: f"{run[0][:3]}…{len(run[0]) - 3}", shown)
        return json.dumps(shown, ensure_ascii=False) + ("…" if len(value) > QUOTED else "")
    if isinstance(value, dict):
        inside = [f"{named(key)}: {masked(item)}" for key, item in list(value.items())[:ITEMS]]
        return "{" + ", ".join(inside + ["…"] * (len(value) > ITEMS)) + "}"
    if isinstance(value, list | tuple):
        inside = [masked(item) for item in value[:ITEMS]]
        return "[" + ", ".join(inside + ["…"] * (len(value) > ITEMS)) + "]"
    return json.dumps(value) if isinstance(value, bool | None) else str(value)


def named(name: object) -> str:
    """An event's name or a key: as it is when it is a plain identifier, else masked."""
    plain = isinstance(name, str) and _IDENTIFIER.fullmatch(name)
    return json.dumps(name) if plain else masked(name)


def where(request: Request, event: object = None, key: str | None = None) -> str:
    """Where on the wire: the request, and what in it. A query may hold anything: it is left out.

    An event out of a file that tells of no request is named by its place there.
    """
    path, query, _ = request.path.partition("?")
    place = f"request {request.number} {request.method} {path}{query and '?…'}"
    if not request.method:
        place = f"{request.path} {request.number}"
    if event is not None:
        place += f", event {named(event)}"
    if key is not None:
        place += f", key {named(key)}"
    return place

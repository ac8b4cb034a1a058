"""The table of checks over the runs of a program as it is.

A check is a generator over all runs of one command. It picks those it compares by what they were
run with, yields a Finding for each breach, and ``EXERCISED`` when its control fired: when the runs
had what it takes to break the clause.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Literal

from payloadproof.clauses.finding import Finding, Judgement
from payloadproof.errors import HarnessError
from payloadproof.evidence.masking import invented
from payloadproof.evidence.runs import Run, plainest

Runs = Sequence[Run]
RunCheck = Callable[[Runs], Iterator[Finding | Literal["exercised"]]]

RUN_CHECKS: dict[str, RunCheck] = {}


def run_check(clause: str) -> Callable[[RunCheck], RunCheck]:
    """Enter the decorated generator into the table as the check of ``clause`` over runs."""

    def enter(function: RunCheck) -> RunCheck:
        assert clause not in RUN_CHECKS, clause
        RUN_CHECKS[clause] = function
        return function

    return enter


def judge_runs(runs: Runs, clauses: Iterable[str]) -> Judgement:
    """Every finding of ``clauses`` on the runs of one command, each once.

    What shows in several is told of the plainest.

    Raises:
        HarnessError: a check of ours broke on what the runs held.
    """
    # On a stage everything was invented; a program as it is has somebody's own day in it.
    planted = dict.fromkeys(one.value for run in runs for one in run.planted)
    with invented(planted) if planted else nullcontext():
        return _judged(plainest(runs), clauses)


def _judged(runs: Runs, clauses: Iterable[str]) -> Judgement:
    findings: list[Finding] = []
    exercised: set[str] = set()
    for clause in clauses:
        try:
            for said in RUN_CHECKS[clause](runs):
                if isinstance(said, Finding):
                    findings.append(said)
                else:
                    exercised.add(clause)
        except Exception as error:
            raise HarnessError(
                code="check-broken",
                message=f"the check of {clause} broke: {type(error).__name__}: {error}",
                evidence="".join(traceback.format_tb(error.__traceback__)[-3:]),
                next="this is a bug in payloadproof; please report it with the lines above",
            ) from error
    return Judgement(tuple(dict.fromkeys(findings)), frozenset(exercised))

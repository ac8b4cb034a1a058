"""One run of the suite, shared among several processes.

Rule 1: the kinds of scenarios are dealt out one by one, to whoever is free. Each is made from the
run's seed alone, so who ran it and beside what makes no difference to it.
Rule 2: the verdicts are those of one run: a clause that one worker exercised is not vacuous because
another did not, and of one that fails each kind of finding is there once, the smallest.
Rule 3: Ctrl-C ends it with no result, as it ends a run of one process.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.sharedctypes import Synchronized
from typing import NamedTuple

import msgspec

from payloadproof.outcome.events import Listener, Standing, finals, nobody
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, Verdict, stale
from payloadproof.outcome.plan import Plan
from payloadproof.run.check import check, filed, mildness
from payloadproof.run.explore import KINDS
from payloadproof.run.properties import SUITE, Property
from payloadproof.run.seeds import seed_of
from payloadproof.run.workers import STRONGEST, Pool


def check_together(plan: Plan, listen: Listener = nobody, *, workers: int) -> Report:
    """Run the suite in so many processes, in this one where that is one, to its end.

    Raises:
        HarnessError: as :func:`payloadproof.run.check.check`; or a worker died.
    """
    return finals(shared(plan, listen, workers=workers), listen)


def shared(plan: Plan, listen: Listener = nobody, *, workers: int) -> Report:
    """The same, of which more is to come: it does not say that the run is over.

    Raises:
        HarnessError: as :func:`check_together`.
    """
    if workers == 1:
        return check(plan, listen)
    began = time.monotonic()
    seed = seed_of(plan)
    taken = multiprocessing.get_context("spawn").Value("i", 0)
    job = _Share(plan._replace(seed=seed, saves=False), taken)
    with _Pool([job] * workers, listen, seed=seed) as pool:
        pool.listen()
    if pool.problem is not None:
        raise pool.problem
    assert pool.report
    report = pool.report if plan.survey else _few_of_each(pool.report)
    return msgspec.structs.replace(
        report,
        seconds=round(time.monotonic() - began, 3),
        findings=tuple(filed(plan, one) for one in report.findings),
        unsteady=tuple(filed(plan, one) for one in report.unsteady),
        stale=stale(plan.accepted, report.verdicts),
    )


def _few_of_each(report: Report) -> Report:
    """As one process keeps them: of each clause the worst kinds, and no more of them."""
    kept: dict[str, list[ReportedFinding]] = {one.clause: [] for one in report.verdicts}
    for finding in sorted(report.findings, key=mildness):
        some = kept[finding.clause]
        # Each worker's first may rest on absence or time; one process keeps no second such one.
        if len(some) < KINDS and (finding.definite or all(one.definite for one in some)):
            some.append(finding)
    verdicts = (
        msgspec.structs.replace(one, findings=len(kept[one.clause])) for one in report.verdicts
    )
    findings = tuple(finding for some in kept.values() for finding in some)
    return msgspec.structs.replace(report, verdicts=tuple(verdicts), findings=findings)


class _Share(NamedTuple):
    """A worker's job: whatever kinds of scenarios nobody has taken yet."""

    plan: Plan
    taken: Synchronized[int]

    def __call__(self, listen: Listener, enough: Callable[[], bool]) -> Iterator[Report]:
        yield check(self.plan, listen, enough=enough, suite=self._dealt())

    def _dealt(self) -> Iterator[Property]:
        while True:
            with self.taken.get_lock():
                index = self.taken.value
                self.taken.value += 1
            if index >= len(SUITE):
                return
            yield SUITE[index]


class _Pool(Pool):
    """Verdicts are shown as they fall: each clause's as the strongest so far."""

    def __init__(self, jobs: list[_Share], listen: Listener, *, seed: int) -> None:
        super().__init__(jobs, listen, seed=seed)
        self._stands: dict[str, Verdict] = {}

    def standing(self, verdicts: tuple[ClauseVerdict, ...]) -> None:
        fresh = []
        for one in verdicts:
            known = self._stands.get(one.clause, STRONGEST[-1])
            if STRONGEST.index(one.verdict) < STRONGEST.index(known):
                self._stands[one.clause] = one.verdict
                fresh.append(one)
        self.tell(Standing(tuple(fresh)))

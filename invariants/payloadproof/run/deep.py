"""The deep profile: rounds of the suite in several processes, until the time is up.

Rule 1: each worker has seeds of its own. The examples that Hypothesis keeps are shared: what one
worker came across the others try first.
Rule 2: the first round is as small as a quick run, so that every clause is judged soon; each later
one is twice as large as the one before, up to the profile's size. What a round has found is passed
over in the next ones of its worker, so that what lies behind it is found.
Rule 3: when the time is up, or at Ctrl-C, each worker stops where it is. The report is what all
rounds have seen, each kind of finding once, with one file to replay.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry
from payloadproof.outcome.events import Listener, Standing, finals, nobody
from payloadproof.outcome.model import Report, stale
from payloadproof.outcome.plan import Plan
from payloadproof.run.check import check, filed
from payloadproof.run.properties import PROFILES
from payloadproof.run.seeds import seed_of
from payloadproof.run.workers import Pool


class Dive(NamedTuple):
    """What was seen, and what ended it before its time."""

    report: Report
    problem: HarnessError | None


def dive(plan: Plan, listen: Listener = nobody, *, minutes: float | None, workers: int) -> Dive:
    """Run rounds of the suite in the main thread of a process, until the time is up or Ctrl-C.

    Args:
        plan: its ``seed`` is where the seeds of all rounds come from.
        listen: told of every worker's scenarios, and of the verdicts after each round.
        minutes: None for no end but Ctrl-C; a second one gives the result up.
        workers: processes.

    Raises:
        HarnessError: no worker had anything to say.
        KeyboardInterrupt: a second Ctrl-C.
    """
    began = time.monotonic()
    seed = seed_of(plan)
    until = None if minutes is None else began + minutes * 60
    jobs = [_Rounds(plan, seed + number) for number in range(workers)]
    interrupted = _Interrupt()
    with _Pool(jobs, listen, seed=seed) as pool, interrupted:
        pool.listen(lambda: interrupted.seen or (until is not None and time.monotonic() >= until))
    report = pool.report
    if report is None:
        assert pool.problem
        raise pool.problem
    count = f"{workers} worker(s) completed {pool.reports} round(s)"
    whole = msgspec.structs.replace(
        report,
        seed=seed,
        seconds=round(time.monotonic() - began, 3),
        findings=tuple(filed(plan, one) for one in report.findings),
        unsteady=tuple(filed(plan, one) for one in report.unsteady),
        notes=(*report.notes, count),
        # What a worker passed over as known is no entry of the baseline.
        accepted=tuple(one for one in plan.accepted if one in report.accepted),
        stale=stale(plan.accepted, report.verdicts),
    )
    return Dive(finals(whole, listen), pool.problem)


class _Interrupt:
    """Ctrl-C, the first time: something to look at. A second one is the default's."""

    def __init__(self) -> None:
        self.seen = False

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, self._interrupt)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, *_: object) -> None:
        self.seen = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _Pool(Pool):
    """Verdicts are shown when a round is over: until then most are vacuous."""

    def reported(self, report: Report) -> None:
        super().reported(report)
        assert self.report
        judged = tuple(verdict for verdict in self.report.verdicts if verdict.scenarios)
        self.tell(Standing(judged))


class _Rounds(NamedTuple):
    """A worker's job."""

    plan: Plan
    seed: int

    def __call__(self, listen: Listener, enough: Callable[[], bool]) -> Iterator[Report]:
        seeds = random.Random(self.seed)  # noqa: S311  # scenarios are no secret
        plan = self.plan._replace(saves=False)
        for examples in _sizes(plan):
            plan = plan._replace(seed=seeds.getrandbits(32), examples=examples)
            report = check(plan, listen, enough=enough)
            yield report
            if enough():
                return
            plan = plan._replace(accepted=(*plan.accepted, *known(report)))


def _sizes(plan: Plan) -> Iterator[int]:
    """Examples of each round; always the plan's, where it says how many."""
    examples = plan.examples or PROFILES["quick"].examples
    while True:
        yield examples
        if plan.examples is None:
            examples = min(2 * examples, PROFILES[plan.profile].examples)


def known(report: Report) -> Iterator[Entry]:
    """What a round has found, as entries that make the next one pass over it."""
    for finding in report.findings:
        if finding.fingerprint:
            yield Entry(
                clause=finding.clause,
                fingerprint=finding.fingerprint,
                reason="found in an earlier round",
                expires=date.max,
            )

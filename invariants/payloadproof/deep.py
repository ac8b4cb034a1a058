"""The deep profile: rounds of the suite in several processes, until the time is up.

Rule 1: each worker has a recorder, an adapter and seeds of its own. The examples that Hypothesis
keeps are shared: what one worker came across the others try first.
Rule 2: the first round is as small as a quick run, so that every clause is judged soon; each later
one is twice as large as the one before, up to the profile's size. What a round has found is passed
over in the next ones of its worker, so that what lies behind it is found.
Rule 3: when the time is up, or at Ctrl-C, each worker stops where it is. The report is what all
rounds have seen, each kind of finding once, with one file to replay.
Rule 4: a worker that dies or cannot go on ends the run, and is named beside what was seen.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import random
import secrets
import signal
import time
from collections.abc import Iterator
from datetime import date
from multiprocessing.connection import Connection, wait
from typing import Any, Literal, NamedTuple

import msgspec

from payloadproof.baseline import Entry
from payloadproof.check import Plan, Progress, check, filed
from payloadproof.errors import HarnessError
from payloadproof.oracle.finding import UNMASKED
from payloadproof.protocol.messages import Implementation
from payloadproof.report.model import ClauseVerdict, Report, ReportedFinding, Verdict
from payloadproof.suite.properties import PROFILES, SUITE, Property

GRACE_S = 120.0  # for a worker to stop: what is under way may wait for a network that hangs
TICK_S = 0.25  # so soon is Ctrl-C seen

#: Of one clause in two rounds, the verdict that stands.
STRONGEST: tuple[Verdict, ...] = (
    "errored",
    "failed",
    "accepted",
    "passed",
    "vacuous",
    "unsupported",
    "not_applicable",
    "not_run",
)


class Dive(NamedTuple):
    """What was seen, and what ended it before its time."""

    report: Report
    problem: HarnessError | None


class _Message(NamedTuple):
    """From a worker. ``ended`` is its last one; who is gone without it has died."""

    kind: Literal["began", "kind", "ran", "round", "problem", "ended"]
    value: Any = None


def dive(
    plan: Plan, progress: Progress | None = None, *, minutes: float | None, workers: int
) -> Dive:
    """Run rounds of the suite in the main thread of a process, until the time is up or Ctrl-C.

    Args:
        plan: its ``seed`` is where the seeds of all rounds come from.
        progress: told of every worker's scenarios, and of the verdicts after each round.
        minutes: None for no end but Ctrl-C; a second one gives the result up.
        workers: processes.

    Raises:
        HarnessError: no worker had anything to say.
        KeyboardInterrupt: a second Ctrl-C.
    """
    seed = secrets.randbits(32) if plan.seed is None else plan.seed
    pool = _Pool(plan, progress or Progress(), seed, workers)
    try:
        pool.run(minutes)
    finally:
        pool.close()
    return pool.result()


class _Worker:
    """One process, and the line to it: it sends messages, and anything it is sent means stop."""

    def __init__(self, number: int, plan: Plan, seed: int) -> None:
        self.number = number
        self.ended = False
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        name = f"payloadproof-{number}"
        arguments = (theirs, plan, seed, UNMASKED.get())
        self.process = context.Process(target=_work, args=arguments, name=name, daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        """Ask it to stop."""
        with contextlib.suppress(OSError):  # one that is gone has stopped
            self.line.send(None)

    def died(self) -> HarnessError:
        """What there is to say when its end of the line is closed."""
        self.process.join(TICK_S)
        code = self.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return HarnessError(
            code="worker-died",
            message=f"worker {self.number} died with {how}; its last round is lost",
            causes=("the machine ran out of memory", "the adapter ended the process it ran in"),
            next="fewer --workers; an adapter with direct: shares its worker's process, cmd: not",
        )


class _Pool:
    """The workers of one run, and what they have seen."""

    def __init__(self, plan: Plan, progress: Progress, seed: int, workers: int) -> None:
        self._plan = plan
        self._progress = progress
        self._seed = seed
        self._rounds = 0
        self._report: Report | None = None
        self._problem: HarnessError | None = None
        self._began = time.monotonic()
        self._told_of_beginning = False
        self._interrupted = False
        # A terminal sends Ctrl-C to all of its processes: the workers inherit that they ignore it.
        self._before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._workers = [_Worker(n + 1, plan, seed + n) for n in range(workers)]
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        self._interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(self, minutes: float | None) -> None:
        """Listen until all workers have ended."""
        until = None if minutes is None else self._began + minutes * 60
        stopped = 0.0
        while going := {one.line: one for one in self._workers if not one.ended}:
            for line in wait(list(going), TICK_S):
                assert isinstance(line, Connection)
                self._hear(going[line])
            now = time.monotonic()
            over = until is not None and now >= until
            if not stopped and (self._interrupted or self._problem or over):
                stopped = now
                self._progress.ending()
                for worker in going.values():
                    worker.stop()
            if stopped and now > stopped + GRACE_S:
                self._give_up(next(iter(going.values())))
                return

    def _give_up(self, worker: _Worker) -> None:
        self._problem = self._problem or HarnessError(
            code="worker-hangs",
            message=f"worker {worker.number} did not stop within {GRACE_S:.0f} s",
            next="with fewer --workers each has more of the machine",
        )

    def _hear(self, worker: _Worker) -> None:
        try:
            message: _Message = worker.line.recv()
        except (EOFError, OSError):
            worker.ended = True
            self._problem = self._problem or worker.died()
            return
        match message:
            case _Message("began", value) if not self._told_of_beginning:
                self._told_of_beginning = True
                who = msgspec.json.decode(value, type=Implementation)
                self._progress.began(who, self._seed)
            case _Message("kind", value):
                self._progress.property_began(SUITE[value])
            case _Message("ran"):
                self._progress.scenario_ran()
            case _Message("round", value):
                self._add(msgspec.json.decode(value, type=Report))
            case _Message("problem", value):
                self._problem = self._problem or HarnessError(**value)
            case _Message("ended"):
                worker.ended = True

    def _add(self, report: Report) -> None:
        self._rounds += 1
        self._report = merged(self._report, report) if self._report else report
        judged = tuple(verdict for verdict in self._report.verdicts if verdict.scenarios)
        self._progress.property_ended(judged)

    def close(self) -> None:
        """Leave no process behind, and Ctrl-C as it was."""
        for worker in self._workers:
            if not worker.ended:
                worker.process.terminate()
            worker.process.join()
            worker.line.close()
        signal.signal(signal.SIGINT, self._before)

    def result(self) -> Dive:
        """What was seen."""
        report = self._report
        if report is None:
            assert self._problem
            raise self._problem
        count = f"{len(self._workers)} worker(s) made {self._rounds} round(s)"
        seconds = time.monotonic() - self._began
        passed = {one.clause for one in report.verdicts if one.verdict == "passed"}
        whole = msgspec.structs.replace(
            report,
            seed=self._seed,
            seconds=round(seconds, 3),
            findings=tuple(filed(self._plan, one) for one in report.findings),
            notes=(*report.notes, count),
            # What a worker passed over as known is no entry of the baseline.
            accepted=tuple(one for one in self._plan.accepted if one in report.accepted),
            stale=tuple(e for e in self._plan.accepted if e.clause in passed and not e.seldom),
        )
        return Dive(whole, self._problem)


def merged(one: Report, other: Report) -> Report:
    """Two rounds as one: for each clause the stronger verdict, each kind of finding once."""
    findings: dict[tuple[str, str | None], ReportedFinding] = {}
    for finding in (*one.findings, *other.findings):
        kind = finding.clause, finding.fingerprint
        if kind not in findings or _size(finding) < _size(findings[kind]):
            findings[kind] = finding
    order = [verdict.clause for verdict in one.verdicts]
    kept = tuple(sorted(findings.values(), key=lambda found: order.index(found.clause)))
    pairs = zip(one.verdicts, other.verdicts, strict=True)
    return msgspec.structs.replace(
        one,
        scenarios=one.scenarios + other.scenarios,
        verdicts=tuple(_stronger(*pair, kept) for pair in pairs),
        findings=kept,
        notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
        accepted=tuple(dict.fromkeys((*one.accepted, *other.accepted))),
    )


def _size(finding: ReportedFinding) -> tuple[bool, Any]:
    assert finding.scenario
    return not finding.shrunk, finding.scenario.weight


def _stronger(
    one: ClauseVerdict, other: ClauseVerdict, findings: tuple[ReportedFinding, ...]
) -> ClauseVerdict:
    return msgspec.structs.replace(
        min(one, other, key=lambda verdict: STRONGEST.index(verdict.verdict)),
        scenarios=one.scenarios + other.scenarios,
        controls=one.controls + other.controls,
        broken=one.broken + other.broken,
        findings=sum(finding.clause == one.clause for finding in findings),
    )


class _Telling(Progress):
    """Sends how a round goes down the line."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def tell(self, message: _Message) -> None:
        """Say something; to nobody, where the run has been given up."""
        with contextlib.suppress(OSError):
            self._line.send(message)

    def began(self, implementation: Implementation, seed: int) -> None:  # noqa: ARG002  # the run's
        """Say who answered."""
        self.tell(_Message("began", msgspec.json.encode(implementation)))

    def property_began(self, prop: Property) -> None:
        """Name the kind of scenario."""
        self.tell(_Message("kind", SUITE.index(prop)))

    def scenario_ran(self) -> None:
        """Count."""
        self.tell(_Message("ran"))


def _work(line: Connection, plan: Plan, seed: int, unmasked: bool) -> None:
    """What a worker does, from its start to its end."""
    UNMASKED.set(unmasked)
    telling = _Telling(line)
    seeds = random.Random(seed)  # noqa: S311  # scenarios are no secret
    plan = plan._replace(saves=False)
    try:
        for examples in _sizes(plan):
            plan = plan._replace(seed=seeds.getrandbits(32), examples=examples)
            report = check(plan, telling, enough=line.poll)
            telling.tell(_Message("round", msgspec.json.encode(report)))
            if line.poll():  # told to stop, or nobody is there any more
                break
            plan = plan._replace(accepted=(*plan.accepted, *known(report)))
    except HarnessError as error:
        telling.tell(_Message("problem", dataclasses.asdict(error)))
    except Exception as error:  # whatever it is, a person sees no traceback
        problem = HarnessError(
            code="worker-broken",
            message=f"a worker broke: {type(error).__name__}: {error}",
            next="this is a defect of payloadproof: please report it with the line above",
        )
        telling.tell(_Message("problem", dataclasses.asdict(problem)))
    telling.tell(_Message("ended"))


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

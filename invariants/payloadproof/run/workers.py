"""Several processes at one run: how they are begun, heard and stopped, and their reports made one.

Rule 1: each worker has a recorder and an adapter of its own. It ignores Ctrl-C and SIGHUP, which a
terminal sends to all of its processes; the process that began it decides.
Rule 2: a worker does one job, and says over its line what it does. Anything that it is sent means
stop where you are.
Rule 3: a worker that dies or cannot go on ends the run, and is named beside what was seen.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Literal, NamedTuple, Protocol, Self

import msgspec

from payloadproof.adapters.process import end_all
from payloadproof.billing.meter import Metered
from payloadproof.errors import HarnessError
from payloadproof.evidence.quoting import UNMASKED
from payloadproof.outcome.events import Began, Event, Listener, Standing, Stopping
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, Verdict, doubted
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.run.mapping import added
from payloadproof.signals.ending import ended_by, listening, starting_workers

GRACE_S = 120.0  # for a worker to stop: what is under way may wait for a network that hangs
TICK_S = 0.25  # so soon is Ctrl-C seen
LAST_S = 15.0  # for a process that was told to end to clear up behind itself
MOST = 4  # of a run that has an end: more cores than that would each do little but start

#: Of one clause in two reports, the verdict that stands.
STRONGEST: tuple[Verdict, ...] = (
    "errored",
    "failed",
    "reported",
    "unsteady",
    "accepted",
    "passed",
    "vacuous",
    "unsupported",
    "not_applicable",
    "not_run",
)


class Job(Protocol):
    """What a worker does; it has to stand being pickled."""

    def __call__(self, listen: Listener, enough: Callable[[], bool]) -> Iterator[Report]:
        """Report by report, until ``enough`` says so."""


def cores() -> int:
    """How many processes run at once here: a container may have fewer cores than its machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _kind(finding: ReportedFinding) -> Hashable:
    return finding.clause, finding.fingerprint


class _Message(NamedTuple):
    """From a worker. ``ended`` is its last one; who is gone without it has died."""

    kind: Literal["event", "report", "problem", "ended"]
    value: Any = None


class _Worker:
    """One process, and the line to it."""

    def __init__(self, number: int, job: Job) -> None:
        self.number = number
        self.ended = False
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        name = f"payloadproof-{number}"
        arguments = (theirs, job, UNMASKED.get())
        self.process = context.Process(target=_work, args=arguments, name=name, daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        """Ask it to stop."""
        with contextlib.suppress(OSError):  # one that is gone has stopped
            self.line.send(None)

    def died(self) -> HarnessError:
        """What there is to say when its end of the line is closed."""
        self.process.join(LAST_S)
        code = self.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return HarnessError(
            code="worker-died",
            message=f"worker {self.number} died with {how}; its unfinished work is lost",
            causes=("the machine ran out of memory", "the adapter ended the process it ran in"),
            next="use fewer --workers, or an adapter with cmd:, which runs in a process of its own",
        )


class Pool:
    """The workers of one run, one for each job, and what they have seen.

    ``seed``: what the run is said to go by.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        listen: Listener,
        *,
        seed: int,
    ) -> None:
        self.report: Report | None = None
        self.reports = 0
        self.problem: HarnessError | None = None
        self.tell = listen
        self._seed = seed
        self._told_of_beginning = False
        self._workers: list[_Worker] = []
        self._jobs = jobs

    def __enter__(self) -> Self:
        try:
            with starting_workers():
                for number, job in enumerate(self._jobs, start=1):
                    self._workers.append(_Worker(number, job))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        going = [worker for worker in self._workers if not worker.ended]
        for worker in going:
            worker.process.terminate()
        for worker in going:
            worker.process.join(LAST_S)
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()

    def listen(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Hear all workers to their end, which comes soon once ``enough`` says so."""
        stopped = 0.0
        while going := {one.line: one for one in self._workers if not one.ended}:
            for line in wait(list(going), TICK_S):
                assert isinstance(line, Connection)
                self._hear(going[line])
            now = time.monotonic()
            if not stopped and (self.problem or enough()):
                stopped = now
                if not self.problem:
                    self.tell(Stopping())
                for worker in going.values():
                    worker.stop()
            if stopped and now > stopped + GRACE_S:
                self._give_up(next(iter(going.values())))
                return

    def _give_up(self, worker: _Worker) -> None:
        self.problem = self.problem or HarnessError(
            code="worker-hangs",
            message=f"worker {worker.number} did not stop within {GRACE_S:.0f} s",
            next="use fewer --workers, so that each has more of the machine",
        )

    def _hear(self, worker: _Worker) -> None:
        try:
            message: _Message = worker.line.recv()
        except (EOFError, OSError):
            worker.ended = True
            self.problem = self.problem or worker.died()
            return
        match message:
            case _Message("event", value):
                self._pass_on(msgspec.json.decode(value, type=Event))
            case _Message("report", value):
                self.reported(msgspec.json.decode(value, type=Report))
            case _Message("problem", value):
                self.problem = self.problem or HarnessError(**value)
            case _Message("ended"):
                worker.ended = True

    def _pass_on(self, event: Event) -> None:
        match event:
            case Began(implementation):
                if not self._told_of_beginning:
                    self._told_of_beginning = True
                    self.tell(Began(implementation, self._seed))
            case Standing(verdicts):
                self.standing(verdicts)
            case _:
                self.tell(event)

    def standing(self, verdicts: tuple[ClauseVerdict, ...]) -> None:
        """Verdicts of one worker on its way."""

    def reported(self, report: Report) -> None:
        """A worker has a report: add it to what is known."""
        self.reports += 1
        self.report = merged(self.report, report) if self.report else report


def merged(one: Report, other: Report) -> Report:
    """Two reports as one: for each clause the stronger verdict, of findings alike the smallest."""
    findings: dict[Hashable, ReportedFinding] = {}
    for finding in (*one.findings, *other.findings):
        kind = _kind(finding)
        if kind not in findings or _size(finding) < _size(findings[kind]):
            findings[kind] = finding
    order = [verdict.clause for verdict in one.verdicts]
    kept = tuple(sorted(findings.values(), key=lambda found: order.index(found.clause)))
    pairs = zip(one.verdicts, other.verdicts, strict=True)
    verdicts = tuple(_stronger(*pair, kept) for pair in pairs)
    return msgspec.structs.replace(
        one,
        scenarios=one.scenarios + other.scenarios,
        verdicts=verdicts,
        findings=kept,
        unsteady=_unsteady((*one.unsteady, *other.unsteady), verdicts),
        notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
        accepted=tuple(dict.fromkeys((*one.accepted, *other.accepted))),
        billed=(one.billed or Metered()) + (other.billed or Metered()),
        roads=added(one.roads, other.roads),
    )


def _unsteady(
    findings: Sequence[ReportedFinding], verdicts: Sequence[ClauseVerdict]
) -> tuple[ReportedFinding, ...]:
    """One for each clause that nobody saw broken for good."""
    first = {found.clause: found for found in reversed(findings)}
    return tuple(
        first[one.clause] for one in verdicts if one.verdict == "unsteady" and one.clause in first
    )


def _size(finding: ReportedFinding) -> tuple[bool, Any]:
    assert finding.scenario
    return not finding.shrunk, finding.scenario.weight


def _stronger(
    one: ClauseVerdict, other: ClauseVerdict, findings: tuple[ReportedFinding, ...]
) -> ClauseVerdict:
    merged = msgspec.structs.replace(
        min(one, other, key=lambda verdict: STRONGEST.index(verdict.verdict)),
        scenarios=one.scenarios + other.scenarios,
        controls=one.controls + other.controls,
        broken=one.broken + other.broken,
        findings=sum(finding.clause == one.clause for finding in findings),
        unfinished=tuple(dict.fromkeys((*one.unfinished, *other.unfinished))),
    )
    # What one worker left out nobody else has run.
    return doubted(merged)


class _Line:
    """Says over the line how a job goes; to nobody, where the run has been given up."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def __call__(self, event: Event) -> None:
        self.send(_Message("event", msgspec.json.encode(event)))

    def send(self, message: _Message) -> None:
        with contextlib.suppress(OSError):
            self._line.send(message)


def _work(line: Connection, job: Job, unmasked: bool) -> None:
    """What a worker does, from its start to its end."""
    UNMASKED.set(unmasked)
    # Told to end it leaves as from an error: its adapter and its directories do not outlive it.
    with ended_by(signal.SIGTERM, error=SystemExit):
        listening()
        try:
            _do(_Line(line), line, job)
        finally:
            end_all()


def _do(said: _Line, line: Connection, job: Job) -> None:
    try:
        # Told to stop, or nobody is there any more: either can be read from the line.
        for report in job(said, line.poll):
            said.send(_Message("report", msgspec.json.encode(report)))
    except HarnessError as error:
        said.send(_Message("problem", dataclasses.asdict(error)))
    except (RecorderFull, RecorderBroken) as error:
        problem = HarnessError(code="recorder", message=str(error))
        said.send(_Message("problem", dataclasses.asdict(problem)))
    except Exception as error:  # whatever it is, a person sees no traceback
        problem = HarnessError(
            code="worker-broken",
            message=f"a worker broke: {type(error).__name__}: {error}",
            next="this is a bug in payloadproof; please report it with the line above",
        )
        said.send(_Message("problem", dataclasses.asdict(problem)))
    said.send(_Message("ended"))

"""Runs a scenario against an implementation and records what could be observed.

Rule 1: nothing here judges. Whatever happens becomes part of the History.
Rule 2: an implementation is pointed at the recorder and at directories of its own, always.
Rule 3: a scenario with canaries runs twice with different ones; the second run is its twin. One
that is compared runs several times on both sides.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from payloadproof.adapters.abroad import abroad
from payloadproof.adapters.base import Connector, Console, Outcome
from payloadproof.adapters.process import ProcessConnection
from payloadproof.contract import Contract
from payloadproof.drive import commands
from payloadproof.drive.asking import asked, crowd, noted
from payloadproof.drive.directories import Directories, placed
from payloadproof.drive.enclosure import Enclosure
from payloadproof.drive.processes import Processes, at_once
from payloadproof.drive.resting import rest
from payloadproof.drive.sent_errors import said_again
from payloadproof.drive.twins import compared, twice
from payloadproof.drive.withholding import asked_withheld
from payloadproof.evidence.history import Attempts, Call, Effort, Ending, History, Snapshot, Weight
from payloadproof.protocol import messages as ops
from payloadproof.recorder.lease import Lease
from payloadproof.recorder.script import Withhold
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import steps as do

TOLD_S = 2.0  # beyond a shutdown's limit: who lives on then does not listen
REMEMBERED = 256  # ended scenarios whose late arrivals are still waited for


class Runner:
    """One warm connection, one recorder, any number of scenarios."""

    def __init__(self, contract: Contract, connector: Connector, recorder: Recorder) -> None:
        self.contract = contract
        self.scenarios = 0
        self._processes = Processes(connector)
        self._recorder = recorder
        self._ended: deque[tuple[History, Lease]] = deque()
        self._late: list[History] = []
        self._scratch = Path(tempfile.mkdtemp(prefix="payloadproof-"))
        self._abroad = abroad()

    def __enter__(self) -> Self:
        self._abroad.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._abroad.__exit__(kind, error, where)
        self._processes.drop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def initialized(self) -> ops.Initialized:
        """Who answers, and what it can do.

        Raises:
            HarnessError: the adapter cannot be reached or does not speak the protocol.
        """
        return self._processes.initialized

    def run(self, scenario: do.Scenario) -> History:
        """Run it, twice where it has canaries, and several times where it is compared.

        Raises:
            HarnessError: the adapter is broken.
        """
        return compared(scenario, self._run) if scenario.compared else twice(scenario, self._run)

    def linger(self, seconds: float) -> None:
        """Wait for something to arrive late, at most so long."""
        leases = [lease for _, lease in self._ended]
        self._recorder.ledger.wait_for(lambda: any(lease.late for lease in leases), seconds)

    def late(self) -> list[History]:
        """Histories of ended scenarios to which requests were added after their end."""
        while self._ended:
            self._look_back()
        return self._late

    def _look_back(self) -> None:
        """Take what came late for the scenario that ended first, and forget it."""
        history, lease = self._ended.popleft()
        if lease.late:
            requests = history.requests + lease.late
            self._late.append(msgspec.structs.replace(history, requests=requests))

    def _run(self, scenario: do.Scenario, planted: tuple[str, ...], name: str = "") -> History:
        self.scenarios += 1
        capabilities = self.initialized.capabilities
        token = f"phc_{secrets.token_urlsafe(24)}"
        root = placed(self._scratch, name)
        if any(isinstance(step, do.Weigh) for step in scenario.steps):
            self._processes.drop()  # memory that an earlier scenario gave back hides growth
        enclosure = Enclosure() if scenario.enclosed else None
        processes, listening = self._processes, None
        if enclosure is not None:
            processes, listening = self._processes.enclosed(enclosure)
        lease = self._recorder.lease(token, listening)
        run = _Run(self.contract, scenario, planted, root=root, lease=lease, processes=processes)
        try:
            run.perform(token)
        finally:
            lease.end()
            run.close()
            shutil.rmtree(root, ignore_errors=True)
            attempts = enclosure.attempts() if enclosure else None
            if run.spent or enclosure:
                processes.drop()
        history = History(
            contract=self.contract,
            scenario=scenario,
            capabilities=capabilities,
            calls=tuple(run.calls),
            requests=lease.requests(),
            connections=lease.connections(),
            snapshots=tuple(run.snapshots),
            weights=tuple(run.weights),
            efforts=tuple(run.efforts),
            endings=tuple(run.endings),
            attempts=Attempts(*attempts) if attempts else None,
            stdout=run.console.stdout,
            stderr=run.console.stderr,
            log=run.log,
            consent_text=run.consent_text,
            canaries=planted,
        )
        self._ended.append((history, lease))
        if len(self._ended) > REMEMBERED:
            self._look_back()
        return history


class _Run:
    """One scenario on its way."""

    def __init__(
        self,
        contract: Contract,
        scenario: do.Scenario,
        canaries: tuple[str, ...],
        *,
        root: Path,
        lease: Lease,
        processes: Processes,
    ) -> None:
        self.calls: list[Call] = []
        self.snapshots: list[Snapshot] = []
        self.weights: list[Weight] = []
        self.efforts: list[Effort] = []
        self.endings: list[Ending] = []
        self.console = Console()
        self.log = ""
        self.consent_text: str | None = None
        self.spent = False
        self._contract = contract
        self._scenario = scenario
        self._canaries = canaries
        self._root = root
        self._lease = lease
        self._processes = processes
        self._now_ms = scenario.now_ms
        self._env = dict(scenario.env)
        self._withholding = False
        self._handed_over = False  # something that no flush has sent yet
        self._directories = Directories(root, contract, canaries)

    def perform(self, token: str) -> None:
        """Start, every step, end; a spent connection ends it early."""
        self._token = token
        self._directories.prepare(self._scenario)
        self._decide(self._scenario.consent_text)
        self._snap(-1)
        self._processes.first().console()
        self._start()
        for index, step in enumerate(self._scenario.steps):
            if self.spent:
                return
            self._step(index, step)
        if not self.spent:
            self._snap(len(self._scenario.steps))
            self._lease.release()
            self._ask(-1, ops.EndScenario())
        self.log = self._directories.log()
        self.consent_text = self._directories.consent_text()
        self._hear(self._processes.first().console())

    def close(self) -> None:
        """Let go of what is held open for the scenario."""
        self._directories.close()

    def _start(self) -> None:
        start = self._started(resume=False)
        if any(isinstance(step, do.Race) for step in self._scenario.steps):
            self._both(-1, start, self._started(resume=True))
        else:
            self._ask(-1, start)

    def _hear(self, console: Console) -> None:
        stdout, stderr = self.console.stdout, self.console.stderr
        self.console = Console(stdout + console.stdout, stderr + console.stderr)

    def _end(self, index: int, process: ProcessConnection, *, told: bool) -> None:
        if told:
            within_s = self._contract.limits.shutdown_ms / 1_000 + TOLD_S
            self.endings.append(Ending(index, process.tell(within_s)))
        process.strike()

    def _crash(self, index: int, *, asked: bool = False) -> None:
        self._hear(self._processes.crash(asked=asked))
        # What the dead one had sent is on its way still, and is not the next one's.
        self._handed_over = True
        self._rest()
        self._ask(index, self._started(resume=True))

    def _race(self, index: int, step: do.Race) -> None:
        second = self._processes.second()
        capture = self._asked(step)
        self._both(index, capture, capture)
        for params in (ops.Flush(), ops.Shutdown(), ops.EndScenario()):
            if not self.spent:
                self._note(index, params, second.request(params))
        self._hear(second.console())

    def _backfill(self, index: int, step: do.Backfill) -> None:
        if step.rival:
            second = self._processes.second()
            start = self._started(resume=True)
            self._note(-1, start, second.request(start))
            self._both(index, ops.RunBackfill(), ops.RunBackfill())
            self._note(-1, ops.EndScenario(), second.request(ops.EndScenario()))
            self._hear(second.console())
        elif step.killed_at is not None:
            arrived = len(self._lease.requests()) + step.killed_at
            answer, killed = self._processes.cut_off(
                ops.RunBackfill(),
                lambda seconds: self._lease.wait_for_requests(arrived, seconds),
                lambda process: self._end(index, process, told=step.told),
            )
            self._note(index, ops.RunBackfill(), answer)
            if killed:
                self._crash(index)
        else:
            before = self._processes.computed_s()
            self._ask(index, ops.RunBackfill())
            if before is not None and not self.spent:
                after = self._processes.computed_s() or before
                self.efforts.append(Effort(index, after - before))

    def _both(self, index: int, ours: ops.Params, others: ops.Params) -> None:
        second = self._processes.second()
        answers: list[Outcome] = []
        at_once(lambda: self._ask(index, ours), lambda: answers.append(second.request(others)))
        self._note(index, others, answers[0])

    def _environment(self) -> dict[str, str]:
        env = {"HOME": str(self._directories.home), "PATH": "/usr/bin:/bin"}
        env |= do.planted(self._env, self._canaries)
        env |= self._contract.pointed_at(self._lease.host, self._token)
        return env | self._directories.variables()

    def _decide(self, text: str | None) -> None:
        if self._scenario.data == "sound":  # or nothing can be remembered
            commands.decide(self._contract, text, self._environment(), self._directories.home)

    def _started(self, *, resume: bool) -> ops.StartScenario:
        return ops.StartScenario(
            scenario=self._root.name,
            env=self._environment(),
            home=str(self._directories.home),
            data_dir=str(self._directories.data),
            host=self._lease.host,
            token=self._token,
            now_ms=self._now_ms,
            resume=resume,
            history_db=str(self._directories.history_db or "") or None,
        )

    def _step(self, index: int, step: do.AnyStep) -> None:
        match step:
            case do.Network(behaviour=behaviour):
                self._lease.script(behaviour)
                self._withholding = isinstance(behaviour, Withhold)
            case do.WriteConsent(text=text):
                self._snap(index - 1)
                self._directories.write_consent(text)
                self._decide(text)
                self._snap(index)
            case do.SetEnv(env=env):
                self._snap(index - 1)
                changed = self._env | env
                self._env = {name: value for name, value in changed.items() if value is not None}
                self._ask(index, ops.SetConsent(env=do.planted(env, self._canaries)))
                self._snap(index)
            case do.Advance(ms=ms):
                self._rest(again=not ms)  # a rest alone: before the jump there is another
                self._now_ms += ms
                self._ask(index, ops.AdvanceClock(ms=ms))
                self._snap(index)
            case do.SetClock(offset_ms=offset):
                self._now_ms = self._scenario.now_ms + offset
                self._ask(index, self._asked(step))
            case do.Crash() | do.Race() | do.Fork() | do.Weigh() | do.FillDisk() | do.Crowd():
                self._step_apart(index, step)
            case do.Backfill():
                self._backfill(index, step)
                self._snap(index)
            case do.Capture(times=times) | do.Record(times=times) | do.RaiseError(times=times):
                for _ in range(times):
                    if not self.spent:
                        self._ask(index, self._asked(step))
            case _:
                self._ask(index, self._asked(step))

    def _step_apart(
        self, index: int, step: do.Crash | do.Race | do.Fork | do.Weigh | do.FillDisk | do.Crowd
    ) -> None:
        """What is done to a process or to its disk, and what no single operation is."""
        match step:
            case do.Crash(told=told, asked=asked):
                self._snap(index - 1)
                if not asked:
                    self._end(index, self._processes.killable(), told=told)
                self._crash(index, asked=asked)
                self._snap(index)
            case do.Race():
                self._race(index, step)
            case do.Fork():
                self._processes.killable()  # a fork of the harness itself would be one too many
                self._ask(index, self._asked(step))
            case do.Weigh():
                self.weights.append(Weight(index, self._processes.resident()))
            case do.FillDisk():
                self._snap(index)
                self._directories.fill_disk()
            case do.Crowd():
                for params in crowd(step):
                    if not self.spent:
                        self._ask(index, params)

    def _snap(self, step: int) -> None:
        self.snapshots.append(self._directories.snapshot(step))

    def _rest(self, *, again: bool = False) -> None:
        if self._handed_over:
            rest(self._lease)
            self._handed_over = again

    def _asked(self, step: do.AnyStep) -> ops.Params:
        params = asked(step, self._scenario, self._canaries, str(self._directories.home))
        return said_again(params, self._contract, self._lease.requests)

    def _ask(self, index: int, params: ops.Params) -> None:
        released_at: float | None = None
        if isinstance(params, ops.Capture | ops.Instrument | ops.EndSession | ops.RaiseError):
            self._handed_over = True
        elif isinstance(params, ops.Flush):
            self._handed_over = False
        if self._withholding and params.may_wait:
            self._lease.release()
        if self._withholding and not params.may_wait:
            answer, released_at, waited = asked_withheld(
                self._lease, lambda: self._processes.first().request(params)
            )
            if waited:
                # One such call shows what waits. From here on the network answers, or a scenario
                # of blocked steps takes minutes.
                self._withholding = False
                self._lease.release()
        else:
            answer = self._processes.first().request(params)
        self._note(index, params, answer, released_at)

    def _note(
        self, index: int, params: ops.Params, answer: Outcome, released_at: float | None = None
    ) -> None:
        self.calls.append(noted(index, params, answer, released_at))
        self.spent = self.spent or answer.spent

"""Runs a scenario against an implementation and records what could be observed.

Rule 1: nothing here judges. Whatever happens becomes part of the History.
Rule 2: an implementation is pointed at the recorder and at directories of its own, always.
Rule 3: a scenario with canaries runs twice with different ones; the second run is its twin.
"""

from __future__ import annotations

import secrets
import shutil
import string
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from payloadproof.adapters.base import Connection, Connector, Console, Outcome, initialize
from payloadproof.contract import Contract
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Withhold
from payloadproof.recorder.server import Lease, Recorder
from payloadproof.scenario import steps as do
from payloadproof.scenario.directories import Directories
from payloadproof.scenario.history import Call, History, Snapshot
from payloadproof.version import VERSION

# How long an operation may take while the network's answer is withheld, before the harness
# releases it to see whether that was what the operation waited for (S2). Generous: a loaded
# machine must not look like a blocked one.
GRACE_S = 1.5
WAITED_S = 0.5  # a call that took so long, with a request of its own unanswered, has waited
REST_S = 0.03  # of silence on the wire, after which nothing is taken to be on its way
REMEMBERED = 256  # ended scenarios whose late arrivals are still waited for


class Runner:
    """One warm connection, one recorder, any number of scenarios."""

    def __init__(self, contract: Contract, connector: Connector, recorder: Recorder) -> None:
        self.contract = contract
        self.scenarios = 0
        self._connector = connector
        self._recorder = recorder
        self._connection: Connection | None = None
        self._initialized: ops.Initialized | None = None
        self._ended: deque[tuple[History, Lease]] = deque()
        self._late: list[History] = []
        self._scratch = Path(tempfile.mkdtemp(prefix="payloadproof-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._drop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def initialized(self) -> ops.Initialized:
        """Who answers, and what it can do.

        Raises:
            HarnessError: the adapter cannot be reached or does not speak the protocol.
        """
        self._connected()
        assert self._initialized
        return self._initialized

    def run(self, scenario: do.Scenario) -> History:
        """Run it, twice where it has canaries.

        Raises:
            HarnessError: the adapter is broken.
        """
        if not scenario.canaries:
            return self._run(scenario, ())
        twin = self._run(scenario, _canaries(scenario.canaries))
        return msgspec.structs.replace(self._run(scenario, _canaries(scenario.canaries)), twin=twin)

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

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._connector.open()
            try:
                self._initialized = initialize(connection, VERSION)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, scenario: do.Scenario, canaries: tuple[str, ...]) -> History:
        self.scenarios += 1
        capabilities = self.initialized.capabilities
        token = f"phc_{secrets.token_urlsafe(24)}"
        root = Path(tempfile.mkdtemp(prefix="s", dir=self._scratch))
        lease = self._recorder.lease(token)
        run = _Run(
            self.contract,
            scenario,
            canaries,
            root=root,
            lease=lease,
            connection=self._connected(),
        )
        try:
            run.perform(token)
        finally:
            lease.end()
            shutil.rmtree(root, ignore_errors=True)
            if run.spent:
                self._drop()
        history = History(
            contract=self.contract,
            scenario=scenario,
            capabilities=capabilities,
            calls=tuple(run.calls),
            requests=lease.requests(),
            connections=lease.connections(),
            snapshots=tuple(run.snapshots),
            stdout=run.console.stdout,
            stderr=run.console.stderr,
            log=run.log,
            consent_text=run.consent_text,
            canaries=canaries,
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
        connection: Connection,
    ) -> None:
        self.calls: list[Call] = []
        self.snapshots: list[Snapshot] = []
        self.console = Console()
        self.log = ""
        self.consent_text: str | None = None
        self.spent = False
        self._contract = contract
        self._scenario = scenario
        self._canaries = canaries
        self._root = root
        self._lease = lease
        self._connection = connection
        self._withholding = False
        self._handed_over = False  # something that no flush has sent yet
        self._directories = Directories(root, contract, canaries)

    def perform(self, token: str) -> None:
        """Start, every step, end; a spent connection ends it early."""
        self._directories.prepare(self._scenario)
        self._snap(-1)
        self._connection.console()
        self._ask(-1, self._start(token))
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
        self.console = self._connection.console()

    def _start(self, token: str) -> ops.StartScenario:
        variables = self._contract.variables
        env = {"HOME": str(self._directories.home), "PATH": "/usr/bin:/bin"}
        env |= do.planted(self._scenario.env, self._canaries)
        env |= {variables.host: self._lease.host, variables.key: token}
        if variables.data_dir:
            env[variables.data_dir] = str(self._directories.data)
        return ops.StartScenario(
            scenario=self._root.name,
            env=env,
            home=str(self._directories.home),
            data_dir=str(self._directories.data),
            host=self._lease.host,
            token=token,
            now_ms=self._scenario.now_ms,
        )

    def _step(self, index: int, step: do.AnyStep) -> None:
        match step:
            case do.Network(behaviour=behaviour):
                self._lease.script(behaviour)
                self._withholding = isinstance(behaviour, Withhold)
            case do.WriteConsent(text=text):
                self._snap(index - 1)
                self._directories.write_consent(text)
                self._snap(index)
            case do.SetEnv(env=env):
                self._snap(index - 1)
                self._ask(index, ops.SetConsent(env=do.planted(env, self._canaries)))
                self._snap(index)
            case do.Advance(ms=ms):
                self._rest()
                self._ask(index, ops.AdvanceClock(ms=ms))
                self._snap(index)
            case do.Capture(times=times) | do.Record(times=times):
                for _ in range(times):
                    if not self.spent:
                        self._ask(index, self._request(step))
            case _:
                self._ask(index, self._request(step))

    def _snap(self, step: int) -> None:
        self.snapshots.append(self._directories.snapshot(step))

    def _rest(self) -> None:
        """Let real time catch up with virtual time: nothing new on the wire for a moment.

        A request that is on its way when the clock jumps would look 30 s late.
        """
        if not self._handed_over:
            return
        seen = -1
        while seen != (seen := len(self._lease.connections()) + len(self._lease.requests())):
            self._lease.wait_for_requests(len(self._lease.requests()) + 1, REST_S)
        self._handed_over = False

    def _request(self, step: do.AnyStep) -> ops.Params:
        match step:
            case do.Capture():
                return ops.Capture(
                    event=do.planted(step.event, self._canaries),
                    properties=do.planted(step.properties, self._canaries),
                    person=step.person,
                    transport=step.transport,
                )
            case do.Record():
                return ops.Record(
                    event=step.event,
                    properties=do.planted(step.properties, self._canaries),
                    session=step.session,
                )
            case do.EndSession(session=session):
                return ops.EndSession(session=session)
            case do.Respawn(session=session):
                return ops.Respawn(session=session)
            case do.SetClock(offset_ms=offset):
                return ops.SetClock(now_ms=self._scenario.now_ms + offset)
            case do.Explain():
                return ops.Explain()
            case do.Flush():
                return ops.Flush()
            case _:
                return ops.Shutdown()

    def _ask(self, index: int, params: ops.Params) -> None:
        released: list[float] = []
        if isinstance(params, ops.Capture | ops.EndSession):
            self._handed_over = True
        elif isinstance(params, ops.Flush):
            self._handed_over = False
        if self._withholding and params.may_wait:
            self._lease.release()
        if self._withholding and not params.may_wait:
            answer = self._ask_withheld(params, released)
        else:
            answer = self._connection.request(params)
        self.calls.append(
            Call(
                step=index,
                params=params,
                kind=answer.kind,
                began_at=answer.began_at,
                ended_at=answer.ended_at,
                raised=answer.raised,
                mutated=answer.mutated,
                result=answer.result,
                detail=answer.detail,
                released_at=released[0] if released else None,
            )
        )
        self.spent = self.spent or answer.spent

    def _ask_withheld(self, params: ops.Params, released: list[float]) -> Outcome:
        def give_up() -> None:
            # Only a network that was asked can be waited for.
            if self._lease.held():
                released.append(time.monotonic())
                self._lease.release()

        timer = threading.Timer(GRACE_S, give_up)
        timer.start()
        try:
            answer = self._connection.request(params)
        finally:
            timer.cancel()
            timer.join()
        asked = any(request.began_at > answer.began_at for request in self._lease.requests())
        if released or (asked and answer.ended_at - answer.began_at > WAITED_S):
            # One such call shows what waits. From here on the network answers, or a scenario of
            # blocked steps takes minutes.
            self._withholding = False
            self._lease.release()
        return answer


def _canaries(number: int) -> tuple[str, ...]:
    """Fresh secrets: 20 characters that no prose, path or number of the run holds by chance."""
    alphabet = string.ascii_lowercase + string.digits
    return tuple("".join(secrets.choice(alphabet) for _ in range(20)) for _ in range(number))

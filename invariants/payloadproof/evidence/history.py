"""What was observed of one scenario. Every clause is judged on this and on nothing else."""

from __future__ import annotations

import fnmatch
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from payloadproof.contract import Contract
from payloadproof.protocol import codec
from payloadproof.protocol.messages import Capabilities, Fault, Params, RaisedDetail, StartScenario
from payloadproof.recorder.ingest import identity
from payloadproof.recorder.ledger import Connection, Event, Request
from payloadproof.recorder.script import Behaviour, Slow, Times
from payloadproof.scenario import steps as do


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One operation and what came of it. Times are ``time.monotonic()`` seconds.

    ``step`` is the index of the step it belongs to, -1 for the start and the end of the scenario.
    ``released_at`` is when the harness gave up withholding the network's answer, if it had to.
    """

    step: int
    params: Params
    kind: str
    began_at: float
    ended_at: float
    raised: RaisedDetail | None = None
    mutated: bool = False
    result: dict[str, Any] = {}
    detail: str = ""
    released_at: float | None = None

    @property
    def elapsed_s(self) -> float:
        """How long the reply took."""
        return self.ended_at - self.began_at


class File(msgspec.Struct, frozen=True):
    """One file as it stood."""

    size: int
    mtime_ns: int
    sha256: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The files below the two directories, as ``home/PATH`` and ``data/PATH``.

    ``step`` is the index of the step it was taken after, -1 for before the first. ``marker``: what
    the contract's backfill marker held, None for no such file.
    """

    step: int
    files: dict[str, File]
    marker: str | None = None


def every_fault(fault: Fault) -> Iterator[Fault]:
    """The error itself, then those it was raised from and those it holds, at any depth."""
    yield fault
    for inner in (fault.cause, fault.context, *fault.group):
        if inner is not None:
            yield from every_fault(inner)


class Weight(NamedTuple):
    """How many bytes of memory a process took at a step."""

    step: int
    resident: int


class Effort(NamedTuple):
    """How many seconds of processor time a step took of a process and its children."""

    step: int
    seconds: float


class Ending(NamedTuple):
    """What came of SIGTERM in a step: the seconds until the process had ended, None if it went on.

    Then it was killed.
    """

    step: int
    took_s: float | None


class Attempts(NamedTuple):
    """What left a child's network, or tried to.

    ``connections``: TCP connections begun, whoever took them; ``datagrams``: UDP packets sent on
    loopback; ``unroutable``: packets and connections to an address that is not the machine's own.
    """

    connections: int
    datagrams: int
    unroutable: int


class Sent(NamedTuple):
    """A decoded event and the request that carried it."""

    event: Event
    request: Request


_PATIENT_S = 1.0  # so long any client waits for an answer


def _sound(behaviour: Behaviour) -> bool:
    """Whether nothing is wrong with a network but that one answer takes its time."""
    match behaviour:
        case Times(n=1, behaviour=Slow(head_s=head_s, body_s=body_s)):
            return head_s + body_s < _PATIENT_S
        case _:
            return False


class History(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The evidence of one run of one scenario.

    ``twin`` is the same scenario run with other canaries, where it has any. ``repeats``: where the
    scenario is compared, earlier runs of it with all the same values planted; its twin, which then
    has other canaries or other session ids, has as many. A history of a recording has requests
    only.
    """

    contract: Contract
    scenario: do.Scenario | None = None
    capabilities: Capabilities | None = None
    calls: tuple[Call, ...] = ()
    requests: tuple[Request, ...] = ()
    connections: tuple[Connection, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    weights: tuple[Weight, ...] = ()
    efforts: tuple[Effort, ...] = ()
    endings: tuple[Ending, ...] = ()
    attempts: Attempts | None = None  # where the scenario's process was enclosed
    stdout: bytes = b""
    stderr: bytes = b""
    log: str = ""  # what the log files held at the end
    consent_text: str | None = None  # what the consent file held at the end
    canaries: tuple[str, ...] = ()
    twin: History | None = None
    repeats: tuple[History, ...] = ()

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """What checks have found out about it, kept by ``oracle.once``."""
        return {}

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """Every event in order of arrival, repeats of a retry included."""
        return tuple(Sent(event, request) for request in self.requests for event in request.events)

    @cached_property
    def distinct(self) -> tuple[Sent, ...]:
        """As PostHog keeps them: one for each event name, distinct id, UTC date and uuid."""
        seen: dict[Any, Sent] = {}
        for index, sent in enumerate(self.sent):
            seen.setdefault(identity(sent.event) or index, sent)
        return tuple(seen.values())

    @cached_property
    def hostile(self) -> frozenset[str]:
        """The kinds of hostile values that the scenario hands over."""
        given = [
            value
            for step in self.steps
            if isinstance(step, do.Capture | do.Record)
            for value in (step.event, step.properties)
        ]
        raised = [step for step in self.steps if isinstance(step, do.RaiseError)]
        given += [step.properties for step in raised]
        faults = [fault for step in raised for fault in every_fault(step.error)]
        given += [value for fault in faults for value in (fault.message, fault.stack)]
        replaced = {fault.hostile for fault in faults if fault.hostile}
        return frozenset(codec.tags(given) | replaced)

    @cached_property
    def delivered(self) -> bool:
        """Whether all of it had its chance: untroubled, and no process that was killed."""
        return self.untroubled and not any(isinstance(s, do.Crash | do.Crowd) for s in self.steps)

    @cached_property
    def untroubled(self) -> bool:
        """Healthy network, tame input, no failed call, flushed; one answer may have been slow.

        What one hostile value does to the rest of a scenario is another clause's question, and so
        is what debug mode and a broken data directory do.
        """
        steps = self.steps
        networks = (step.behaviour for step in steps if isinstance(step, do.Network))
        if not steps or self.hostile or not all(map(_sound, networks)):
            return False
        if self.debugging or (self.scenario and self.scenario.data != "sound"):
            return False
        if any(isinstance(step, do.FillDisk) for step in steps):
            return False
        last = next((s for s in reversed(steps) if not isinstance(s, do.Advance)), None)
        return isinstance(last, do.Flush | do.Shutdown) and all(c.kind == "ok" for c in self.calls)

    def process(self, moment: float) -> int:
        """Which process was alive then: 0 is the first, and each crash brings the next."""
        return bisect_left(self._starts, moment)

    @cached_property
    def _starts(self) -> list[float]:
        """When each process but the first began, in order."""
        starts = (c for c in self.calls if isinstance(c.params, StartScenario) and c.step >= 0)
        return sorted(start.began_at for start in starts)

    @cached_property
    def debugging(self) -> bool:
        """Whether debug mode was on at some time."""
        variable = self.contract.variables.debug
        if variable is None or self.scenario is None:
            return False
        changes = [step.env for step in self.steps if isinstance(step, do.SetEnv)]
        said = [self.scenario.env.get(variable), *(env.get(variable) for env in changes)]
        return "1" in said

    def named(self, name: str) -> tuple[Sent, ...]:
        """The distinct events of one name."""
        return tuple(sent for sent in self.distinct if sent.event.name == name)

    @cached_property
    def steps(self) -> tuple[Any, ...]:
        """The scenario's steps, none for a recording.

        An instrument call that describes something stands here as what it hands over: one that
        captures as a capture, one that records as a record.
        """
        if self.scenario is None:
            return ()
        return tuple(
            (step.handed_over or step) if isinstance(step, do.Instrument) else step
            for step in self.scenario.steps
        )

    def is_log(self, path: str) -> bool:
        """Whether the contract says that a path of a snapshot is a log."""
        patterns = self.contract.files.log
        return any(fnmatch.fnmatchcase(path, f"data/{pattern}") for pattern in patterns)


LOG_KEPT = 8 * 1024 * 1024  # bytes of each log file, from its end

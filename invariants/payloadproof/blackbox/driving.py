"""Makes one run of a command on its stage, in its small internet, and keeps what can be observed.

Rule 1: every run sees its stage at the same path, so that the path is no difference between two
people; on the disk each has its own, so that two can be made at once.
Rule 2: a run has an end: the command's own, a signal where it has to be told, or ours.
Rule 3: what a start needs before it (a person's decision, a first start that sends nothing) is done
in the same home, with nothing wrong, and what is sent by it is part of the run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

import msgspec

from payloadproof.blackbox.caught import Tell, nobody
from payloadproof.blackbox.following import followed
from payloadproof.blackbox.hosts import Kind, Manners, classed
from payloadproof.blackbox.leavings import files, holding
from payloadproof.blackbox.stage import Stage, Staged
from payloadproof.blackbox.standing import Standing, Stood
from payloadproof.blackbox.streams import KEPT_BYTES, Streams
from payloadproof.blackbox.wanted import FAULTS, Switch, Wanted
from payloadproof.contract.consent import Notice
from payloadproof.drive import commands
from payloadproof.drive.certificates import Authority
from payloadproof.drive.faults import Fault
from payloadproof.drive.internet import Internet, inside
from payloadproof.drive.traffic import Attempt, Exchange, Rejection
from payloadproof.evidence.runs import HOME_READ_ONLY, STDOUT_CLOSED, FirstStart, Host, Run
from payloadproof.evidence.search import needles, readings

QUIET_S = 10.0  # that what it leaves behind may take to send
GRACE_S = 10.0  # for a command that was told to end
_EVIDENCE = 500  # bytes of what a command that fails printed last


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is probed, and how it is run.

    Attributes:
        argv: the command, with placeholders of the stage.
        files: texts with placeholders, by name, to stand in its working directory.
        stdin: a file that it reads; None for nothing.
        told_after_s: seconds after which it is told to end; None for one that ends by itself.
        set: variables to set in all runs.
        reach: loopback ports of this machine that it may reach.
        replies: statuses that hosts which are no telemetry answer, by name.
        due: how many of which events each run without a fault or a switch has to send.
        allowed: the hosts that a contract lists; None where none does.
        notice: what a contract says of the notice; None where none does.
    """

    argv: tuple[str, ...]
    files: dict[str, str] = {}
    stdin: Path | None = None
    told_after_s: float | None = None
    set: dict[str, str] = {}
    reach: tuple[int, ...] = ()
    replies: dict[str, int] = {}
    due: dict[str, int] = {}
    allowed: tuple[str, ...] | None = None
    notice: Notice | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and what there is to say of its network beside the evidence."""

    run: Run
    wanted: Wanted
    began_at: float = 0.0  # of time.monotonic()
    refused: tuple[Attempt, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    gaps: tuple[str, ...] = ()


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a network saw."""

    exchanges: tuple[Exchange, ...] = ()
    refused: tuple[Attempt, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    asked: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()

    @staticmethod
    def of(internet: Internet) -> _Seen:
        """All of it, once everything is settled."""
        return _Seen(
            exchanges=internet.exchanges(),
            refused=internet.attempts(),
            rejected=internet.rejections(),
            asked=frozenset(one.name for one in internet.lookups()),
            gaps=internet.gaps,
        )

    def __add__(self, later: _Seen) -> _Seen:
        """What two networks saw, one after the other."""
        return _Seen(
            exchanges=self.exchanges + later.exchanges,
            refused=self.refused + later.refused,
            rejected=self.rejected + later.rejected,
            asked=self.asked | later.asked,
            gaps=self.gaps + later.gaps,
        )


class Driver:
    """Makes the runs of one command, from any thread.

    Args:
        command: what is run.
        stages: by the name of a person.
        scratch: a directory of ours, removed by its owner.
        env: what the command's environment is made from.
        tell: told of each request while its run goes on.
    """

    def __init__(
        self,
        command: Command,
        stages: Mapping[str, Stage],
        scratch: Path,
        env: Mapping[str, str],
        tell: Tell = nobody,
    ) -> None:
        self._command = command
        self._tell = tell
        self._env = {name: value for name, value in env.items() if name not in _SWITCHES}
        self._standing = Standing(stages, scratch, command.argv, command.files, self._env)
        (scratch / "authority").mkdir()
        self._authority = Authority(scratch / "authority")
        self._under: list[Internet] = []
        self._guard = threading.Lock()

    def processes(self) -> tuple[tuple[int, ...], ...]:
        """The processes of each run that is under way now."""
        with self._guard:
            under = {one.network: list[int]() for one in self._under}
        for network, process in inside(under):
            under[network].append(process)
        return tuple(map(tuple, under.values()))

    def kill(self) -> None:
        """Kill whatever runs now, from any thread."""
        with self._guard:
            for one in self._under:
                one.kill()

    def made(self, wanted: Wanted, telemetry: frozenset[str], bound_s: float) -> Made:
        """Make a run.

        Args:
            wanted: which.
            telemetry: the hosts that a fault is for.
            bound_s: seconds after which we end it; for one that is told to end, after that.

        Raises:
            HarnessError: it cannot be started, or no network can be had.
        """
        with self._standing.of(wanted) as stood:
            return self._made(wanted, stood, telemetry, bound_s)

    def _made(
        self, wanted: Wanted, stood: Stood, telemetry: frozenset[str], bound_s: float
    ) -> Made:
        stage, staged = stood.stage, stood.staged
        fault = FAULTS.get(wanted.fault)
        before = files(staged.home)
        faults = dict.fromkeys(telemetry, fault) if fault else {}
        decided = self._decided(wanted.switch, stood)
        begun, printed = self._first_start(wanted, stood, bound_s)
        frozen = wanted.fault == HOME_READ_ONLY
        with self._internet(stood, faults, frozen=frozen) as internet, ExitStack() as open_:
            open_.enter_context(followed(internet, self._tell))
            streams = Streams(open_, self._command.stdin, closed=wanted.fault == STDOUT_CLOSED)
            began = time.monotonic()
            process = internet.start(
                staged.argv,
                self._environment(staged, wanted.switch),
                cwd=staged.cwd,
                stdin=streams.stdin,
                stdout=streams.stdout,
                stderr=subprocess.PIPE,
            )
            streams.read(process)
            ended, took_s = self._ended(process, began, bound_s)
            if ended != "stopped":
                internet.settle(QUIET_S)
            seen = _Seen.of(internet)
        seen = decided + begun + seen
        exchanges = seen.exchanges
        asked = seen.asked | {one.host for one in seen.refused}
        stdout, stderr = streams.printed()
        search = _Search(stage)
        hosts = []
        for host in classed(exchanges, search):
            said = tuple(one.request for one in exchanges if one.host == host.name)
            kind: Literal["posthog", "telemetry", "other"] = (
                "posthog"
                if host.kind is Kind.POSTHOG
                else "telemetry"
                if host.kind.is_telemetry or host.name in telemetry
                else "other"
            )
            product = f"{host.kind.value}, by {host.because}" if host.because else ""
            hosts.append(Host(name=host.name, kind=kind, product=product, requests=said))
        first = min(
            (one.began_at for host in hosts if host.kind != "other" for one in host.requests),
            default=None,
        )
        run = Run(
            name=wanted.name,
            person=wanted.person,
            changed=wanted.changed or "",
            home=wanted.home,
            start=wanted.start,
            switch=wanted.switch.text if wanted.switch else "",
            own=bool(wanted.switch and wanted.switch.own),
            due=tuple(self._command.due.items()),
            allowed=self._command.allowed,
            before=None if first is None else streams.before(first),
            notice=self._command.notice.says if self._command.notice else (),
            first=None if printed is None else _first(printed, begun, hosts),
            fault=wanted.fault,
            planted=stage.planted,
            hosts=tuple(hosts),
            asked=tuple(sorted(asked)),
            exit_code=process.returncode if ended != "stopped" else None,
            ended=ended,
            took_s=took_s,
            stdout=stdout,
            stderr=stderr,
        )
        wrote = files(staged.home) - before
        run = msgspec.structs.replace(
            run, wrote=tuple(sorted(wrote)), kept_ids=holding(staged.home, wrote, run.ids)
        )
        return Made(
            run=run,
            wanted=wanted,
            began_at=began,
            refused=seen.refused,
            rejected=seen.rejected,
            gaps=seen.gaps,
        )

    def _first_start(
        self, wanted: Wanted, stood: Stood, bound_s: float
    ) -> tuple[_Seen, bytes | None]:
        """Start it once in a fresh home, where its contract says that this start sends nothing.

        Its traffic, and what it printed; None where no such start is made.
        """
        notice = self._command.notice
        if notice is None or notice.sends == "after it" or wanted.start > 1:
            return _Seen(), None
        staged = stood.staged
        with self._internet(stood, {}) as internet, ExitStack() as open_:
            streams = Streams(open_, self._command.stdin, closed=False)
            began = time.monotonic()
            process = internet.start(
                staged.argv,
                self._environment(staged, wanted.switch),
                cwd=staged.cwd,
                stdin=streams.stdin,
                stdout=streams.stdout,
                stderr=subprocess.PIPE,
            )
            streams.read(process)
            ended, _ = self._ended(process, began, bound_s)
            if ended != "stopped":
                internet.settle(QUIET_S)
            seen = _Seen.of(internet)
        return seen, b"".join(streams.printed())

    def _decided(self, switch: Switch | None, stood: Stood) -> _Seen:
        """Run the command that turns telemetry off, and say what it did itself.

        Nothing is wrong with its network or its home: a person has decided before.
        """
        if switch is None or not switch.command:
            return _Seen()
        staged, seen = stood.staged, self._standing.seen
        argv = tuple(stood.stage.filled(word, seen) for word in switch.command)
        with self._internet(stood, {}) as internet, TemporaryFile() as printed:
            process = internet.start(
                argv,
                self._environment(staged, None),
                cwd=staged.cwd,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
            try:
                code = process.wait(commands.BOUND_S)
            except subprocess.TimeoutExpired:
                _killed(process)
                how = f"did not end within {commands.BOUND_S:g} s"
            else:
                how = f"ended with exit code {code}" if code else ""
            if how:
                printed.seek(0)
                raise commands.failed(argv, how, printed.read(KEPT_BYTES)[-_EVIDENCE:])
            internet.settle(QUIET_S)
            return _Seen.of(internet)

    @contextmanager
    def _internet(
        self, stood: Stood, faults: Mapping[str, Fault], *, frozen: bool = False
    ) -> Iterator[Internet]:
        with Internet(
            stood.place(read_only=frozen),
            policy=Manners(self._command.replies),
            faults=faults,
            authority=self._authority,
            reach=self._command.reach,
            over=(stood.root, self._standing.seen),
        ) as internet:
            with self._guard:
                self._under.append(internet)
            try:
                yield internet
            finally:
                with self._guard:
                    self._under.remove(internet)

    def _environment(self, staged: Staged, switch: Switch | None) -> dict[str, str]:
        said = {}
        if switch is not None and switch.variable:
            said[switch.variable] = switch.value.replace("{home}", staged.env["HOME"])
        # What it prints before its first request has to be there before: a terminal shows it at
        # once, and Python keeps it back from a pipe.
        return {"PYTHONUNBUFFERED": "1", **staged.env, **self._command.set, **said}

    def _ended(
        self, process: subprocess.Popen[bytes], began: float, bound_s: float
    ) -> tuple[Literal["itself", "told", "stopped"], float]:
        """How it ended, and the seconds that took: from the signal on where it was told to."""
        told_after = self._command.told_after_s
        try:
            process.wait(bound_s if told_after is None else told_after)
        except subprocess.TimeoutExpired:
            if told_after is None:
                _killed(process)
                return "stopped", time.monotonic() - began
        else:
            return "itself", time.monotonic() - began
        told = time.monotonic()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(bound_s)
        except subprocess.TimeoutExpired:
            _killed(process)
            return "stopped", time.monotonic() - told
        return "told", time.monotonic() - told


#: Switches of other people's that stand in many environments: a run without a switch has none.
_SWITCHES = frozenset({"DO_NOT_TRACK", "CI"})


def _first(printed: bytes, begun: _Seen, hosts: Sequence[Host]) -> FirstStart:
    telemetry = {host.name for host in hosts if host.kind != "other"}
    requests = sum(one.host in telemetry for one in begun.exchanges)
    return FirstStart(printed=printed, requests=requests)


def _killed(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Search:
    """Which values of a stage are in some bytes."""

    def __init__(self, stage: Stage) -> None:
        self._wanted = [(one.what, [n for _, n in needles(one.value)]) for one in stage.planted]

    def __call__(self, text: bytes) -> Sequence[str]:
        read = readings(text)
        return [what for what, forms in self._wanted if any(form in read for form in forms)]

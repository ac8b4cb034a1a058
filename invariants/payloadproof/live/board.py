"""What a live page has to show: the last of what came, and how things stand.

Rule 1: to tell it something costs next to nothing, never waits and never raises: it is told where a
program is recorded. What is to be shown of it is made where somebody looks.
Rule 2: what is kept is bounded, in number and in bytes. The oldest goes, and whoever had not read
it is told how many went.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from payloadproof.blackbox.caught import Said
from payloadproof.blackbox.hosts import Kind, kind_of
from payloadproof.blackbox.lines import first_events, instead, refusal
from payloadproof.blackbox.record import RECORDER
from payloadproof.clauses.clause import every_clause, named
from payloadproof.outcome.events import Began, Confirmed, Ended, Event, KindBegan
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding

KEPT: Final = 400  # requests
KEPT_BYTES: Final = 8 * 1024 * 1024  # of their bodies
HOSTS: Final = 60
FOUND: Final = 60
RUNS: Final = 60
_LOOKED_AT: Final = 20  # requests of a host that say what it is
_READ: Final = 1024 * 1024  # bytes of a body that is read for that

Phase = Literal["waiting", "running", "over"]


class Came(NamedTuple):
    """A request, without its body. ``at_s``: since the page began; ``events``: how many it had."""

    number: int
    at_s: float
    said: Said
    events: int
    instead: str
    refusal: str


class Host(msgspec.Struct):
    """Whom the program spoke to. ``kind``: as far as what was said to it tells."""

    name: str
    kind: str
    requests: int = 0


class Found(msgspec.Struct, frozen=True):
    """A broken promise. ``times``: how many findings there are of the clause."""

    clause: str
    title: str
    promise: str
    level: str
    observed: str
    times: int = 1


class Standing(msgspec.Struct, frozen=True):
    """How it stands; ``version`` is another one whenever something is different.

    ``held``: clauses that hold so far; ``judged``: what is to be known of these verdicts;
    ``ended``: whether nothing will ever be told again.
    """

    version: int
    what: str
    phase: Phase
    words: str
    requests: int
    events: int
    hosts: tuple[Host, ...]
    more_hosts: int
    runs: tuple[str, ...]
    found: tuple[Found, ...]
    held: tuple[str, ...]
    judged: str
    ended: bool = False


class Board:
    """Told from any thread, and read from any.

    Args:
        what: what is looked at, in words: the command.
        judged: what is to be known of the verdicts on it.
    """

    def __init__(self, what: str, judged: str = "") -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._came: deque[Came] = deque()
        self._sizes: deque[int] = deque()
        self._size = 0
        self._last = 0
        self._hosts: dict[str, Host] = {}
        self._more_hosts = 0
        self._standing = Standing(
            version=1,
            what=what,
            phase="running",
            words="",
            requests=0,
            events=0,
            hosts=(),
            more_hosts=0,
            runs=(),
            found=(),
            held=(),
            judged=judged,
        )

    def tell(self, said: Said) -> None:
        """A request has come."""
        try:
            self._tell(said)
        except Exception:  # Rule 1: what cannot be shown is still recorded
            self._change(judged="a request could not be shown here; it is recorded all the same")

    def _tell(self, said: Said) -> None:
        request = said.request
        first, every = first_events(said), len(request.events)
        size = len(request.body or b"") if first else 0
        light = msgspec.structs.replace(request, wire=b"", body=None, events=first)
        words = instead(said), refusal(said)
        kind = self._kind(said)
        with self._lock:
            self._last += 1
            at_s = max(request.began_at - self._began, 0.0)
            self._came.append(Came(self._last, at_s, said._replace(request=light), every, *words))
            self._sizes.append(size)
            self._size += size
            while len(self._came) > KEPT or (self._size > KEPT_BYTES and len(self._came) > 1):
                self._came.popleft()
                self._size -= self._sizes.popleft()
            self._count(said, kind)
            now = self._standing
            counted = {"requests": now.requests + 1, "events": now.events + every}
            self._changed(**counted)

    def _kind(self, said: Said) -> str:
        """What a host is, where that is not known yet."""
        known = self._hosts.get(said.host or RECORDER)
        if known and (known.kind != Kind.OTHER or known.requests > _LOOKED_AT):
            return known.kind
        if not said.other:
            return Kind.POSTHOG
        if said.request.wire_size > _READ:
            return Kind.OTHER
        return kind_of(said.request)[0]

    def _count(self, said: Said, kind: str) -> None:
        name = said.host or RECORDER
        if name not in self._hosts:
            if len(self._hosts) >= HOSTS:
                self._more_hosts += 1
                return
            self._hosts[name] = Host(name, kind)
        self._hosts[name].kind = str(kind)
        self._hosts[name].requests += 1

    def listen(self, event: Event) -> None:
        """What a run says of itself."""
        match event:
            case Began(implementation, _):
                self._change(what=implementation.name)
            case KindBegan(kind):
                with self._lock:
                    runs = (*self._standing.runs, kind)[-RUNS:]
                    self._changed(runs=runs, words=kind)
            case Confirmed(finding):
                self._confirmed(finding)
            case Ended(report):
                self.reported(report)
            case _:
                pass

    def _confirmed(self, finding: ReportedFinding) -> None:
        with self._lock:
            known = {one.clause: one for one in self._standing.found}
            before = known.get(finding.clause)
            if before is None and len(known) < FOUND:
                known[finding.clause] = _found(finding.clause, (finding,))
            elif before is not None:
                known[finding.clause] = msgspec.structs.replace(before, times=before.times + 1)
            self._changed(found=tuple(known.values()))

    def reported(self, report: Report) -> Report:
        """The run is over, and this is its report, which is handed back."""
        self.judged(report.verdicts, report.findings, "of the whole run")
        self.over(f"it is over: exit code {report.exit_code}")
        return report

    def judged(
        self,
        verdicts: Iterable[ClauseVerdict],
        findings: Iterable[ReportedFinding],
        words: str,
    ) -> None:
        """These are the verdicts; ``words``: on what."""
        by_clause: dict[str, list[ReportedFinding]] = {}
        for one in findings:
            by_clause.setdefault(one.clause, []).append(one)
        found = tuple(_found(clause, some) for clause, some in by_clause.items())[:FOUND]
        held = tuple(named(one.clause) for one in verdicts if one.verdict == "passed")
        self._change(found=found, held=held, judged=words)

    def over(self, words: str) -> None:
        """Nothing more comes."""
        self._change(phase="over", words=words)

    def ended(self) -> None:
        """The page is closed: nothing will be told any more."""
        if self.standing().phase != "over":
            self.over("it has ended")
        self._change(ended=True)

    def waiting(self, words: str) -> None:
        """Nothing has been started yet."""
        self._change(phase="waiting", words=words)

    def standing(self) -> Standing:
        """How it stands."""
        with self._lock:
            hosts = tuple(map(msgspec.structs.replace, self._hosts.values()))
            return msgspec.structs.replace(self._standing, hosts=hosts, more_hosts=self._more_hosts)

    def since(self, number: int, most: int, newest: bool = False) -> tuple[tuple[Came, ...], int]:
        """What came after the request of this number, and how many before that are left out.

        ``newest``: the last of them instead of the first, where there are more than ``most``.
        """
        with self._lock:
            every = [one for one in self._came if one.number > number]
        fresh = tuple(every[-most:] if newest else every[:most])
        first = fresh[0].number if fresh else self._last + 1
        return fresh, max(first - number - 1, 0)

    def one(self, number: int) -> Came | None:
        """The request of this number, if it is still here."""
        with self._lock:
            return next((came for came in self._came if came.number == number), None)

    def _change(self, **fields: object) -> None:
        with self._lock:
            self._changed(**fields)

    def _changed(self, **fields: object) -> None:
        """The same where the lock is held."""
        version = self._standing.version + 1
        self._standing = msgspec.structs.replace(self._standing, version=version, **fields)


def _found(clause: str, findings: tuple[ReportedFinding, ...] | list[ReportedFinding]) -> Found:
    its = every_clause()[clause]
    return Found(
        clause=clause,
        title=named(clause),
        promise=its.text,
        level=its.level,
        observed=findings[0].observed,
        times=len(findings),
    )

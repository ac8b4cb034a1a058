"""One run of a program as it is: what it was run with, what it sent, how it ended.

Rule 1: a run is evidence and no more. Who drove it, and what was concluded, stand elsewhere.
Rule 2: what differs between two runs on purpose is a field of its own, so that a clause finds the
runs that it compares (``switch``, ``fault``, ``person``, ``changed``, ``home``, ``start``) and
never has to read a name.
Rule 3: a run without a fault, on its first start, as the first person and with nothing said about
telemetry is an ordinary one (:func:`ordinary`): the control of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

import msgspec

from payloadproof.evidence.search import PIECE
from payloadproof.recorder.ingest import identity
from payloadproof.recorder.ledger import Event, Request

FIRST: Final = "the first person"
OTHER: Final = "another person"
STDOUT_CLOSED: Final = "standard output closed"
HOME_READ_ONLY: Final = "home read-only"
BY_DEFAULT: Final = "default"  # as what turned telemetry off: nobody did, and it is off
GIVEN_MISSING: Final = "the file it is given is not there"
GIVEN_A_DIRECTORY: Final = "the file it is given is a directory"
Given = Literal["", "the file it is given is not there", "the file it is given is a directory"]
"""What is wrong with the file that a command is given; empty for nothing."""
Aspect = Literal["name", "host", "card", "machine id", "directory", "secrets", "prompt"]
"""What can be told apart about two people on two machines, one at a time."""


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """One invented value that was put where a program may find it.

    Attributes:
        what: in plain words, with the article that it takes: ``the host name``; or the name of the
            variable that holds it: ``OPENAI_API_KEY``.
        value: what no text holds by chance. A secret without the letters that all of its kind
            begin with.
        aspect: what it belongs to.
        piece: the fewest characters of it in a row that are a sighting: of an address it takes all,
            parts of one are anybody's.
    """

    what: str
    value: str
    aspect: Aspect
    piece: int = PIECE


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One name, or address, that the program spoke to.

    Attributes:
        name: as the program asked for it, in lower case.
        kind: ``posthog`` and ``telemetry`` by what was said to it; ``other`` is all the rest.
        product: whose telemetry, where that is known: ``OTLP``, ``Segment``, ...
        requests: in the order of arrival.
    """

    name: str
    kind: Literal["posthog", "telemetry", "other"] = "other"
    product: str = ""
    requests: tuple[Request, ...] = ()


class Said(NamedTuple):
    """An event, the request that carried it, and the host it was said to."""

    host: Host
    event: Event
    request: Request


class FirstStart(msgspec.Struct, frozen=True, kw_only=True):
    """The start in a fresh home of a program that sends nothing in its first.

    Attributes:
        printed: what it printed, both streams, as far as it was kept.
        requests: how many it made to telemetry hosts.
    """

    printed: bytes = b""
    requests: int = 0


class Run(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The evidence of one run of a command.

    Attributes:
        name: for people: ``as it is``, ``with DO_NOT_TRACK=1``, ...
        person: who ran it. Two runs of one person were run with the same values planted.
        changed: the one thing that was the other person's in this run; empty for none.
        home: runs that name the same home had it one after the other; empty for one of its own,
            fresh.
        start: which start in that home this was, from 1.
        switch: what was said to turn telemetry off, as ``NAME=VALUE``, or ``BY_DEFAULT``; empty for
            nothing.
        own: whether the program, or its contract, promises to obey that switch.
        doubt: why it is not known whether telemetry was off, in words; empty where it is.
        due: how many of which events every run without a fault or a switch has to send.
        allowed: the hosts that a contract lists; None where none does.
        before: what it had printed when its first request to a telemetry host began; None where
            there was none.
        notice: the words that its contract's notice cannot do without; empty for no such contract.
        first: the start in this home before it, where the contract says that the first one sends
            nothing; what that start did is part of this run.
        fault: what was wrong, as the driver calls it (``refused``, ``hangs``, ``no such name``,
            ``STDOUT_CLOSED``, ``HOME_READ_ONLY``, ...); empty for nothing.
        planted: what stood on its stage.
        hosts: whom it spoke to. A host with no request was connected to, and nothing was read.
        asked: every name it looked up and every address it tried, whatever came of that.
        wrote: the files that stood in its home at its end and not before, as paths below it.
        kept_ids: those of them that hold a distinct id that it sent.
        exit_code: as ``subprocess`` gives it, below zero for a signal; None where we ended it.
        ended: by ``itself``; ``told`` to by a signal, as its user would; ``stopped`` by us, since
            it did not end within the bound.
        took_s: seconds from its start to its end, or from the signal where it was told to end.
        stdout: what it printed, as far as it was kept.
        stderr: likewise.
    """

    name: str
    person: str = FIRST
    changed: Aspect | Literal[""] = ""
    home: str = ""
    start: int = 1
    switch: str = ""
    own: bool = False
    doubt: str = ""
    due: tuple[tuple[str, int], ...] = ()
    allowed: tuple[str, ...] | None = None
    before: bytes | None = None
    notice: tuple[str, ...] = ()
    first: FirstStart | None = None
    fault: str = ""
    planted: tuple[Planted, ...] = ()
    hosts: tuple[Host, ...] = ()
    asked: tuple[str, ...] = ()
    wrote: tuple[str, ...] = ()
    kept_ids: tuple[str, ...] = ()
    exit_code: int | None = 0
    ended: Literal["itself", "told", "stopped"] = "itself"
    took_s: float = 0.0
    stdout: bytes = b""
    stderr: bytes = b""

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What was found out about it, by the name of who did: several clauses ask the same."""
        return {}

    @cached_property
    def telemetry(self) -> tuple[Host, ...]:
        """The hosts that telemetry was said to, PostHog or another."""
        return tuple(host for host in self.hosts if host.kind != "other" and host.requests)

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """Every event to a telemetry host, once for each host: a retry repeats its uuid."""
        return tuple(said for host in self.telemetry for said in events_of(host))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The distinct ids of its events to PostHog, in the order of their first event.

        What is no text stands as JSON would write it.
        """
        posthog = (said for said in self.said if said.host.kind == "posthog")
        return tuple(dict.fromkeys(as_text(said.event.distinct_id) for said in posthog))

    @property
    def to_posthog(self) -> tuple[Request, ...]:
        """Every request to PostHog, in the order of arrival."""
        every = (one for host in self.hosts if host.kind == "posthog" for one in host.requests)
        return tuple(sorted(every, key=lambda request: request.number))

    @property
    def untroubled(self) -> bool:
        """Whether nothing was wrong in it."""
        return not self.fault


def as_text(value: object) -> str:
    """Text as it is; anything else as JSON, or as Python has it where JSON cannot."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return repr(value)


def events_of(host: Host) -> Iterator[Said]:
    """The events said to one host, in the order of arrival, without those that came again."""
    seen: set[object] = set()
    for request in host.requests:
        for event in request.events:
            copy = identity(event)
            if copy is not None and copy in seen:
                continue
            seen.add(copy)
            yield Said(host, event, request)


def ordinary(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs in which nothing was changed, said or wrong: the first person's first starts."""
    return tuple(
        run
        for run in runs
        if run.person == FIRST and run.start == 1 and not (run.changed or run.switch or run.fault)
    )


def troubled(runs: Iterable[Run]) -> dict[str, tuple[Run, ...]]:
    """The runs with telemetry on and something wrong, by what was wrong."""
    by_fault: dict[str, tuple[Run, ...]] = {}
    for run in runs:
        if run.fault and not run.switch:
            by_fault[run.fault] = (*by_fault.get(run.fault, ()), run)
    return by_fault


def plainest(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The plainest first, else in their order: what shows in several is looked for as it is."""
    return tuple(sorted(runs, key=_oddness))


def _oddness(run: Run) -> tuple[int, bool, bool]:
    faults = ("", GIVEN_MISSING, GIVEN_A_DIRECTORY, None, STDOUT_CLOSED, HOME_READ_ONLY)
    wrong = run.fault if run.fault in faults else None  # with the network
    return (faults.index(wrong), bool(run.switch or run.changed), run.person != FIRST)

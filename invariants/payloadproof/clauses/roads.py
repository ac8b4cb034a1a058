"""The roads by which anything reaches the wire, and which of them an event came by.

Rule 1: a road follows from the steps of the scenario and from the bytes on the wire. What the
program says of itself, and how it is built, has no part in it.
Rule 2: an event that is sent again, or by a process that was started anew, came by two roads: that
one, and the one by which it would have come the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from payloadproof.clauses.attribution import captures_in, records_in
from payloadproof.clauses.beats import call_of, reason_of, shutdown_in
from payloadproof.clauses.once import once
from payloadproof.clauses.raised import Error, identity, raises, steps_of
from payloadproof.contract import Contract, Event
from payloadproof.evidence.history import History, Sent
from payloadproof.protocol.messages import Via
from payloadproof.recorder.ingest import identity as kept_as
from payloadproof.scenario import steps as do

WORKER = "a capture by the worker"
COMMAND = "a capture by a command"
ENDED = "the end of a session"
SWEPT = "a safety flush"
OPEN_SESSION = "a session open at shutdown"
WINDOW = "the end of a window"
OPEN_WINDOW = "a window open at shutdown"
HANDLED = "an error handed over"
LOGGED = "an error given to the logger"
UNCAUGHT = "an error uncaught in the main thread"
THREAD = "an error uncaught in a thread"
TASK = "an error uncaught in an event loop"
COUNTED = "a count of equal errors"
DAYS = "a day of the past"
INSTALL = "the install of the past"
RETRY = "a retry"
RESTARTED = "a second start"

ROADS = (
    WORKER,
    COMMAND,
    ENDED,
    SWEPT,
    OPEN_SESSION,
    WINDOW,
    OPEN_WINDOW,
    HANDLED,
    LOGGED,
    UNCAUGHT,
    THREAD,
    TASK,
    COUNTED,
    DAYS,
    INSTALL,
    RETRY,
    RESTARTED,
)
BY_VIA: dict[Via, str] = {
    "capture": HANDLED,
    "logger": LOGGED,
    "uncaught": UNCAUGHT,
    "thread": THREAD,
    "task": TASK,
}
SESSIONS = (ENDED, SWEPT, OPEN_SESSION)
WINDOWS = (WINDOW, OPEN_WINDOW)
ERRORS = (*BY_VIA.values(), COUNTED)
PAST = (DAYS, INSTALL)


class Arrival(NamedTuple):
    """An event on the wire. ``steps``: those that may have brought it about."""

    sent: Sent
    roads: tuple[str, ...]
    steps: tuple[int, ...]


@once
def arrivals(history: History) -> tuple[Arrival, ...]:
    """Every event whose road is known, repeats of a retry included."""
    return tuple(_arrivals(history)) if history.scenario else ()


def _arrivals(history: History) -> Iterator[Arrival]:
    crashes = [i for i, step in enumerate(history.steps) if isinstance(step, do.Crash)]
    seen: set[object] = set()
    told: set[object] = set()
    for sent in history.sent:
        event = history.contract.events.get(str(sent.event.name))
        if event is None:
            continue
        key = kept_as(sent.event)
        again = key is not None and key in seen
        seen.add(key)
        steps = _steps(history, sent, event)
        first = _road(history, sent, event, steps, told, again=again)
        if first is None:
            continue
        roads = [first]
        if again:
            roads.append(RETRY)
        if crashes and history.process(sent.request.began_at):
            roads.append(RESTARTED)
            steps = tuple(step for step in steps if step > crashes[0])
        yield Arrival(sent, tuple(roads), steps)


def _steps(history: History, sent: Sent, event: Event) -> tuple[int, ...]:
    """Those that the wire tells; all that may have brought it about, where it does not tell."""
    name = sent.event.name
    match event.kind:
        case "lifecycle" | "direct":
            told = captures_in(history, sent)
            return tuple(sorted(told)) or _of(history, do.Capture, name)
        case "rollup" if event.fold:
            told = records_in(history, sent)
            return tuple(sorted(told)) or _of(history, do.Record, event.fold.occurrence)
        case "exception":
            return tuple(steps_of(history, Error(sent, history.contract.errors[str(name)])))
        case _:
            return tuple(i for i, s in enumerate(history.steps) if isinstance(s, do.Backfill))


@once
def _of(history: History, kind: type[do.Capture | do.Record], name: object) -> tuple[int, ...]:
    steps = enumerate(history.steps)
    return tuple(i for i, step in steps if isinstance(step, kind) and step.event == name)


def _road(
    history: History,
    sent: Sent,
    event: Event,
    steps: tuple[int, ...],
    told: set[object],
    *,
    again: bool,
) -> str | None:
    match event.kind:
        case "lifecycle" | "direct":
            by = {history.steps[index].transport for index in steps}
            return (COMMAND if by == {"cli"} else WORKER) if len(by) == 1 else None
        case "rollup":
            return _rollups_road(history, sent, event, steps)
        case "exception":
            if not steps:
                return None
            raised = raises(history)[steps[0]]
            of = identity(raised.error), history.process(sent.request.began_at)
            counted = of in told and not again
            told.add(of)
            return COUNTED if counted else BY_VIA[raised.via]
        case _:
            return install_or_day(history.contract, sent.event.name)


def install_or_day(contract: Contract, name: object) -> str | None:
    """The road of an event of the past."""
    if contract.backfill is None:
        return None
    return {contract.backfill.day_event: DAYS, contract.backfill.install_event: INSTALL}.get(
        str(name)
    )


def _rollups_road(history: History, sent: Sent, event: Event, steps: tuple[int, ...]) -> str | None:
    fold = event.fold
    if fold is None:
        return None
    if event.grain == "window":
        return OPEN_WINDOW if _open_at_shutdown(history, sent, steps) else WINDOW
    by_reason = {
        fold.reason_session_end: ENDED,
        fold.reason_safety: SWEPT,
        fold.reason_shutdown: OPEN_SESSION,
    }
    said = reason_of(fold, sent)
    return by_reason.get(said) if isinstance(said, str) else None


def _open_at_shutdown(history: History, sent: Sent, steps: tuple[int, ...]) -> bool:
    """Whether no time passed between its last record and a shutdown, since which it is sent."""
    until = shutdown_in(history)
    call = call_of(history, until)
    moved = [i for i in range(until) if isinstance(history.steps[i], do.Advance | do.SetClock)]
    last = max(moved, default=-1)
    recorded = any(last < step < until for step in steps)
    return bool(call and recorded and sent.request.began_at >= call.began_at)

"""The map of roads and promises: what each road has to keep, and which scenarios try it.

Rule 1: a cell is one promise on one road. It counts a scenario that had what it takes to break the
promise there, and was judged by a clause that sees it broken.
Rule 2: what cannot be is said with its reason. Any other cell without a count is a hole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from payloadproof.clauses import roads
from payloadproof.clauses.beats import call_of, passed_ms, shutdown_in
from payloadproof.clauses.breaking import (
    captured_of,
    has_past,
    odd_past,
    past_with_text,
    private_past,
    with_line,
    with_misfits,
    with_planted,
    with_unlisted,
)
from payloadproof.clauses.roads import Arrival, arrivals
from payloadproof.clauses.timeline import moments
from payloadproof.contract import Contract
from payloadproof.contract.catalogue import sendable
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do

CONSENT = "consent looked at again"
KEYS = "whitelist"
VALUES = "values"
PROFILE = "profile flag"
REDACTION = "redaction"
LIMIT = "limit or ceiling"
LOG = "log line"
TIMESTAMP = "timestamp"
ID = "id"

PROMISES = (CONSENT, KEYS, VALUES, PROFILE, REDACTION, LIMIT, LOG, TIMESTAMP, ID)
Cell = tuple[str, str]
NOWHERE: frozenset[int] = frozenset()

_LIMITS = {
    roads.WORKER: ("B8",),
    roads.COMMAND: ("B8",),
    roads.ENDED: ("B1", "B2"),
    roads.SWEPT: ("B3",),
    roads.OPEN_SESSION: ("B6",),
    roads.WINDOW: ("B4",),
    roads.OPEN_WINDOW: ("B4", "B6"),
    roads.COUNTED: ("B5", "B10"),
    roads.DAYS: ("F1", "F7"),
    roads.INSTALL: ("F1", "F7"),
    roads.RETRY: ("W3",),
    roads.RESTARTED: ("B2", "W3"),
}

# Answers after which a client tries again.
_PASSING, _BROKEN = (408, 429), 500
_UNSAID = "nobody is there to say anything of an error that goes this way"
_NO_TEXT = "no text of an error goes this way"
_NO_LINE = "no call that goes this way writes a line of the caller's"
#: What cannot be, and why.
CANNOT: dict[Cell, str] = {
    **{
        (road, promise): _UNSAID
        for road in (roads.LOGGED, roads.UNCAUGHT, roads.THREAD, roads.TASK)
        for promise in (KEYS, VALUES)
    },
    **{
        (road, REDACTION): _NO_TEXT
        for road in roads.ROADS
        if road not in (*roads.ERRORS, roads.RETRY, roads.RESTARTED)
    },
    **{
        (road, LOG): _NO_LINE
        for road in (
            roads.COMMAND,
            roads.HANDLED,
            roads.UNCAUGHT,
            roads.THREAD,
            roads.TASK,
            *roads.PAST,
        )
    },
    (roads.COUNTED, LOG): "each of the errors that it counts had its line when it was logged",
    (roads.RETRY, LOG): "the line was written at the call, before anything was sent at all",
}


def clauses_of(road: str, promise: str) -> tuple[str, ...]:
    """The clauses that see a promise broken on a road."""
    past = road in roads.PAST
    match promise:
        case "consent looked at again":
            return ("F9", "C4") if past else ("C3", "C4", "C11")
        case "whitelist":
            return ("A1", "A3", "A5", "A7")
        case "values":
            return ("A2", "A6")
        case "profile flag":
            return ("P1",)
        case "redaction":
            return ("E1", "E3", "E6")
        case "limit or ceiling":
            return _LIMITS.get(road, ("B5",))
        case "log line":
            return ("E9",) if road == roads.LOGGED else ("L1", "L2")
        case "timestamp":
            return ("F1",) if past else (("W2",) if road == roads.RETRY else ("T1", "T3"))
        case _:
            return ("F2", "I1") if past else ("I1", "C6")


def lacking(contract: Contract, surroundings: Collection[str], ways: Collection[str]) -> set[str]:
    """The roads that there are not: the product, the adapter or the run does not have them."""
    grains = {event.grain for event in contract.rollups.values()}
    transports = {e.transport for e in contract.events.values() if e.kind in _CAPTURED}
    found = {road for via, road in roads.BY_VIA.items() if via not in ways or not contract.errors}
    found |= {
        road
        for there, some in (
            ("worker" in transports, (roads.WORKER,)),
            ("cli" in transports, (roads.COMMAND,)),
            ("session" in grains, roads.SESSIONS),
            ("window" in grains, roads.WINDOWS),
            (any(error.count for error in contract.errors.values()), (roads.COUNTED,)),
            (contract.backfill is not None, roads.PAST),
            ("child process" in surroundings, (roads.RESTARTED,)),
        )
        if not there
        for road in some
    }
    return found


_CAPTURED = ("lifecycle", "direct")


def travelled(history: History, exercised: AbstractSet[str]) -> Counter[Cell]:
    """The cells that one history puts to the test, each once.

    ``exercised``: the clauses whose control fired in it.
    """
    cells: set[Cell] = set()
    left: dict[str, dict[str, AbstractSet[str]]] = {}
    for arrival in arrivals(history):
        for road in arrival.roads:
            if road not in left:
                left[road] = _judged(road, exercised)
            for promise, fired in [*left[road].items()]:
                if fired & _seeing(history, arrival, (road, promise)):
                    cells.add((road, promise))
                    del left[road][promise]
    # What consent withholds is not on the wire: it follows from the steps, and what was sent while
    # consent was on is the control.
    if history.sent and history.scenario:
        cells |= {(road, CONSENT) for road in _withheld(history)}
    return Counter(cells)


def _judged(road: str, exercised: AbstractSet[str]) -> dict[str, AbstractSet[str]]:
    """The promises of a road that can be broken, and which clauses were in force for each."""
    fired = {promise: exercised & {*clauses_of(road, promise)} for promise in _TESTS}
    return {one: some for one, some in fired.items() if some and (road, one) not in CANNOT}


def _some(arrival: Arrival, steps: AbstractSet[int]) -> bool:
    """Whether one of some steps may have brought it about."""
    return bool(steps) and not steps.isdisjoint(arrival.steps)


def _seeing(history: History, arrival: Arrival, cell: Cell) -> set[str]:
    """The clauses that see the promise broken by what this history has for it to break on."""
    road, promise = cell
    test = _TESTS[promise]
    if isinstance(test, _Seen):
        return {clause for clause in clauses_of(*cell) if test.by(clause, history, arrival)}
    return {*clauses_of(*cell)} if test(history, arrival, road) else set()


class _Seen(NamedTuple):
    """What a clause would see: one sees a key that nobody listed, another one of another event."""

    by: Callable[[str, History, Arrival], bool]


def _of_the_past(history: History, arrival: Arrival) -> bool:
    return isinstance(history.steps[arrival.steps[0]] if arrival.steps else None, do.Backfill)


def _unlisted(clause: str, history: History, arrival: Arrival) -> bool:
    if _of_the_past(history, arrival):
        told = clause == "A1" or (clause == "A7" and private_past(history))
        return told and past_with_text(history)
    return _some(arrival, with_unlisted(history).get(clause, NOWHERE))


def _misfitting(clause: str, history: History, arrival: Arrival) -> bool:
    if _of_the_past(history, arrival):
        return clause == "A6" and odd_past(history)
    return _some(arrival, with_misfits(history).get(clause, NOWHERE))


def _planted(clause: str, history: History, arrival: Arrival) -> bool:
    frames, texts = with_planted(history)
    return _some(arrival, frames if clause == "E3" else texts)


def _crowded(history: History, arrival: Arrival, road: str) -> bool:
    """More of it than may be sent as it is."""
    name = str(arrival.sent.event.name)
    ceiling = history.contract.events[name].ceiling_per_day
    if road in (roads.WORKER, roads.COMMAND):
        captured = captured_of(history, name)
        return captured > (ceiling or captured)
    if road in roads.PAST:
        return sum(isinstance(step, do.Backfill) for step in history.steps) > 1
    if road == roads.RESTARTED:
        return any(not history.process(sent.request.began_at) for sent in history.sent)
    if road in (roads.COUNTED, roads.RETRY):
        return True
    return sum(getattr(history.steps[index], "times", 1) for index in arrival.steps) > 1


def _logged(history: History, arrival: Arrival, road: str) -> bool:
    if road == roads.LOGGED:
        return True
    return _some(arrival, with_line(history))


def _timed(_: History, arrival: Arrival, __: str) -> bool:
    return arrival.sent.event.timestamp is not None


def _any(_: History, __: Arrival, ___: str) -> bool:
    return True


_TESTS: dict[str, _Seen | Callable[[History, Arrival, str], bool]] = {
    KEYS: _Seen(_unlisted),
    VALUES: _Seen(_misfitting),
    PROFILE: _any,
    REDACTION: _Seen(_planted),
    LIMIT: _crowded,
    LOG: _logged,
    TIMESTAMP: _timed,
    ID: _any,
}


def _withheld(history: History) -> Iterator[str]:
    """The roads by which something would have come, had consent not gone."""
    timeline, passed = moments(history), passed_ms(history)
    until, known = shutdown_in(history), sendable(history.contract)
    decisions = [moment.decision for moment in timeline[1:]]
    if "off" not in decisions or "on" not in [timeline[0].decision, *decisions]:
        return
    off = [i for i, one in enumerate(timeline[1:]) if one.decision == "off" and one.settled]
    crashes = [i for i, step in enumerate(history.steps) if isinstance(step, do.Crash)]
    for index in off:
        step = history.steps[index]
        if index > until and not crashes:
            return
        match step:
            case do.Capture(event=str() as name, transport=transport) if name in known:
                yield roads.COMMAND if transport == "cli" else roads.WORKER
            case do.RaiseError(via=via):
                yield roads.BY_VIA[via]
            case do.Backfill() if has_past(history):
                yield from roads.PAST
            case do.EndSession(session=session) if session in _held(history, index):
                yield roads.ENDED
            case do.Shutdown():
                held = _held(history, index)
                if held - {None}:
                    yield roads.OPEN_SESSION
                if None in held:
                    yield roads.OPEN_WINDOW
            case do.Advance(ms=ms):
                yield from _due(history, index, passed[index] + ms)
        if crashes and index > crashes[0] and isinstance(step, do.Capture | do.RaiseError):
            yield roads.RESTARTED
        if isinstance(step, do.Advance | do.Flush | do.Shutdown) and _failing(history, index):
            yield roads.RETRY


def _held(history: History, until: int) -> set[int | None]:
    """The sessions, and None for the window, with a record of before the opt-out in them."""
    timeline = moments(history)
    held: set[int | None] = set()
    for index, step in enumerate(history.steps[:until]):
        match step:
            case do.Record(session=session) if timeline[index + 1].decision == "on":
                held.add(session)
            case do.EndSession(session=session) if timeline[index + 1].decision == "on":
                held.discard(session)
            case do.Crash():
                held.clear()
    return held


def _due(history: History, index: int, now: int) -> Iterator[str]:
    """What becomes due by the clock while this step runs."""
    limits, passed, timeline = history.contract.limits, passed_ms(history), moments(history)
    held = _held(history, index)
    for at, step in enumerate(history.steps[:index]):
        if timeline[at + 1].decision != "on":
            continue
        waited = now - passed[at]
        match step:
            case do.Record(session=None) if None in held:
                if limits.window_ms and passed[index] < passed[at] + limits.window_ms <= now:
                    yield roads.WINDOW
            case do.Record(session=session) if session in held:
                beat, age = limits.safety_sweep_ms or 0, limits.safety_max_age_ms
                if age and waited >= age + beat and passed[index] - passed[at] < age:
                    yield roads.SWEPT
            case do.RaiseError(times=times) if times > 1:
                window = max(one.window_ms for one in history.contract.errors.values())
                if passed[index] < passed[at] + window <= now:
                    yield roads.COUNTED


def _failing(history: History, index: int) -> bool:
    """Whether the last request of before the opt-out failed in a way that a retry may mend."""
    timeline = moments(history)
    out = next((i for i in range(index, -1, -1) if timeline[i].decision != "off"), None)
    if out is None:
        return False  # off from the start: nothing is on its way
    call = call_of(history, out)
    before = [one for one in history.requests if call and one.began_at < call.began_at]
    answered = before[-1].answered if before else 0
    return answered is None or answered in _PASSING or answered >= _BROKEN

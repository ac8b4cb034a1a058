"""W2, W3, W4, W7: what is sent again is the same event, and is kept once; what is refused is not.

Which capture or record an event came from is read off the markers that a scenario's numbers carry;
an event without one is judged by its uuid alone.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from payloadproof.clauses.attribution import captures_in, markers, owed, records_in, way
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.kept import rows_of
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.fields import GEOIP, properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.evidence.rows import Row
from payloadproof.evidence.runs import as_text
from payloadproof.protocol.messages import RunBackfill
from payloadproof.recorder.ingest import identity
from payloadproof.recorder.ledger import Event, Request
from payloadproof.recorder.script import Answer, Cut, LoseAnswer, Reset, Slow, Times
from payloadproof.scenario import steps as do

_TOLD_SO = 300  # statuses below tell the sender that its events are stored
# Answers after which PostHog's own clients try again.
_PASSING = {408, 429, 500, 502, 503, 504}
# Nor is a batch refused for good that may come again in parts.
_TOO_LARGE = 413
_CLIENT_ERRORS = range(400, 500)


class Origin(NamedTuple):
    """What an event stands for: its name, and the steps that went into it."""

    name: str
    steps: frozenset[int]


def origin(history: History, sent: Sent) -> Origin | None:
    """Where an event came from; None where nothing in it says so."""
    steps = captures_in(history, sent) | records_in(history, sent)
    return Origin(str(sent.event.name), frozenset(steps)) if steps else None


@check("W2")
def a_retry_repeats_uuid_and_timestamp(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """A retry carries the same event in a request that follows one without a good answer."""
    repeats = Repeats()
    by_origin: dict[Origin, Sent] = {}
    for sent in history.sent:
        match repeats.add(sent):
            case Finding() as changed:
                yield EXERCISED
                yield changed
            case "again":
                yield EXERCISED
        came_from = origin(history, sent)
        if came_from is None:
            continue
        first = by_origin.setdefault(came_from, sent)
        if first.request is not sent.request and _unanswered(first.request):
            yield EXERCISED
            if first.event.uuid != sent.event.uuid:
                yield _changed(sent, "uuid", where(first.request), first.event.uuid)


class Repeats:
    """Which events were seen before, by their uuid; what is kept of each is small."""

    def __init__(self) -> None:
        # Where it stood, its timestamp, and a digest of what it said.
        self._first: dict[int, tuple[str, object, int]] = {}
        # In which request, by its number here, one without a uuid stood, by all that it said.
        self._bare: dict[int, tuple[int, str]] = {}
        self._request: Request | None = None
        self._number = 0
        self._place = ""  # one text for all events of a request: of a million, many are kept

    def add(self, sent: Sent) -> Literal["new", "again"] | Finding:
        """Whether the same event was sent before; or that it was changed."""
        event = sent.event
        if sent.request is not self._request:
            self._request, self._place = sent.request, where(sent.request)
            self._number += 1
        if not has_uuid(event.uuid):
            return self._without(sent)
        key = hash((str(event.name), event.uuid))
        said = hash(_said(event))
        if key not in self._first:
            self._first[key] = (self._place, event.timestamp, said)
            return "new"
        place, timestamp, before = self._first[key]
        sort = sort_of_copy(same_time=timestamp == event.timestamp, same_content=said == before)
        if sort == "timestamp":
            return _changed(sent, "timestamp", place, timestamp)
        return "again" if sort == "again" else copied(sort, named(event.name), place, self._place)

    def _without(self, sent: Sent) -> Literal["new"] | Finding:
        """An event that nothing can tell from its copy: PostHog keeps both."""
        event = sent.event
        if not isinstance(event.timestamp, str):
            return "new"  # of two that say no time nobody knows that they are one
        key = hash((str(event.name), as_text(event.distinct_id), event.timestamp, _said(event)))
        # Two files may each have a first request, so that a place tells none from another.
        number, place = self._bare.setdefault(key, (self._number, self._place))
        if number == self._number:
            return "new"
        return copied("bare", named(event.name), place, self._place)


def _said(event: Event) -> bytes:
    return said_by(event.properties, event.top_level.get("$set"))


#: What becomes of an event that is sent again: it is the same, or one thing about it is not.
SortOfCopy = Literal["again", "timestamp", "content", "bare"]


def has_uuid(uuid: object) -> bool:
    """Whether a copy can be told by it."""
    return isinstance(uuid, str) and uuid != ""


_written = msgspec.msgpack.Encoder(order="deterministic").encode


def said_by(properties: object, person: object) -> bytes:
    """What an event said, as bytes: the order of its keys says nothing.

    ``person``: what stands under ``$set`` beside the properties.
    """
    try:
        return _written((properties, person) if person is not None else properties)
    except (TypeError, ValueError, OverflowError, RecursionError):
        both = as_text(properties), as_text(person)
        return "\0".join(both).encode(errors="surrogatepass")


def sort_of_copy(*, same_time: bool, same_content: bool) -> SortOfCopy:
    """What a second event with a uuid is, by how it compares with the first."""
    if not same_content:
        return "content"  # whatever its time: it is no retry
    return "again" if same_time else "timestamp"


def copied(sort: SortOfCopy, name: str, first: str, again: str) -> Finding:
    """What is wrong with a copy; ``name``, and the two places, are quoted already."""
    match sort:
        case "bare":
            return Finding(
                clause="W2",
                expected="a retry with the uuid of the first attempt",
                observed=f"{name} sent again without a uuid: PostHog keeps it twice",
                evidence=(first, again),
                kind="an event sent again without a uuid",
            )
        case "content":
            return Finding(
                clause="W2",
                expected="one uuid for one event: PostHog keeps one of those that share it",
                observed=f"{name} with the uuid of another that says something else",
                evidence=(first, again),
                kind="one uuid with two contents",
            )
        case _:
            return Finding(
                clause="W2",
                expected="a retry with the uuid and the timestamp of the first attempt",
                observed=f"{name} sent again with another timestamp",
                evidence=(first, again),
            )


def _unanswered(request: Request) -> bool:
    return request.answered is None or request.answered >= _TOLD_SO


def _changed(again: Sent, field: Literal["timestamp", "uuid"], first: str, old: object) -> Finding:
    return Finding(
        clause="W2",
        expected="a retry with the uuid and the timestamp of the first attempt",
        observed=f"{named(again.event.name)} sent again with another {field}",
        evidence=(
            f"{first}: {masked(old)}",
            f"{where(again.request)}: {masked(getattr(again.event, field))}",
        ),
    )


@check("W3")
def what_is_captured_is_kept_once(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Once always; at all where a retry can mend what the network did."""
    rows: defaultdict[Origin, list[Sent]] = defaultdict(list)
    for kept in rows_of(history):
        sent = Sent(kept.event, kept.request)
        came_from = origin(history, sent)
        if came_from is not None:
            rows[came_from].append(sent)
    for came_from, copies in rows.items():
        for first, again in itertools.pairwise(copies):
            yield _twice(history, came_from, first, again)
    if not _mendable(history):
        return
    if any(_unanswered(request) for request in history.requests) and rows:
        yield EXERCISED
    arrived = set().union(*(came_from.steps for came_from in rows))
    for index in _awaited(history):
        if index not in arrived:
            yield Finding(
                clause="W3",
                expected=f"the {named(history.steps[index].event)} of step {index + 1} kept:"
                " the network failed once, and a retry can mend that",
                observed="nothing of it in any request that the service stored",
                evidence=tuple(_course(history.requests)),
                definite=False,
                kind="an event that a retry does not bring" + amid(history),
            )


def _twice(history: History, came_from: Origin, first: Sent, again: Sent) -> Finding:
    what = " and ".join(f"step {step + 1}" for step in sorted(came_from.steps)[:3])
    both = (identity(first.event), identity(again.event))
    why = (
        "without a uuid, so that nothing tells that they are one"
        if None in both
        else ("with another uuid" if first.event.uuid != again.event.uuid else "on another date")
    )
    return Finding(
        clause="W3",
        expected=f"{named(came_from.name)} of {what} kept once",
        observed=f"twice after deduplication, {why}",
        evidence=(where(first.request), where(again.request)),
        kind=f"{way(history.contract, came_from.name)} kept twice, {why}",
    )


def _mendable(history: History) -> bool:
    """One request went wrong in a way that a retry mends, and there was a flush to wait for it."""
    networks = [step.behaviour for step in history.steps if isinstance(step, do.Network)]
    flushes = any(isinstance(step, do.Flush) for step in history.steps)
    sound = flushes and not (history.hostile or history.debugging)
    sound &= all(call.kind == "ok" for call in history.calls)
    sound &= {moment.decision for moment in moments(history)} == {"on"}
    sound &= not any(isinstance(step, do.Crash) for step in history.steps)
    return sound and len(networks) == 1 and _mends(networks[0])


def _mends(behaviour: object) -> bool:
    match behaviour:
        case Times(n=1, behaviour=Answer(status=status)):
            return status is None or status < _TOLD_SO or status in _PASSING
        case Times(n=1, behaviour=LoseAnswer() | Reset() | Cut() | Slow()):
            return True
        case _:
            return False


def _awaited(history: History) -> Iterator[int]:
    """The captures that have to be kept: a worker's, and told apart by a number.

    A command that may cost two seconds has no time for a retry.
    """
    flushed = max(i for i, step in enumerate(history.steps) if isinstance(step, do.Flush))
    for name in owed(history):
        event = history.contract.events[name]
        marked = {i for i, key, _ in markers(history, name) if key in event.properties}
        for index in sorted(marked):
            if index < flushed and "cli" not in (event.transport, history.steps[index].transport):
                yield index


def _course(requests: Iterable[Request]) -> Iterator[str]:
    """What became of each request, the first few of them."""
    for request in itertools.islice(requests, 4):
        answer = request.answered or "no answer"
        kept = "stored" if request.stored and request.status < _TOLD_SO else "not stored"
        yield f"{where(request)}: {len(request.events)} event(s), {answer}, {kept}"


@check("W4")
def the_address_is_used_as_declared(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """PostHog looks up the place of an address unless the event says no."""
    declared = history.contract.wire.geoip_disable
    for sent in history.sent:
        yield EXERCISED
        said = properties_of(sent).get(GEOIP)
        if said is not declared and (declared or said is not None):
            yield Finding(
                clause="W4",
                expected=f"{GEOIP} {'true' if declared else 'absent or false'}, as declared",
                observed="absent" if said is None else masked(said),
                evidence=(where(sent.request, sent.event.name),),
            )
    if declared:
        yield from _looked_up(history)


def _looked_up(history: History) -> Iterator[Finding]:
    """A place that was stored all the same, as an export shows it."""
    for request in history.requests:
        added = sorted(request.looked_up) if isinstance(request, Row) else ()
        if any(key.startswith("$geoip_") for key in added):
            yield Finding(
                clause="W4",
                expected=f"no place looked up, as {GEOIP} true declares",
                observed=f"stored with {', '.join(map(named, added))}",
                evidence=(where(request),),
                kind="a place was looked up",
            )


@check("W7")
def what_is_refused_is_given_up(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """An event in a request that was answered with a refusal, and in a later one."""
    refused: dict[tuple[str, str, int], Request] = {}
    turns = _turns(history)
    for sent in history.sent:
        name, uuid, request = sent.event.name, sent.event.uuid, sent.request
        past = is_of_a_backfill(request)
        turn = _turn(turns, request) if past else 0
        if not isinstance(uuid, str) or turn is None:
            continue
        first = refused.get((str(name), uuid, turn))
        if first is not None and first is not request:
            place = f"{where(first)}: answered {first.answered}"
            yield not_given_up(named(name), place, where(request), past=past)
            return
        if is_refusal(request.answered):
            yield EXERCISED
            refused[str(name), uuid, turn] = request


def _turns(history: History) -> list[tuple[float, int]]:
    """When each backfill was asked for, and by how many processes at once; in their order."""
    asked: defaultdict[int, list[float]] = defaultdict(list)
    for call in history.calls:
        if isinstance(call.params, RunBackfill):
            asked[call.step].append(call.began_at)
    return sorted((min(times), len(times)) for times in asked.values())


def _turn(turns: list[tuple[float, int]], request: Request) -> int | None:
    """Which backfill sent this, counted from 1; None where that is told by nothing.

    Two processes that send the past at once may each send what the other was refused.
    """
    number = sum(began <= request.began_at for began, _ in turns)
    return number if number and turns[number - 1][1] == 1 else None


def is_of_a_backfill(request: Request) -> bool:
    """A backfill that is asked for again may send what it did not get rid of."""
    return bool(request.envelope.get("historical_migration"))


def not_given_up(name: str, first: str, again: str, *, past: bool = False) -> Finding:
    """What is wrong with an event that comes again; all three are quoted already."""
    of = " by one and the same backfill" if past else ""
    return Finding(
        clause="W7",
        expected=f"{name} given up: the service refused it for good",
        observed="sent again",
        evidence=(first, again),
        kind=f"what the service refused is sent again{of}",
    )


def is_refusal(answered: int | None) -> bool:
    """Whether an answer says that another attempt is in vain."""
    return answered in _CLIENT_ERRORS and answered not in {*_PASSING, _TOO_LARGE}

"""The clauses, asked of one event or of one request.

Rule 1: an event is judged by itself, and what a request says beside its events once.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from payloadproof.audit.shapes import Around, Shape, Source
from payloadproof.audit.state import place_of
from payloadproof.audit.tally import Kind
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import Finding, judge
from payloadproof.clauses.wire.retries import is_of_a_backfill, is_refusal
from payloadproof.contract import Contract
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.rows import Row, around
from payloadproof.recorder.ledger import Event, Request

#: What each clause of the wire is judged on; the others need to know what was done.
WIRE: Final = {name: clause.wire for name, clause in clauses().items() if clause.wire}
#: Judged over all events, by what is remembered of them.
REMEMBERED: Final = ("B8", "W2", "W7")
#: A recording can break these and cannot keep them: it says nothing of what was not sent.
FOUND_ONLY: Final = ("W6",)
STATELESS: Final = (*(name for name in WIRE if name not in REMEMBERED), *FOUND_ONLY)
#: What a clause may require that only some events can show.
ABOUT: Final = ("errors", "backfill", "person profile")


def about(contract: Contract) -> dict[str, list[str]]:
    """By event, which of ``ABOUT`` it can show."""
    past = contract.backfill
    of = {
        "errors": set(contract.errors),
        "backfill": {past.day_event, past.install_event} if past else set(),
        "person profile": {name for name, event in contract.events.items() if event.profile},
    }
    return {name: [one for one in ABOUT if name in of[one]] for name in contract.events}


def around_of(request: Request) -> Around:
    """What it has in common with others."""
    if isinstance(request, Row):
        looked_up, person = sorted(request.looked_up), tuple(request.person)
        return Around(path=request.path, looked_up=tuple(looked_up), person=person)
    if not request.method:
        return Around(path=request.path)
    path, query, _ = request.path.partition("?")
    return Around(
        method=request.method,
        path=path + query,
        past=is_of_a_backfill(request),
        answered=request.answered if is_refusal(request.answered) else None,
    )


def bare(request: Request) -> Request:
    """The same without its events."""
    return msgspec.structs.replace(request, events=(), dropped=())


def alone(row: Source, shape: Shape) -> tuple[Request, Event]:
    """An event, and the request that it came in or that is made up around it."""
    at, who, uuid, timestamp, values, _, source = row
    if isinstance(source, Sent):
        return source.request, source.event
    raw = source or {
        "event": shape.name,
        "distinct_id": who,
        "uuid": uuid,
        "timestamp": timestamp,
        "properties": shape.properties_of(values),
    }
    request = around("line", place_of(at).number, raw, 0)
    return request, request.events[0]


class Asked:
    """The clauses of a contract that are judged on each event."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def of_event(self, request: Request, event: Event) -> list[Finding]:
        """Of an event by itself, without those of its request."""
        if not request.method:
            return self.of_request(request)
        left = Counter(_kind(one) for one in self.of_request(bare(request)))
        found = []
        for one in self.of_request(msgspec.structs.replace(request, events=(event,), dropped=())):
            if left[_kind(one)]:
                left[_kind(one)] -= 1
            else:
                found.append(one)
        return found

    def of_request(self, request: Request) -> list[Finding]:
        """Of a request, and of all events in it."""
        history = History(contract=self._contract, requests=(request,))
        return list(judge(history, STATELESS).findings)


def _kind(finding: Finding) -> Kind:
    return finding.clause, finding.expected, finding.observed

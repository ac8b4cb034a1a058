"""P1, W1, W5: profiles, and requests that the real service takes, at a time when it may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.circumstances import answer, refused
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.wire.elsewhere import unasked
from payloadproof.evidence.fields import EXCEPTION_LIST, properties_of
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.protocol.messages import Shutdown
from payloadproof.recorder.ledger import LOST, Request
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do

_LIMITED = ("over_quota", "not_persisted")  # the project's doing, or the service's


@check("W1")
def the_service_takes_every_request(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """The capture service takes a request whole or not at all: one bad event loses its batch."""
    for request in history.requests:
        if request.reason == LOST:
            continue  # no service got to see it: the network failed, or the client gave up
        yield EXERCISED
        if refused(request):
            yield Finding(
                clause="W1",
                expected="a request that PostHog's capture service accepts",
                observed=f"one that it answers {answer(request)}",
                evidence=(where(request), f"{request.wire_size} bytes"),
            )
        yield from _dropped(request)
        if history.scenario is not None and history.attempts is None:
            # In a network of its own W6 says so, which is about whom it speaks to.
            yield from unasked(request, history.contract, "W1")
    for sent in history.sent:
        if sent.event.name == "$exception" and EXCEPTION_LIST not in properties_of(sent):
            yield Finding(
                clause="W1",
                expected=f"an $exception with the {EXCEPTION_LIST} that PostHog wants",
                observed="one without, which it drops",
                evidence=(where(sent.request, sent.event.name),),
                kind=f"an $exception without {EXCEPTION_LIST}",
            )


def _dropped(request: Request) -> Iterator[Finding]:
    """A request that is taken, and an event in it that is not."""
    for number, why in request.dropped:
        if why.endswith(_LIMITED):
            continue
        yield Finding(
            clause="W1",
            expected="a request of which PostHog's capture service keeps every event",
            observed=f"one of which it drops an event: {why}",
            evidence=(where(request, request.events[number].name), f"event {number + 1} of it"),
        )


@check("W5")
def nothing_begins_after_shutdown(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Judged for as long as the run lasts: the listener stays open.

    Where two processes run at once, nothing says whose request it is.
    """
    if any(isinstance(step, do.Race) for step in history.steps):
        return
    over = [call for call in history.calls if isinstance(call.params, Shutdown)]
    ended: dict[int, float] = {}  # when each process had shut down
    for call in over:
        if call.kind == "ok":
            ended.setdefault(history.process(call.began_at), call.ended_at)
    for request in history.requests:
        down = ended.get(history.process(request.began_at))
        if down is None:
            continue
        if request.began_at <= down:
            yield EXERCISED
        else:
            late = request.began_at - down
            yield Finding(
                clause="W5",
                expected="no request begins after shutdown has returned",
                observed=f"one began {late:.3f} s after it",
                evidence=(where(request), *(named(event.name) for event in request.events[:3])),
                kind="a request after shutdown" + _failing(history, request),
            )


def _failing(history: History, request: Request) -> str:
    """For the kind of a finding: whether the network had failed before."""
    calls = [call for call in history.calls if call.began_at <= request.began_at]
    before = history.steps[: max((call.step for call in calls), default=0) + 1]
    failed = any(isinstance(s, do.Network) and s.behaviour != Answer() for s in before)
    return " when the network has failed" if failed else ""

"""P1, W1, W5: profiles, and requests that the real service takes, at a time when it may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.allow.whitelist import properties_of
from payloadproof.clauses.finding import EXERCISED, Finding, check, named, where
from payloadproof.evidence.history import History
from payloadproof.protocol.messages import Shutdown
from payloadproof.recorder.ledger import LOST, Request
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do

PROFILE = "$process_person_profile"
ACCEPTED = 300  # statuses from here on are refusals


def amid(history: History) -> str:
    """For the kind of a finding about what is lacking or wrong: a cause that has its own clause.

    A request that the service refuses (W1) loses all that is in it; what the caller changes after
    the call may be sent as it then is (S7).
    """
    if any(map(refused, history.requests)):
        return ", where the service refuses a request"
    changed = history.scenario is not None and history.scenario.overwrites
    return ", where the caller changes what it handed over" if changed else ""


def refused(request: Request) -> bool:
    """Whether the service would not take it; it sees nothing of one that is lost on its way."""
    return request.reason != LOST and request.status >= ACCEPTED


@check("P1")
def profiles_only_where_the_contract_has_them(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """PostHog reads only a strict ``false``: anything else bills a profile."""
    for sent in history.sent:
        event = history.contract.events.get(str(sent.event.name))
        if event is None:
            continue  # A4's
        absent = PROFILE not in properties_of(sent)
        flag = properties_of(sent).get(PROFILE)
        if not event.profile:
            yield EXERCISED
        # `1 == True` in Python: the type has to be asked for.
        fine = absent or flag is True if event.profile else flag is False
        if not fine:
            yield Finding(
                clause="P1",
                expected=f"{PROFILE} "
                + ("absent or true" if event.profile else "exactly false")
                + f" on {sent.event.name}",
                observed="absent" if absent else named(flag),
                evidence=(where(sent.request, sent.event.name),),
            )


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
                observed=f"one that it answers {request.status}: {request.reason[:200]}",
                evidence=(where(request), f"{request.wire_size} bytes"),
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

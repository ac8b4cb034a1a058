"""The backfills of a history: when each ran, what it had to send, what it sent, what it left.

A request belongs to the backfill that was the last to be asked for when it began. What two
processes were asked for at once is one backfill.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from payloadproof.clauses.backfill.past import Past, past
from payloadproof.clauses.finding import Finding
from payloadproof.clauses.once import once
from payloadproof.clauses.timeline import moments
from payloadproof.contract.backfill import Backfill, Marker
from payloadproof.evidence.history import Call, History, Sent
from payloadproof.evidence.quoting import named, where
from payloadproof.protocol.messages import RunBackfill
from payloadproof.recorder.ingest import time_of
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database

#: ``none``: no marker; ``older``: one to be replaced; ``complete``: sent, or taken for sent;
#: ``open``: either may be thought of it.
Standing = Literal["none", "older", "complete", "open"]

NOON_S = 43_200
_SHOWN = 3  # of what is missing
_ACCEPTED = 200
_REFUSED_FROM = 300


Said = Iterator[Finding | Literal["exercised"]]


class Key(NamedTuple):
    """Which event of the past: its name, and its day."""

    event: str
    day: str


class Run(NamedTuple):
    """One backfill.

    ``past``: what there was to send, None where the database cannot be read whole. ``before`` and
    ``after``: the marker's text. ``consent``: None while a change may not have been noticed.
    """

    step: int
    call: Call
    now_ms: int
    past: Past | None
    before: str | None
    after: str | None
    standing: Standing
    consent: Literal["on", "off"] | None
    debug: bool
    healthy: bool
    sent: tuple[Sent, ...]

    @property
    def free(self) -> bool:
        """Whether nothing kept it from sending all of it."""
        allowed = self.consent == "on" and not self.debug and self.healthy
        return allowed and self.call.kind == "ok" and self.standing in ("none", "older")

    def expected(self, backfill: Backfill) -> frozenset[Key]:
        """The events that there were to send."""
        if self.past is None or not self.past.days:
            return frozenset()
        days = {Key(backfill.day_event, day) for day in self.past.days}
        return frozenset(days | {Key(backfill.install_event, self.past.first)})


def at(sent: Sent) -> str:
    """Where it is on the wire, and of which day it is."""
    return f"{where(sent.request, sent.event.name)} of {key_of(sent).day or 'no day'}"


def listed(keys: frozenset[Key]) -> str:
    """The first few of them, for a person."""
    first = sorted(keys)[:_SHOWN]
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(f"{named(key.event)} of {key.day}" for key in first) + more


def of_two(history: History) -> str:
    """For the kind of a finding: whether two processes did it at once."""
    raced = any(isinstance(step, do.Backfill) and step.rival for step in history.steps)
    return " by two processes at once" if raced else ""


def key_of(sent: Sent) -> Key:
    """Which event of the past this is; its day is that of its timestamp."""
    moment = time_of(sent.event)
    return Key(str(sent.event.name), moment.date().isoformat() if moment else "")


def historical(history: History) -> tuple[Sent, ...]:
    """Every event of the past that was sent, repeats included."""
    backfill = history.contract.backfill
    names = (backfill.day_event, backfill.install_event) if backfill else ()
    return tuple(sent for sent in history.sent if sent.event.name in names)


@once
def runs(history: History) -> tuple[Run, ...]:
    """Every backfill, in order; none where the contract or the scenario has none."""
    backfill, scenario = history.contract.backfill, history.scenario
    if backfill is None or scenario is None or scenario.data != "sound":
        return ()
    asked: dict[int, list[Call]] = {}
    for call in history.calls:
        if isinstance(call.params, RunBackfill):
            asked.setdefault(call.step, []).append(call)
    steps = sorted(asked)
    begins = [min(call.began_at for call in asked[step]) for step in steps]
    after = {shot.step: shot.marker for shot in history.snapshots}
    decisions, debugs = moments(history), list(_debugging(history))
    healths, times = list(_healths(scenario)), list(_times(scenario))
    made: list[Run] = []
    marker = scenario.marker_text
    sent = historical(history)
    database = _planted(history)
    for index, step in enumerate(steps):
        begin = begins[index]
        end = begins[index + 1] if index + 1 < len(steps) else float("inf")
        moment = decisions[step + 1]
        made.append(
            Run(
                step=step,
                call=next((call for call in asked[step] if call.kind != "ok"), asked[step][0]),
                now_ms=times[step],
                past=past(backfill, database, times[step]),
                before=marker,
                after=after.get(step),
                standing=standing(backfill.marker, marker),
                consent=moment.decision if moment.settled else None,
                debug=debugs[step],
                healthy=healths[step],
                sent=tuple(one for one in sent if begin <= one.request.began_at < end),
            )
        )
        marker = after.get(step)
    return tuple(made)


def _planted(history: History) -> Database | None:
    """The rows as they stood, with the secrets in their places."""
    database = history.scenario.history if history.scenario else None
    if not history.canaries:
        return database
    written = do.planted(msgspec.to_builtins(database), history.canaries)
    return msgspec.convert(written, Database | None)


def standing(marker: Marker, text: str | None) -> Standing:
    """What a marker of this text is taken for.

    Whatever is damaged, or has a version of a wrong type, was written by somebody: a second copy is
    worse than a gap. A version of null is left open.
    """
    if text is None:
        return "none"
    content = marker_in(text)
    version = content.get(marker.version_key, 1) if content is not None else False
    if version is None:
        return "open"
    if isinstance(version, bool) or not isinstance(version, int | float):
        return "complete"
    return "older" if version < marker.version else "complete"


def marker_in(text: str | None) -> dict[str, Any] | None:
    """What a marker says; None where it is no JSON object."""
    try:
        content = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def confirmed(request: Request) -> bool:
    """Whether the service has said that it took the request, and had taken it."""
    if not request.stored or request.status >= _REFUSED_FROM or request.answered != _ACCEPTED:
        return False
    said = marker_in(request.said)
    return said is not None and said.get("status") in ("Ok", 1) and "quota_limited" not in said


def _debugging(history: History) -> Iterator[bool]:
    """Whether debug mode is on, for each step."""
    variable = history.contract.variables.debug
    value = history.scenario.env.get(variable or "") if history.scenario else None
    for step in history.scenario.steps if history.scenario else ():
        if isinstance(step, do.SetEnv) and variable in step.env:
            value = step.env[variable]
        yield value == "1"


def _healths(scenario: do.Scenario) -> Iterator[bool]:
    """Whether the network is well, for each step."""
    healthy = True
    for step in scenario.steps:
        if isinstance(step, do.Network):
            healthy = step.behaviour == Answer()
        yield healthy


def _times(scenario: do.Scenario) -> Iterator[int]:
    """Epoch milliseconds, for each step."""
    now = scenario.now_ms
    for step in scenario.steps:
        match step:
            case do.Advance(ms=ms):
                now += ms
            case do.SetClock(offset_ms=offset):
                now = scenario.now_ms + offset
        yield now

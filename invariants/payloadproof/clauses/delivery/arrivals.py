"""D1 to D3 over the runs of a program as it is: what is due arrives, once, and stays one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Literal

import msgspec

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.placed import Place, spoken
from payloadproof.evidence.quoting import named
from payloadproof.evidence.runs import Host, Run, as_text, events_of, troubled
from payloadproof.recorder.ingest import identity
from payloadproof.recorder.ledger import Event


def _untroubled(runs: Runs) -> Iterator[Run]:
    return (run for run in runs if run.untroubled and not run.switch)


@run_check("D1")
def what_is_due_arrives(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """By the counts that whoever started the run gave, in each run with nothing wrong."""
    short: set[str] = set()
    for run in _untroubled(runs):
        # One product may tell two hosts the same: the host that was told most is the measure.
        told = Counter[str]()
        for host in run.telemetry:
            told |= Counter(as_text(said.event.name) for said in events_of(host))
        for name, due in run.due:
            yield EXERCISED
            if told[name] != due and name not in short:
                short.add(name)
                yield Finding(
                    clause="D1",
                    expected=f"{due} of {named(name)}, with a sound network and consent",
                    observed=f"{told[name]} arrived",
                    evidence=(run.name, f"exit code {run.exit_code}"),
                    definite=told[name] > due,
                    kind=f"{named(name)} {'lost' if told[name] < due else 'too often'}",
                )


@run_check("D2")
def nothing_is_sent_twice(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """With nothing wrong: the same event of the same moment, to one host."""
    told: set[tuple[str, str]] = set()
    for run in _untroubled(runs):
        for host in run.telemetry:
            if host.requests:
                yield EXERCISED
            for event, times in _repeated(host):
                place = (host.name, as_text(event.name))
                if place not in told:
                    told.add(place)
                    yield Finding(
                        clause="D2",
                        expected="each event sent once, with a sound network",
                        observed=f"{named(event.name)} {times} times to {spoken(Place(host.name))}",
                        evidence=(run.name,),
                        kind=f"{named(event.name)} sent more than once",
                    )


def _repeated(host: Host) -> Iterator[tuple[Event, int]]:
    """Events alike in all but their uuid, which name their own time; or of one uuid, without one.

    Two that name no time may be two clicks: only their uuid would say that they are one.
    """
    times: Counter[Hashable] = Counter()
    first: dict[Hashable, Event] = {}
    for request in host.requests:
        for event in request.events:
            key = identity(event) if event.timestamp is None else _content(event)
            if key is not None:
                times[key] += 1
                first.setdefault(key, event)
    yield from ((first[key], n) for key, n in times.items() if n > 1)


def _content(event: Event) -> bytes:
    parts = (event.name, event.distinct_id, event.timestamp, event.properties)
    try:
        return msgspec.json.encode(parts, order="deterministic")
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return repr(parts).encode(errors="replace")


@run_check("D3")
def what_is_sent_again_is_known_again(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Where something was wrong with the network: rows that PostHog could not tell apart."""
    for fault, some in troubled(runs).items():
        for run in some:
            for host in run.telemetry:
                if host.kind != "posthog":
                    continue
                yield EXERCISED
                alike: dict[bytes, list[Event]] = {}
                for request in host.requests:
                    for event in request.events:
                        alike.setdefault(_content(event), []).append(event)
                again = [events for events in alike.values() if len(events) > 1]
                blind = [events for events in again if any(identity(one) is None for one in events)]
                if blind:
                    name = named(blind[0][0].name)
                    yield Finding(
                        clause="D3",
                        expected="a uuid on what is sent again, so that it is stored once",
                        observed=f"{name} {len(blind[0])} times without one: {fault}",
                        evidence=(run.name,),
                        kind="sent again without a uuid",
                    )
                    return

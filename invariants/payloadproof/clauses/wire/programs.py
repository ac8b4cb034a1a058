"""W1, W6 and W8 over the runs of a program as it is: what PostHog takes and does, and who else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.circumstances import answer, refused
from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.fields import GEOIP
from payloadproof.evidence.placed import Place, spoken
from payloadproof.evidence.quoting import named, where
from payloadproof.evidence.runs import as_text, ordinary
from payloadproof.recorder.ledger import LOST
from payloadproof.recorder.machine import is_this_machine
from payloadproof.recorder.routes import TAKES_EVENTS

_NAMED = 6  # events, in a report
#: Whose names are asked for: each run has addresses of its own, and none could be accepted by name.
_OF_ADDRESSES = (".in-addr.arpa", ".ip6.arpa")


@run_check("W1")
def posthog_takes_every_request(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """With nothing wrong, on every host that is PostHog by what it is told.

    What is asked of another of PostHog's services (flags, surveys) is not capture's to refuse.
    """
    told: set[tuple[str, str]] = set()
    for run in runs:
        if not run.untroubled:
            continue
        for host in run.hosts:
            for request in host.requests if host.kind == "posthog" else ():
                if request.reason == LOST or request.service not in TAKES_EVENTS:
                    continue
                yield EXERCISED
                place = (host.name, request.path.partition("?")[0])
                if refused(request) and place not in told:
                    told.add(place)
                    yield Finding(
                        clause="W1",
                        expected="a request that PostHog's capture service accepts",
                        observed=f"one that it answers {answer(request)}",
                        evidence=(run.name, spoken(Place(host.name)), where(request)),
                        kind=f"a request that is answered {request.status}",
                    )


@run_check("W6")
def only_listed_hosts_are_spoken_to(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Where a contract lists the hosts: names looked up and addresses tried count, too.

    Of this machine none does: what is said to a browser or a database here leaves nothing.
    """
    told: set[str] = set()
    for run in runs:
        if run.allowed is None:
            continue
        if run.hosts:
            yield EXERCISED
        names = {*run.asked, *(host.name for host in run.hosts)}
        asked = {name for name in names if not is_this_machine(name)}
        for name in sorted(asked - {one.lower() for one in run.allowed}):
            of_address = name.endswith(_OF_ADDRESSES)
            shown = spoken(Place(name))
            kind = "the names of addresses are looked up" if of_address else f"{shown} is spoken to"
            if kind not in told:
                told.add(kind)
                yield Finding(
                    clause="W6",
                    expected="nothing said but to the hosts that the contract lists",
                    observed=f"{shown} was asked for",
                    evidence=(run.name,),
                    kind=kind,
                )


@run_check("W8")
def which_events_are_looked_up(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Events by name, over all ordinary runs."""
    every: set[str] = set()
    looked_up: dict[str, str] = {}
    for run in ordinary(runs):
        for said in run.said:
            if said.host.kind != "posthog":
                continue
            yield EXERCISED
            name, properties = as_text(said.event.name), said.event.properties
            every.add(name)
            if not isinstance(properties, dict) or properties.get(GEOIP) is not True:
                looked_up.setdefault(name, run.name)
    if looked_up:
        shown = ", ".join(map(named, sorted(looked_up)[:_NAMED]))
        yield Finding(
            clause="W8",
            expected=f"{GEOIP} true on events whose place nobody needs",
            observed=f"{len(looked_up)} of {len(every)} events: {shown}"
            + (", ..." if len(looked_up) > _NAMED else ""),
            evidence=tuple(dict.fromkeys(looked_up.values())),
            kind="events whose place is looked up",
        )

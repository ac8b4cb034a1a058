"""C1, C2, C12 to C14 over the runs of a program as it is: switches, and a notice that comes first.

The control of a run in which telemetry was turned off is a run in which it was not, and something
was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.placed import Place, spoken
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.evidence.runs import BY_DEFAULT, Run, ordinary
from payloadproof.syntax.printable import printable

DO_NOT_TRACK = "DO_NOT_TRACK"
CI = "CI"
_EVENTS = 3  # named in the evidence
# What a notice cannot do without.
_NOTICE = re.compile(
    rb"telemetry|analytics|usage (?:data|statistics|stats|information)|anonymous(?:ly)?\b|posthog"
    rb"|opt(?:ing)?[ -]?out|data collection|diagnostic data",
    re.IGNORECASE,
)
# Colours and the like, which stand between the words of a notice on a terminal.
_STEERING = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]")
# What PostHog's own packages log, which is about their use and tells no user anything.
_LOGGED = re.compile(rb"^.*\[posthog\].*$", re.IGNORECASE | re.MULTILINE)


@run_check("C1")
def its_own_switch_sends_nothing(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """To no telemetry host, PostHog or another."""
    yield from _silent(runs, "C1", lambda run: run.own)


@run_check("C12")
def do_not_track_sends_nothing(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Where nobody promised to obey it."""
    yield from _silent(runs, "C12", lambda run: not run.own and _variable(run) == DO_NOT_TRACK)


@run_check("C13")
def what_is_sent_from_ci(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """For information: many programs are silent there, and nobody has to be."""
    yield from _silent(runs, "C13", lambda run: not run.own and _variable(run) == CI)


def _variable(run: Run) -> str:
    return run.switch.partition("=")[0]


def _where_off(run: Run) -> str:
    """``with DO_NOT_TRACK=1``; of a default, what it says."""
    default = "where telemetry is off by default and nothing turned it on"
    return default if run.switch == BY_DEFAULT else f"with {run.switch}"


def _silent(
    runs: Runs, clause: str, meant: Callable[[Run], bool]
) -> Iterator[Finding | Literal["exercised"]]:
    on = [run for run in ordinary(runs) if run.telemetry]
    for run in runs:
        if not run.switch or not meant(run):
            continue
        if on:
            yield EXERCISED
        for host in run.telemetry:
            events = [said for said in run.said if said.host == host]
            names = ", ".join(dict.fromkeys(named(said.event.name) for said in events[:_EVENTS]))
            yield Finding(
                clause=clause,
                expected=f"nothing sent to any telemetry host {_where_off(run)}",
                observed=f"{len(host.requests)} request(s) to {spoken(Place(host.name))}"
                + (f", events {names}" if names else ""),
                evidence=(run.name, where(host.requests[0])),
                kind=f"sent to {spoken(Place(host.name))} {_where_off(run)}",
            )


@run_check("C2")
def its_own_switch_contacts_nobody(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """No name of a telemetry host looked up, no connection begun. Requests are not judged here.

    No file made that holds the id where telemetry is on. What else a program writes may be its
    work.
    """
    kept = {name for run in ordinary(runs) for name in run.kept_ids}
    hosts = {host.name for run in ordinary(runs) for host in run.telemetry}
    for run in runs:
        if not run.switch or not run.own or run.fault:
            continue
        if hosts:
            yield EXERCISED
        for name in sorted(hosts.intersection(run.asked) - {host.name for host in run.telemetry}):
            yield Finding(
                clause="C2",
                expected=f"no telemetry host contacted {_where_off(run)}",
                observed=f"{spoken(Place(name))} was looked up, or a connection to it begun",
                evidence=(run.name,),
                kind=f"{spoken(Place(name))} contacted {_where_off(run)}",
            )
        for name in sorted(kept.intersection(run.wrote)):
            yield Finding(
                clause="C2",
                expected=f"no file for telemetry's id made {_where_off(run)}",
                observed=f"{printable(name)}, below the home, which holds the id with telemetry on",
                evidence=(run.name,),
                kind=f"a file for the id made {_where_off(run)}",
            )


@run_check("C14")
def a_notice_comes_first(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """In a fresh home, by the contract's words, or by words that a notice cannot do without.

    Where a contract says that the first start sends nothing, the home has had that start before.
    What is printed is read by one thread of ours and what is sent by another, so that a busy
    machine may tell two moments in the wrong order: a notice is late if it is so in every run.
    """
    late: list[Finding] = []
    in_time = False
    for run in ordinary(runs):
        if run.first is not None and run.first.requests:
            yield Finding(
                clause="C14",
                expected="nothing sent by the first start in a fresh home, as the contract says",
                observed=f"{run.first.requests} request(s) to a telemetry host",
                evidence=(run.name,),
                kind="sent by the first start",
            )
        by_then = run.before if run.first is None else run.first.printed
        if by_then is None or not run.telemetry:
            continue
        yield EXERCISED
        missing = _unsaid(run, by_then)
        if missing is None:
            in_time = True
            continue
        later = _unsaid(run, run.stdout + b"\n" + run.stderr) is None
        when = "the first request" if run.first is None else "the second start"
        finding = Finding(
            clause="C14",
            expected=f"{missing} printed before {when}, in a fresh home",
            observed="one that came after it" if later else "none at all",
            evidence=(run.name, f"printed by then: {masked(_last(by_then)) or 'nothing'}"),
            definite=False,
            kind="a notice that comes after the first request" if later else "no notice",
        )
        if not later:
            yield finding
            return
        late.append(finding)
    if not in_time:
        yield from late[:1]


def _unsaid(run: Run, text: bytes) -> str | None:
    """What should have been printed and was not, in words; None where nothing is missing."""
    text = _LOGGED.sub(b"", text)
    if not run.notice:
        return None if _NOTICE.search(text) else "a word about telemetry"
    printed = _plain(_STEERING.sub(b"", text).decode(errors="replace"))
    for said in run.notice:
        if _plain(said) not in printed:
            return f'the notice of the contract, with the words "{printable(said)}",'
    return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _last(text: bytes) -> str:
    lines = [line for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""

"""A7, A9 and A10 over the runs of a program as it is: nothing of the person or the machine leaves.

A7 looks for what stands on the stage. A9 compares people, and leaves to A7 what the search finds,
and to the identity family the distinct id. What hosts that are no telemetry are told may be what
the program is for, so that A10 only lists it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.difference import (
    LEAST,
    Dependence,
    confirmed,
    dependent,
    told_apart,
)
from payloadproof.evidence.placed import Place, spoken
from payloadproof.evidence.quoting import where
from payloadproof.evidence.runs import FIRST, Run, ordinary
from payloadproof.evidence.sightings import Sighting, sightings


@run_check("A7")
def nothing_of_the_stage_leaves(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """To a telemetry host, in any byte."""
    if any(run.planted and run.telemetry for run in runs):
        yield EXERCISED
    for run, one in _sighted(runs):
        if one.host is not None and one.host.kind != "other" and one.request is not None:
            yield Finding(
                clause="A7",
                expected="nothing of the person, the machine or their secrets sent to telemetry",
                observed=f"{one.planted.what}, {one.encoding}, at {spoken(one.place)}",
                evidence=(run.name, where(one.request)),
                kind=f"{one.planted.what} at {spoken(one.place)}",
            )


@run_check("A10")
def what_other_hosts_are_told(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """To any other host, and in any name that was looked up."""
    if any(run.planted and (run.hosts or run.asked) for run in runs):
        yield EXERCISED
    for run, one in _sighted(runs):
        if one.host is None or one.host.kind == "other":
            looked_up = "a name that was looked up" if one.host is None else "a byte sent"
            yield Finding(
                clause="A10",
                expected="other hosts told no more than the program is for",
                observed=f"{one.planted.what}, {one.encoding}, in {looked_up}: "
                + spoken(one.place),
                evidence=(run.name,),
                kind=f"{one.planted.what} at {spoken(one.place)}",
            )


def _sighted(runs: Runs) -> Iterator[tuple[Run, Sighting]]:
    """Each sighting in the first run that has it."""
    seen: set[tuple[str, Place]] = set()
    for run in runs:
        for one in sightings(run):
            if (one.planted.what, one.place) not in seen:
                seen.add((one.planted.what, one.place))
                yield run, one


@run_check("A9")
def nothing_depends_on_the_person(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Two runs of one person against another's, confirmed by a second pair."""
    mine, others = people(runs)
    found = unexplained(runs)
    if len(mine) >= LEAST and others and (not found or len(others) >= LEAST):
        yield EXERCISED
    if len(others) < LEAST:
        return
    for one in found:
        if one.place.path == ("distinct_id",):
            continue
        told = ""
        if any(run.changed for run in runs):
            by = " and ".join(one.by)
            told = f"; it tells apart: {by or 'several things together, or none changed alone'}"
        yield Finding(
            clause="A9",
            expected="the same for two people on two machines, but for what is random or time",
            observed=f"{spoken(one.place)} depends on who runs the program{told}",
            evidence=tuple(run.name for run in (*mine[:2], *others[:2])),
            kind=f"{spoken(one.place)} depends on who runs the program",
        )


def people(runs: Runs) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """The runs of this comparison: the first person's and the others', with telemetry in them."""
    mine = tuple(run for run in ordinary(runs) if run.telemetry)
    others = tuple(
        run
        for run in runs
        if run.person != FIRST
        and run.start == 1
        and run.telemetry
        and not (run.switch or run.fault or run.changed)
    )
    return mine, others


def unexplained(runs: Runs) -> tuple[Dependence, ...]:
    """What telemetry is told that depends on the person, and that the search does not explain."""
    mine, others = people(runs)
    plain = {one.place for run in (*mine, *others) for one in sightings(run)}
    telemetry = {host.name for run in (*mine, *others) for host in run.telemetry}
    return tuple(
        one
        for one in depending(runs)
        if one.place.host in telemetry and not any(_explains(seen, one.place) for seen in plain)
    )


def depending(runs: Runs) -> tuple[Dependence, ...]:
    """What depends on the person as far as these runs show.

    Where there is one run of another person alone, a second is still to confirm it.
    """
    mine, others = people(runs)
    by_person: defaultdict[str, list[Run]] = defaultdict(list)
    for run in others:
        by_person[run.person].append(run)
    if len(mine) < LEAST or not by_person:
        return ()
    first, *rest = by_person.values()
    found = dependent(mine, first)
    for some in rest:
        found = confirmed(found, mine, some, same_other=False)
    alone = (run for run in runs if run.changed and not (run.switch or run.fault))
    changed: dict[str, Run] = {run.changed: run for run in alone}
    return told_apart(found, mine, changed)


def _explains(seen: Place, place: Place) -> bool:
    """Whether something planted that was seen at one place is why another depends on the person."""
    if (seen.host, seen.what) != (place.host, place.what):
        return False
    match place.of:
        case "keys":
            return seen.path[: len(place.path)] == place.path
        case "words":
            return not seen.path or seen.path[0] == "body"
        case "order":
            return False
        case "number":
            return seen.path == ("event",)
        case "presence":
            return seen.path == ("path",) or seen == place
        case "value":
            return bool(seen.path) and place.path[: len(seen.path)] == seen.path

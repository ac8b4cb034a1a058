"""One clause for a person who met it in a report: what it asks for, why, and what mends a breach.

Rule 1: all of it stands in the TOML of the clause's family; nothing is thought up here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from rich.console import Console
from rich.text import Text

from payloadproof.clauses.clause import Clause, every_clause, named
from payloadproof.clauses.registry import CHECKS, RUN_CHECKS
from payloadproof.report.brief import indented
from payloadproof.report.ending import command_line

PAGE = "docs/plan.md"
#: The heading of that page under which it quotes each part of the plan, as sources name the parts.
SECTIONS = {
    "hard invariants": "Hard invariants",
    "current state": "Profiles for lifecycle events only",
    "verified APIs": "The PostHog client",
    "consent module": "Consent module",
    "phase 1": "Phase 1: one call for the log and for telemetry",
    "phase 2": "Phase 2: one rollup for each session",
    "phase 3": "Phase 3: the text of errors",
    "phase 4": "Phase 4: the historical backfill",
    "phase 5": "Phase 5: what is cleaned up",
}
#: What a finding does, by the level of its clause.
MEANS = {
    "MUST": "a finding fails the run",
    "SHOULD": "a finding fails the run with --strict",
    "INFO": "it only reports, and fails nothing",
}


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What ``payloadproof explain ID --format json`` holds for each id.

    Attributes:
        name, family, level, text: the clause's own.
        source: why it matters: whose promise it is, and in which words.
        sections: headings of ``docs/plan.md`` under which those words stand; none where it is ours.
        broken: an example of a program that breaks it.
        mend: what usually mends that.
        control: what a run must have seen before no finding means anything.
        judged_by: the commands that judge it.
    """

    name: str
    family: str
    level: Literal["MUST", "SHOULD", "INFO"]
    text: str
    source: str
    sections: tuple[str, ...]
    broken: str
    mend: str
    control: str
    judged_by: tuple[str, ...]


def explained(clause: str) -> Explained:
    """All that is known of a clause; ``clause``: an id that exists."""
    its = every_clause()[clause]
    return Explained(
        name=its.name,
        family=its.family,
        level=its.level,
        text=its.text,
        source=its.source,
        sections=tuple(_sections(its.source)),
        broken=its.broken,
        mend=its.mend,
        control=its.control,
        judged_by=tuple(_judging(clause, its)),
    )


def _sections(source: str) -> Iterator[str]:
    if "the plan, " not in source:
        return
    # Several sources stand side by side, and each names its part before it quotes.
    for part, heading in SECTIONS.items():
        if f"{part}: " in source:
            yield heading


def _judging(clause: str, its: Clause) -> Iterator[str]:
    if clause in CHECKS:
        yield "check"
    if clause in RUN_CHECKS:
        yield "probe"
    if its.wire:
        yield "audit"


def explain(ids: Iterable[str], console: Console) -> None:
    """Print each clause in full."""
    for number, clause in enumerate(ids):
        if number:
            console.print()
        its = explained(clause)
        console.print(
            Text.assemble((named(clause), "bold"), f"  ({its.level}: {MEANS[its.level]})"),
            soft_wrap=True,
        )
        where = [f'Quoted in {PAGE}, under "{one}".' for one in its.sections]
        for title, said in (
            ("", (its.text,)),
            ("why it matters", (f"{its.source}", *where)),
            ("for example, this breaks it", (its.broken,)),
            ("the usual mend", (its.mend,)),
            ("control: without this no run proves anything", (its.control,)),
            ("judged by", (", ".join(f"payloadproof {one}" for one in its.judged_by),)),
        ):
            if title:
                console.print(Text(f"\n{title}", style="bold"))
            indented(said, console)
        console.print()
        again = f"check --only {clause}" if "check" in its.judged_by else "probe -- COMMAND"
        command_line(f"next: payloadproof {again}", console)


def overview(family: str, console: Console) -> None:
    """Print what a family is about, and a line for each of its clauses."""
    mine = [one for one, clause in every_clause().items() if clause.family == family]
    console.print(Text(f"{family}: {len(mine)} clauses", style="bold"))
    wide = max(len(named(one)) for one in mine)
    for one in mine:
        console.print(f"  {named(one):<{wide}}  {every_clause()[one].level}", highlight=False)
    command_line(f"next: payloadproof explain {mine[0]}", console)

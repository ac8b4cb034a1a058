"""clauses.md: every clause with its control, its scenarios and how it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from pages.markdown import anchor, doc, joined, table
from payloadproof.clauses.clause import Clause, clauses, every_clause, named
from payloadproof.clauses.finding import CHECKS
from payloadproof.clauses.run_checks import RUN_CHECKS
from payloadproof.outcome.model import VERDICTS
from payloadproof.run.properties import SUITE

#: Where the plan's sentences stand, by heading.
PLAN = Path(__file__).parents[1] / "plan.md"
LEVELS = """\
- **MUST**: the promise can be quoted from [the plan](../plan.md), or follows from it, or PostHog
  requires it. A finding fails the run.
- **SHOULD**: the promise is ours and goes beyond the plan. A finding is shown, and fails the run
  only with `--strict`.
- **INFO**: the clause only reports, and never fails a run."""


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Clauses"
    yield (
        "Each clause is one promise about what telemetry does. It has an id that is never used"
        " again, and a short name. `payloadproof clauses` prints the same list, and"
        " `payloadproof explain` with an id one entry of it."
    )
    yield LEVELS
    yield (
        "The **control** of a clause is what a run must have seen before the absence of findings"
        " means anything. A program that sends nothing breaks no promise about what is sent; so a"
        " clause whose control was never seen is `vacuous`, and does not pass."
    )
    yield table(
        ("clause", "level", "promise"),
        (
            (f"[{named(one)}](#{anchor(named(one))})", clause.level, clause.text)
            for one, clause in every_clause().items()
        ),
    )
    family = ""
    for one, clause in every_clause().items():
        if clause.family != family:
            family = clause.family
            yield f"## {doc(import_module(f'payloadproof.clauses.{family}')).rstrip('.')}"
        yield f"### {named(one)}"
        yield clause.text
        yield f"**For example, this breaks it.** {clause.broken}"
        yield f"**The usual mend.** {clause.mend}"
        yield "\n".join(f"- {line}" for line in _facts(one, clause))
    yield "## Verdicts"
    yield table(("verdict", "when"), ((f"`{name}`", meaning) for name, meaning in VERDICTS.items()))


def _facts(one: str, clause: Clause) -> Iterator[str]:
    yield f"Level: {clause.level}"
    yield f"Source: {linked(clause.source)}"
    yield f"Control: {clause.control}"
    if one in RUN_CHECKS:
        said = joined(doc(RUN_CHECKS[one]))
        yield f"`payloadproof probe` judges it on whole runs of an unmodified program: {said}"
    if one not in clauses():
        return
    yield f"Operations needed: {', '.join(f'`{need}`' for need in clause.needs) or 'none'}"
    if clause.requires:
        yield f"Applies where the contract has: {clause.requires}"
    aimed = ", ".join(prop.name for prop in SUITE if one in prop.aims)
    yield f"Scenarios made to break it: {aimed}"
    # A check that its own docstring explains beyond the sentence.
    said = doc(CHECKS[one])
    if said:
        yield f"How it is judged: {joined(said)}"
    if clause.wire:
        yield "`payloadproof audit` judges it on recordings, too"


def linked(source: str) -> str:
    """A source, each sentence that it quotes with a link to where the plan has it.

    Raises:
        ValueError: it quotes what no heading of the page has.
    """

    def link(found: re.Match[str]) -> str:
        for part in PLAN.read_text(encoding="utf-8").split("\n### ")[1:]:
            heading, *lines = part.splitlines()
            if f"> {found[1]}" in lines:
                return f'["{found[1]}"](../plan.md#{anchor(heading)})'
        raise ValueError(f"docs/plan.md does not quote: {found[1]}")

    return re.sub(r'"([^"]+)"', link, source)

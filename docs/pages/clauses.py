"""clauses.md: every clause with its control, its scenarios and how it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from pages.markdown import doc, joined, table
from payloadproof.clauses.clause import Clause, clauses, every_clause, named
from payloadproof.clauses.finding import CHECKS
from payloadproof.clauses.run_checks import RUN_CHECKS
from payloadproof.outcome.model import VERDICTS
from payloadproof.run.properties import SUITE


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Clauses"
    yield (
        "What is promised. A level MUST fails the run; SHOULD is stricter than the source asks;"
        " INFO is only reported. An id is never used again. `payloadproof clauses` prints the same."
    )
    yield table(
        ("clause", "level", "promise"),
        (
            (f"[{named(name)}](#{_anchor(name)})", clause.level, clause.text)
            for name, clause in every_clause().items()
        ),
    )
    family = ""
    for name, clause in every_clause().items():
        if clause.family != family:
            family = clause.family
            yield f"## {doc(import_module(f'payloadproof.clauses.{family}')).rstrip('.')}"
        yield f"### {named(name)}"
        yield clause.text
        yield "\n".join(f"- {line}" for line in _facts(name, clause))
    yield "## Verdicts"
    yield table(("verdict", "when"), ((f"`{name}`", meaning) for name, meaning in VERDICTS.items()))


def _anchor(name: str) -> str:
    """As the forges make one of a heading."""
    kept = re.sub(r"[^\w\s-]", "", named(name).lower())
    return kept.replace(" ", "-")


def _facts(name: str, clause: Clause) -> Iterator[str]:
    yield f"Level: {clause.level}"
    yield f"Source: {clause.source}"
    yield f"Control: {clause.control}"
    if name in RUN_CHECKS:
        said = joined(doc(RUN_CHECKS[name]))
        yield f"Judged on the runs of a program as it is, by `payloadproof probe`: {said}"
    if name not in clauses():
        return
    yield f"Needs: {', '.join(f'`{need}`' for need in clause.needs) or 'nothing'}"
    if clause.requires:
        yield f"Applies where the contract has {clause.requires}"
    aimed = ", ".join(prop.name for prop in SUITE if name in prop.aims)
    yield f"Scenarios made to break it: {aimed}"
    # A check that its own docstring explains beyond the sentence.
    said = doc(CHECKS[name])
    if said:
        yield f"How it is judged: {joined(said)}"
    if clause.wire:
        yield "Also judged on a recording, by `payloadproof audit`"

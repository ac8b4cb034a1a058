"""A report as Markdown, for the summary of a CI step or a comment on a change.

Rule 1: what a reader decides by stands first: how it ended, what is broken, and where to begin.
Rule 2: it fits where it is put: a runner takes one mebibyte, a comment 65,536 characters.
Rule 3: nothing that a program sent becomes markup, a link or somebody's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from payloadproof.clauses.clause import all_named, every_clause, named
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import Report, ReportedFinding
from payloadproof.report.ending import shown
from payloadproof.report.headline import headline
from payloadproof.report.places import Places
from payloadproof.syntax import shell
from payloadproof.syntax.markdown import code, text

ROWS = 50
_CHARACTERS = 300  # of what was observed
_UNLOOKED = ("not_run", "not_applicable")
_MARKS = {"good": "✅", "bad": "❌", "unknown": "⚠️"}


def step_summary(report: Report) -> bytes:
    """The page, in UTF-8."""
    return ("\n".join(_parts(safe(report))).rstrip() + "\n").encode()


def _parts(report: Report) -> Iterator[str]:
    tone, words = headline(report)
    yield f"## {_MARKS[tone]} Payloadproof: {words}\n"
    who = f"{report.implementation.name} {report.implementation.version}".strip()
    seed = f", seed {report.seed}" if report.seed is not None else ""
    yield text(
        f"{who}, {report.command}: {report.scenarios:,} scenarios in {report.seconds:.0f} s{seed}"
    )
    if not report.masked:
        yield "\n**Text is not masked: do not share this page.**"
    places = Places(report)
    failing = {one.clause for one in report.verdicts if report.counts(one)}
    counted = [one for one in report.findings if one.clause in failing]
    others = [one for one in report.findings if one.clause not in failing]
    yield from _table("Broken", counted, places)
    yield from _open(report)
    yield from _table("Does not fail the run", others, places)
    yield from _table("News, which fail nothing", [*report.news], places)
    yield from _verdicts(report)


def _table(title: str, found: list[ReportedFinding], places: Places) -> Iterator[str]:
    if not found:
        return
    yield f"\n### {title}\n"
    yield "| Promise | Level | Observed | Where | Run it again |"
    yield "| --- | --- | --- | --- | --- |"
    for one in found[:ROWS]:
        place = places(one)
        where = code(f"{place.file}:{place.line}", cell=True) if place else ""
        command = f"payloadproof replay {shell.path(one.file)}" if one.file else ""
        yield (
            "| "
            + " | ".join(
                (
                    text(named(one.clause)),
                    every_clause()[one.clause].level,
                    f"{text(_short(one.observed))} (expected: {text(_short(one.expected))})",
                    where,
                    code(command, cell=True) if command else "",
                )
            )
            + " |"
        )
    if len(found) > ROWS:
        yield f"\nand {len(found) - ROWS} more: the report has them."


def _short(said: str) -> str:
    return said if len(said) <= _CHARACTERS else f"{said[:_CHARACTERS]}…"


def _open(report: Report) -> Iterator[str]:
    """What makes the exit code 1 and is no finding."""
    lines = [
        f"- {text(named(one.clause))}: {one.verdict}, {text(one.reason or 'it was not proved')}"
        for one in report.verdicts
        if one.verdict != "failed" and report.counts(one)
    ]
    lines += [
        f"- {text(named(one.clause))}: the baseline accepts {code(_short(one.fingerprint))}, which"
        " is no longer seen: delete the entry"
        for one in report.stale
    ]
    if lines:
        yield "\n### Not proved\n"
        yield from lines


def _verdicts(report: Report) -> Iterator[str]:
    yield "\n<details><summary>All verdicts</summary>\n"
    words = {one.clause: shown(one)[2] for one in report.verdicts}
    unlooked = {shown(one)[2] for one in report.verdicts if one.verdict in _UNLOOKED}
    for word, number in Counter(words.values()).most_common():
        # What nobody looked at may be everything but one clause.
        ids = "" if word in unlooked else f": {text(all_named(_of(word, words)))}"
        yield f"- {number} {word}{ids}"
    yield "\n</details>"


def _of(word: str, words: dict[str, str]) -> Iterable[str]:
    return [clause for clause, said in words.items() if said == word]

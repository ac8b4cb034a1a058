"""What a run found, on one screen: an entry for each cause, a line for each finding.

Rule 1: the worst finding is shown with what it takes to see it: what was expected, the evidence,
and the smallest scenario. Every other one is a line, which ends in its file to replay.
Rule 2: a line is cut only where a terminal has an end. What is piped is whole, and is not padded.
Rule 3: what finds no room is counted and named by its clause, never left out in silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from payloadproof.clauses.clause import all_named, named
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, Verdict
from payloadproof.report.causes import Cause, causes
from payloadproof.report.ending import MARKS, command_line
from payloadproof.report.narrated import narrated
from payloadproof.syntax import shell

LINES = 30  # for findings: with what stands around them a screen of 40
EVIDENCE = 3  # lines of the worst finding's
STEPS = 8  # of the worst finding's scenario
NAMES = 4  # clauses that share a reason

#: Verdicts that want a word of why, the most pressing first.
_EXPLAINED: tuple[Verdict, ...] = ("errored", "vacuous", "unsupported", "accepted")


def brief(report: Report, console: Console) -> None:
    """Print the findings of a report, by cause, and what else was not proved."""
    of = {one.clause: one for one in report.verdicts}
    news = [one for one in report.findings if _verdict(one, of) == "reported"]
    wrong = [one for one in report.findings if _verdict(one, of) != "reported"]
    if found := causes(wrong):
        several = "" if len(found) == len(wrong) else f", {_count(len(found), 'cause')}"
        first = ", the worst first" if len(wrong) > 1 else ""
        title = f"{_count(len(wrong), 'finding')}{several}{first}"
        console.print(Text(title, style="bold"))
        _by_cause(found, of, console, report)
    for finding in news:
        _line(_said(finding, "reported", of), finding, console)
    for finding in report.unsteady:
        _line(_said(finding, "unsteady", of), finding, console)
    files = [one.file for one in (*report.findings, *report.unsteady) if one.file]
    if files:
        folder = Path(files[0]).parent
        command_line(f"run one again: payloadproof replay {shell.path(folder)}/FILE", console)
    if found or report.unsteady:
        more((found[0].findings if found else report.unsteady)[0].clause, console)
    for verdict in _EXPLAINED:
        _explained(verdict, report.verdicts, console)


def _by_cause(
    found: Sequence[Cause], of: dict[str, ClauseVerdict], console: Console, report: Report
) -> None:
    for number, (cause, room) in enumerate(zip(found, _rooms(found), strict=True), start=1):
        first, *others = cause.findings
        head = f"{number} "
        if others:
            console.print(Text(f"{head}{cause.breaks}", style="bold"), soft_wrap=True)
            head = "  "
        # With others its cause stands above it.
        where = f" ({cause.rests_on})" if not others and cause.says_more else ""
        _line(Text(head) + _said(first, _verdict(first, of), of, where), first, console)
        if number == 1:
            _worst(first, console, masked=report.masked)
        shown = _each_clause_first(cause)[1 : 1 + room]
        for one in others:
            if one in shown:
                _line(Text("  ") + _said(one, _verdict(one, of), of), one, console)
        if rest := [one for one in others if one not in shown]:
            times = Counter(one.clause for one in rest)
            which = ", ".join(
                named(clause) + (f" ({n} times)" if n > 1 else "") for clause, n in times.items()
            )
            console.print(Text(f"  and {len(rest)} more: {which}; --verbose has all"))


def _rooms(found: Sequence[Cause]) -> list[int]:
    """How many lines each cause has beside its first: one for each clause, then what is left."""
    left = LINES - sum(1 + (len(cause.findings) > 1) for cause in found)
    rooms = [0 for _ in found]
    for wanted in ([len(one.clauses) for one in found], [len(one.findings) for one in found]):
        for at, number in enumerate(wanted):
            more = max(0, min(left, number - 1 - rooms[at]))
            rooms[at] += more
            left -= more
    return rooms


def _each_clause_first(cause: Cause) -> list[ReportedFinding]:
    """Its findings, with the first of each clause before what repeats one."""
    firsts = {one.clause: one for one in reversed(cause.findings)}
    return sorted(cause.findings, key=lambda one: firsts[one.clause] is not one)


def _verdict(finding: ReportedFinding, of: dict[str, ClauseVerdict]) -> Verdict:
    verdict = of.get(finding.clause)
    return verdict.verdict if verdict else "failed"


def _said(
    finding: ReportedFinding, verdict: Verdict, of: dict[str, ClauseVerdict], where: str = ""
) -> Text:
    mark, style = MARKS[verdict]
    level = of[finding.clause].level if finding.clause in of else "MUST"
    beside = f" ({level})" if level == "SHOULD" else ""
    doubted = "seen, but not each time: " if verdict == "unsteady" else ""
    return Text.assemble(
        (f"{mark} {named(finding.clause)}{beside}: ", style),
        f"{doubted}{finding.observed}{where}; expected {finding.expected}",
    )


def _line(said: Text, finding: ReportedFinding, console: Console) -> None:
    """One line, and its file at the end of it, which is never cut."""
    end = f"  {Path(finding.file).name}" if finding.file else ""
    if console.is_terminal:
        said.truncate(max(20, console.width - len(end)), overflow="ellipsis")
    console.print(Text.assemble(said, (end, "dim")), soft_wrap=True)


def _worst(finding: ReportedFinding, console: Console, *, masked: bool) -> None:
    evidence = list(finding.evidence)
    if evidence and not masked:
        evidence[0] = f"NOT masked: {evidence[0]}"
    steps = narrated(finding.scenario) if finding.scenario else []
    indented(_first(evidence, EVIDENCE), console, by=6)
    indented(_first(steps, STEPS), console, by=6)


def _first(lines: list[str], most: int) -> list[str]:
    more = len(lines) - most
    return lines if more < 2 else [*lines[:most], f"and {more} more lines: --verbose has them"]  # noqa: PLR2004 - one takes the room of that line


def _explained(verdict: Verdict, verdicts: Iterable[ClauseVerdict], console: Console) -> None:
    """A line for each reason that clauses share."""
    mark, style = MARKS[verdict]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in verdicts:
        if one.verdict == verdict:
            by_reason[one.reason or ""].append(one.clause)
    for reason, ids in by_reason.items():
        more = f" and {len(ids) - NAMES} more" if len(ids) > NAMES else ""
        why = f" ({reason})" if reason else ""
        line = f"{mark} {verdict.replace('_', ' ')}: {all_named(ids[:NAMES])}{more}{why}"
        console.print(Text(line, style=style), soft_wrap=True)


def more(clause: str, console: Console) -> None:
    """The line that says where a finding's clause is explained."""
    command_line(f"more: payloadproof explain {clause}", console)


def indented(lines: Iterable[str], console: Console, *, by: int = 2) -> None:
    """Lines that begin so many columns to the right, and end where their text does."""
    for line in lines:
        for piece in Text(line).wrap(console, max(20, console.width - by)):
            piece.rstrip()
            console.print(Text(" " * by) + piece, soft_wrap=True)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

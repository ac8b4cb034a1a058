"""A report a person reads: in brief, by cause, or whole: the verdicts, and each finding.

Rule 1: what is left out of the brief form is counted, and the whole one has it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from payloadproof.clauses.clause import all_named, every_clause, named
from payloadproof.contract.neutral import NONE, SAID
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, Verdict
from payloadproof.outcome.plan import Plan, Replayed, Smoke
from payloadproof.report import mapped
from payloadproof.report.brief import brief, indented, more
from payloadproof.report.causes import badness, by_clause, causes
from payloadproof.report.collected import collected
from payloadproof.report.console import Terminal
from payloadproof.report.dark import diagnosed
from payloadproof.report.ending import MARKS, command_line, options, shown, summary
from payloadproof.report.gated import gated
from payloadproof.report.narrated import narrated
from payloadproof.scenario.store import Saved
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

UNMASKED_BANNER = "text is NOT masked: do not share this report"


def render(report: Report, console: Console, *, given: str = "", verbose: bool = False) -> None:
    """Print a report; ``given``: options of the run that what comes next wants, too.

    ``verbose``: every verdict and every finding in full, and not a screen of them.
    """
    report = safe(report)
    console.print()
    if not report.masked:
        console.print(Text(UNMASKED_BANNER, style="bold red"), soft_wrap=True)
    if report.command == "check" and report.contract == NONE:
        console.print(Text(SAID, style="bold yellow"), soft_wrap=True)
    if report.command in ("probe", "record"):
        probed(report, console)
        summary(report, console, given=given)
        return
    if verbose:
        _whole(report, console)
    else:
        brief(report, console)
        _stale(report, console)
    gated(report, console, verbose=verbose)
    if report.collected is not None:
        collected(report.collected, console)
    summary(report, console, given=given, verbose=verbose)


def _whole(report: Report, console: Console) -> None:
    for line in _table(report.verdicts):
        console.print(line, soft_wrap=True)
    for line in mapped.table(report.roads):
        console.print(line, soft_wrap=True)
    number = 0
    for cause in causes(report.findings):
        if len(cause.findings) > 1:
            title = f"\n{cause.heading}"
            if cause.heading == cause.rests_on:
                title += f": {all_named(cause.clauses)}"
            console.print(Text(title, style="bold"), soft_wrap=True)
        for finding in cause.findings:
            number += 1
            console.print(Text(f"\nFinding {number}: {named(finding.clause)}", style="bold red"))
            _detail(finding, console, masked=report.masked)
    for finding in report.unsteady:
        title = f"\nSeen, but not each time: {named(finding.clause)}"
        console.print(Text(title, style="bold yellow"))
        _detail(finding, console, masked=report.masked)
    _accepted(report, console)


def finding_line(finding: ReportedFinding) -> Text:
    """One finding in one line: its clause, what was observed, and where."""
    finding = safe(finding)
    level = every_clause()[finding.clause].level
    mark, style = ("i", "cyan") if level == "INFO" else ("✗", "bold red")
    place = f"  ({finding.evidence[0]})" if finding.evidence else ""
    return Text.assemble(
        (f"{mark} {named(finding.clause)}: ", style), finding.observed, (place, "dim")
    )


def _table(verdicts: tuple[ClauseVerdict, ...]) -> Iterator[Text]:
    """A row for each verdict, and a line below it where it has a reason."""
    # The end of the report has the others, by their reasons.
    rows = [one for one in verdicts if one.verdict not in ("not_run", "not_applicable")]
    wide = max((len(named(one.clause)) for one in rows), default=0)
    yield Text(f"   {'clause':<{wide}}  level   verdict      scenarios  controls", style="bold")
    for one in rows:
        mark, style, word = shown(one)
        scenarios = f"{one.scenarios:,}" if one.scenarios else ""
        controls = f"{one.controls:,}" if one.controls else ""
        line = Text.assemble(
            (mark, style),
            f"  {named(one.clause):<{wide}}  {one.level:<6}  ",
            (f"{word:<11}", style),
            f"  {scenarios:>9}  {controls:>8}",
        )
        line.rstrip()
        yield line
        if one.verdict not in ("passed", "failed", "reported") and one.reason:
            yield Text(f"      {one.reason}", style=style)


def as_text(report: Report, *, verbose: bool = False) -> str:
    """A report without colours, 100 columns wide."""
    console = _paper()
    render(report, console, verbose=verbose)
    return console.export_text()


def finding_text(finding: ReportedFinding, *, masked: bool = True) -> str:
    """One finding without colours, 100 columns wide."""
    console = _paper()
    _detail(finding, console, masked=masked)
    return console.export_text()


def _paper() -> Console:
    return Terminal(file=io.StringIO(), record=True, width=100)


def _detail(finding: ReportedFinding, console: Console, *, masked: bool) -> None:
    clause = every_clause()[finding.clause]
    console.print(Text(clause.text))
    console.print(Text(f"source: {clause.source}", style="dim"))
    console.print(Text.assemble("\n", ("expected  ", "bold"), finding.expected))
    console.print(Text.assemble(("observed  ", "bold"), finding.observed))
    if finding.evidence:
        how = "masked" if masked else "NOT masked"
        console.print(Text(f"\nevidence ({how})", style="bold"))
        indented(finding.evidence, console)
    if finding.scenario is not None:
        how = "smallest scenario that shows it" if finding.shrunk else "scenario that showed it"
        console.print(Text(f"\n{how}", style="bold"))
        indented(narrated(finding.scenario), console)
    if finding.file:
        console.print(Text("\nrun it again", style="bold"))
        command_line(f"  payloadproof replay {shell.path(finding.file)}", console)
    more(finding.clause, console)


def probed(report: Report, console: Console) -> None:
    """What a probe says: the worst first, a line for each finding, and the promises that held."""
    for clause, findings in by_clause(report.findings):
        level = every_clause()[clause].level
        style = "cyan" if level == "INFO" else "bold red"
        console.print(
            Text.assemble(
                ("i " if level == "INFO" else "✗ ", style),
                (named(clause), style),
                (f"  {level}, expected {findings[0].expected}", "dim"),
            ),
            soft_wrap=True,
        )
        for one in findings:
            place = f"  ({one.evidence[0]})" if one.evidence else ""
            console.print(Text.assemble("    ", one.observed, (place, "dim")), soft_wrap=True)
    if worst := next(iter(sorted(report.findings, key=badness)), None):
        more(worst.clause, console)
    _accepted(report, console)
    held = [one.clause for one in report.verdicts if one.verdict == "passed"]
    if held:
        console.print(Text(f"✓ held: {all_named(held)}", style="green"), soft_wrap=True)
    for verdict in ("vacuous", "not_run"):
        mark, style = ("○", "yellow") if verdict == "vacuous" else ("·", "dim")
        left = [one for one in report.verdicts if one.verdict == verdict]
        for reason in dict.fromkeys(one.reason for one in left):
            alike = all_named(one.clause for one in left if one.reason == reason)
            console.print(Text(f"{mark} {alike}: {reason}", style=style), soft_wrap=True)


def _accepted(report: Report, console: Console) -> None:
    if report.accepted:
        console.print(Text("\nAccepted by the baseline", style="bold"))
    for entry in report.accepted:
        line = f"{named(entry.clause)}, until {entry.expires}: {entry.reason}"
        indented([line, f"   {entry.fingerprint}"], console)
    _stale(report, console)


def _stale(report: Report, console: Console) -> None:
    if report.stale:
        line = "\nIn the baseline, but no longer seen: delete these entries"
        console.print(Text(line, style="bold red"))
    for entry in report.stale:
        indented([f"{named(entry.clause)}: {entry.fingerprint}"], console)


def error(message: object, console: Console) -> None:
    """What went wrong, for a person."""
    first, *rest = printable(str(message), lines=True).split("\n")
    console.print(f"[bold red]error:[/] {escape(first)}", highlight=False, soft_wrap=True)
    for line in rest:
        console.print(escape(line), highlight=False, soft_wrap=True)


def smoked(seen: Smoke, plan: Plan, console: Console) -> int:
    """Print what a quick look saw; the exit code."""
    lit, dark = seen.lit.sent, seen.dark.sent
    name = f"{seen.implementation.name} {seen.implementation.version}"
    told = printable(f"{name} answers; contract {plan.contract_name}")
    if plan.contract_name == NONE:
        console.print(Text(SAID, style="bold yellow"), soft_wrap=True)
    console.print(Text(told), soft_wrap=True)
    diagnosis = diagnosed(seen, plan, options(plan.connector.spec, plan.contract_name))
    arrivals: tuple[tuple[Verdict, str], ...] = (
        ("passed" if lit else "failed", f"consent on: {len(lit)} event(s) arrived"),
        ("failed" if dark else "passed", f"consent off: {len(dark)} event(s) arrived"),
    )
    for verdict, what in (*arrivals, *diagnosis.seen):
        mark, style = MARKS[verdict]
        console.print(Text(f"{mark} {what}", style=style), soft_wrap=True)
    if diagnosis.causes:
        lines = ["usual causes:", *(f"  - {cause}" for cause in diagnosis.causes)]
        console.print(Text("\n".join(lines)), soft_wrap=True)
    command_line(f"next: {diagnosis.next}", console)
    return 0 if diagnosis.fine else 1


def replayed(result: Replayed, saved: Saved, console: Console) -> int:
    """Print FIXED, UNSTEADY or FAILED; the exit code."""
    console.print(Text(f"{named(saved.clause)}: {every_clause()[saved.clause].text}"))
    indented(narrated(saved.scenario), console)
    if result.result == "UNSTEADY":
        console.print(
            Text("UNSTEADY", style="bold yellow"), f"seen in {result.seen} of {result.runs} runs"
        )
        return result.exit_code
    if result.finding is None:
        console.print(Text("FIXED", style="bold green"), f"not seen in {result.runs} runs")
        if not result.arrived:
            console.print(
                "But nothing at all arrived in these runs. Run payloadproof smoke to see whether"
                " the program still sends what it should."
            )
        return result.exit_code
    console.print(Text("FAILED", style="bold red"), f"seen in {result.seen} of {result.runs}")
    console.print(Text(f"expected  {result.finding.expected}"))
    console.print(Text(f"observed  {result.finding.observed}"))
    indented(result.finding.evidence, console)
    return result.exit_code

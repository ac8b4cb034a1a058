"""A report a person reads: the verdicts, then each finding with what it takes to act on it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from payloadproof.clauses.clause import all_named, every_clause, named
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, Verdict
from payloadproof.outcome.plan import Plan, Replayed, Smoke
from payloadproof.protocol import codec
from payloadproof.recorder import script
from payloadproof.recorder.script import Answer, Behaviour, Times
from payloadproof.report.collected import collected
from payloadproof.report.console import Terminal
from payloadproof.report.dark import diagnosed
from payloadproof.report.ending import MARKS, command_line, options, shown, summary
from payloadproof.report.gated import gated
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import Scenario
from payloadproof.scenario.store import Saved
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

SHOWN = 60  # characters of a value
#: What becomes of a request.
_TREATED: dict[type, str] = {
    script.Withhold: "no answer until the operation has replied",
    script.Slow: "a slow answer",
    script.Hang: "never an answer",
    script.HangBeforeReading: "connections that nobody reads",
    script.Reset: "the connection is reset, nothing is stored",
    script.LoseAnswer: "stored, and the answer lost",
    script.Cut: "stored, and the answer cut in the middle",
    script.Refuse: "connections are refused",
    script.OverQuota: "taken and not kept: the project has used up its quota",
    script.NotPersisted: "some events are asked for again",
}
UNMASKED_BANNER = "text is NOT masked: do not share this report"


def verdict_line(verdict: ClauseVerdict, width: int | None = None) -> Text:
    """One clause in one line, of ``width`` columns at most."""
    mark, style, _ = shown(verdict)
    line = Text.assemble(
        (f"{mark} {named(verdict.clause)}:", style), f" {every_clause()[verdict.clause].text}"
    )
    if width is not None:
        line.truncate(width, overflow="ellipsis")
    return line


def render(report: Report, console: Console, *, given: str = "") -> None:
    """Print the whole report; ``given``: options of the run that what comes next wants, too."""
    report = safe(report)
    console.print()
    if not report.masked:
        console.print(Text(UNMASKED_BANNER, style="bold red"), soft_wrap=True)
    if report.command in ("probe", "record"):
        probed(report, console)
        summary(report, console, given=given)
        return
    for line in _table(report.verdicts):
        console.print(line, soft_wrap=True)
    for number, finding in enumerate(report.findings, start=1):
        _finding(number, finding, console, masked=report.masked)
    _accepted(report, console)
    gated(report, console)
    if report.collected is not None:
        collected(report.collected, console)
    summary(report, console, given=given)


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
        if one.verdict not in ("passed", "failed") and one.reason:
            yield Text(f"      {one.reason}", style=style)


def as_text(report: Report) -> str:
    """The whole report without colours, 100 columns wide."""
    console = _paper()
    render(report, console)
    return console.export_text()


def finding_text(finding: ReportedFinding, *, masked: bool = True) -> str:
    """One finding without colours, 100 columns wide."""
    console = _paper()
    _detail(finding, console, masked=masked)
    return console.export_text()


def _paper() -> Console:
    return Terminal(file=io.StringIO(), record=True, width=100)


def _finding(number: int, finding: ReportedFinding, console: Console, *, masked: bool) -> None:
    console.print(Text(f"\nFinding {number}: {named(finding.clause)}", style="bold red"))
    _detail(finding, console, masked=masked)


def _detail(finding: ReportedFinding, console: Console, *, masked: bool) -> None:
    clause = every_clause()[finding.clause]
    console.print(Text(clause.text))
    console.print(Text(f"source: {clause.source}", style="dim"))
    console.print(Text.assemble("\n", ("expected  ", "bold"), finding.expected))
    console.print(Text.assemble(("observed  ", "bold"), finding.observed))
    if finding.evidence:
        how = "masked" if masked else "NOT masked"
        console.print(Text(f"\nevidence ({how})", style="bold"))
        _indented(finding.evidence, console)
    if finding.scenario is not None:
        how = "smallest scenario that shows it" if finding.shrunk else "scenario that showed it"
        console.print(Text(f"\n{how}", style="bold"))
        _indented(narrated(finding.scenario), console)
    if finding.file:
        console.print(Text("\nrun it again", style="bold"))
        command_line(f"  payloadproof replay {shell.path(finding.file)}", console)


def probed(report: Report, console: Console) -> None:
    """What a probe says: the worst first, a line for each finding, and the promises that held."""
    order = {one.clause: one for one in report.verdicts}
    levels = ("MUST", "SHOULD", "INFO")
    for level in levels:
        found = [one for one in report.findings if order[one.clause].level == level]
        found.sort(key=lambda one: _WORST.find(one.clause[0]))
        for clause in dict.fromkeys(one.clause for one in found):
            mine = [one for one in found if one.clause == clause]
            style = "cyan" if level == "INFO" else "bold red"
            console.print(
                Text.assemble(
                    ("i " if level == "INFO" else "✗ ", style),
                    (named(clause), style),
                    (f"  {level}, expected {mine[0].expected}", "dim"),
                ),
                soft_wrap=True,
            )
            for one in mine:
                place = f"  ({one.evidence[0]})" if one.evidence else ""
                console.print(Text.assemble("    ", one.observed, (place, "dim")), soft_wrap=True)
    _accepted(report, console)
    held = [one.clause for one in report.verdicts if one.verdict == "passed"]
    if held:
        console.print(Text(f"✓ held: {all_named(held)}", style="green"), soft_wrap=True)
    for verdict in ("vacuous", "not_run"):
        for open_ in report.verdicts:
            if open_.verdict == verdict:
                mark = "○" if verdict == "vacuous" else "·"
                line = f"{mark} {named(open_.clause)}: {open_.reason}"
                style = "yellow" if verdict == "vacuous" else "dim"
                console.print(Text(line, style=style), soft_wrap=True)


#: Families of clauses, the worst first: what leaks, what ignores an opt-out, what is lost.
_WORST = "ACIDWHPSBEFL"


def _accepted(report: Report, console: Console) -> None:
    if report.accepted:
        console.print(Text("\nAccepted by the baseline", style="bold"))
    for entry in report.accepted:
        line = f"{named(entry.clause)}, until {entry.expires}: {entry.reason}"
        _indented([line, f"   {entry.fingerprint}"], console)
    if report.stale:
        line = "\nIn the baseline, but no longer seen: delete these entries"
        console.print(Text(line, style="bold red"))
    for entry in report.stale:
        _indented([f"{named(entry.clause)}: {entry.fingerprint}"], console)


def _indented(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))


def narrated(scenario: Scenario) -> list[str]:
    """A scenario as numbered steps."""
    start = [f"{name}={value}" for name, value in scenario.env.items()]
    if scenario.consent_text is not None:
        start.append(f"consent file {scenario.consent_text!r}")
    if scenario.data != "sound":
        start.append(f"data directory: {scenario.data}")
    lines = [f"   start with {', '.join(start)}" if start else "   start with an empty environment"]
    lines += [f"{n:>2} {_narrated(step)}" for n, step in enumerate(scenario.steps, start=1)]
    return [*map(printable, lines)]


def _narrated(step: do.AnyStep) -> str:
    match step:
        case do.Capture(event=event, properties=properties):
            person = ", with a person profile" if step.person else ""
            often = f", {step.times} times" if step.times > 1 else ""
            return f"capture {_value(event)} {_value(properties)}{person}{often}"
        case do.Record(event=event, properties=properties, session=session, times=times):
            often = f", {times} times" if times > 1 else ""
            return f"record {event} in session {session} {_value(properties)}{often}"
        case do.RaiseError(error=error, via=via, times=times):
            again = f" {times} times" if times > 1 else ""
            return f"raise {error.type} {_value(error.message)} by way of {via}{again}"
        case do.Instrument(level=level, message=message, event=event):
            told = f", {event} {_value(step.properties)}" if event else ""
            how = "" if step.rollup == "none" else f" for the rollup of its {step.rollup}"
            return f"instrument {level} {_value(message)}{told}{how}"
        case do.EndSession(session=session):
            return f"end session {session}"
        case do.Respawn(session=session):
            return f"respawn session {session}"
        case do.SetClock(offset_ms=offset):
            return f"set the clock to {offset / 1000:+g} s from the start"
        case do.Explain():
            return "ask which layer decides about consent"
        case do.SetEnv(env=env):
            changes = (f"unset {k}" if v is None else f"set {k}={v}" for k, v in env.items())
            return "; ".join(changes)
        case do.WriteConsent(text=text):
            return "delete the consent file" if text is None else f"write the consent file: {text}"
        case do.Advance(ms=ms):
            return f"let {ms / 1000:g} s pass"
        case do.Network(behaviour=behaviour):
            return f"network{_network(behaviour)}"
        case _:
            return type(step).__name__.lower()


def _network(behaviour: Behaviour) -> str:
    match behaviour:
        case Times(n=n, behaviour=inner):
            return f", for the next {f'{n} requests' if n > 1 else 'request'}{_network(inner)}"
        case Answer() if behaviour == Answer():
            return ": healthy"
        case Answer(status=status, body=body):
            return f": status {status or 200}" + (f" and {body!r}" if body else "")
        case _:
            return f": {_TREATED[type(behaviour)]}"


def _value(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {codec.TAG}:
        return f"<{value[codec.TAG]}>"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    text = repr(value) if not isinstance(value, bool | None) else str(value).lower()
    # Both ends: what is cut in two stands at the end.
    return text if len(text) <= SHOWN else f"{text[:20]}…{text[-12:]} ({len(value)} characters)"


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
    """Print FIXED or FAILED; the exit code."""
    console.print(Text(f"{named(saved.clause)}: {every_clause()[saved.clause].text}"))
    _indented(narrated(saved.scenario), console)
    if result.finding is None:
        console.print(Text("FIXED", style="bold green"), f"not seen in {result.runs} runs")
        if not result.arrived:
            console.print(
                "But nothing at all arrived in these runs. Run payloadproof smoke to see whether"
                " the program still sends what it should."
            )
        return 0
    console.print(Text("FAILED", style="bold red"), f"seen in {result.seen} of {result.runs}")
    console.print(Text(f"expected  {result.finding.expected}"))
    console.print(Text(f"observed  {result.finding.observed}"))
    _indented(result.finding.evidence, console)
    return 1

"""How a report ends: the totals, what counted, what was not looked at, and what to do now.

Rule 1: whatever made the exit code 1 is named, and so is the command that goes on from there, with
the options that the run was given.
Rule 2: W1 comes first among what failed: what is lost with a refused batch breaks others.
"""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from payloadproof.adapters.connect import REFERENCE
from payloadproof.adapters.serve import method_of
from payloadproof.contract import DEFAULT
from payloadproof.outcome.model import ClauseVerdict, Report, Verdict

MARKS: dict[Verdict, tuple[str, str]] = {
    "errored": ("!", "bold red"),
    "failed": ("✗", "bold red"),
    "vacuous": ("○", "bold yellow"),
    "unsupported": ("-", "yellow"),
    "accepted": ("≈", "yellow"),
    "passed": ("✓", "green"),
    "not_applicable": ("·", "dim"),
    "not_run": ("·", "dim"),
}
#: An INFO clause that has something to say has not failed.
REPORTED = ("i", "cyan", "reported")
FIRST = "W1"


def shown(verdict: ClauseVerdict) -> tuple[str, str, str]:
    """Its mark, its style, and its word."""
    if verdict.level == "INFO" and verdict.verdict == "failed":
        return REPORTED
    return (*MARKS[verdict.verdict], verdict.verdict.replace("_", " "))


def options(adapter: str | None, contract: str) -> str:
    """What has to be typed to get the same adapter and contract; nothing for the defaults."""
    said = "" if adapter in {None, REFERENCE} else f" --adapter {shlex.quote(str(adapter))}"
    return said if contract == DEFAULT else f"{said} --contract {shlex.quote(contract)}"


def command_line(line: str, console: Console) -> None:
    """Print a line to copy: never broken in two."""
    console.print(Text(line, style="bold"), soft_wrap=True)


def summary(report: Report, console: Console, *, given: str = "") -> None:
    """Print it; ``given``: options of the run that the next command wants, too."""
    counts = Counter(shown(one)[1:] for one in report.verdicts)
    order = [*(word.replace("_", " ") for word in MARKS)]
    order.insert(order.index("failed") + 1, REPORTED[2])
    totals = sorted(counts.items(), key=lambda one: order.index(one[0][1]))
    console.print()
    console.print(Text(", ").join(Text(f"{n} {word}", style) for (style, word), n in totals))
    implementation = report.implementation
    took = f"{implementation.name} {implementation.version} against {report.contract}"
    if report.command == "check":
        took += f": {report.scenarios:,} scenarios in {report.seconds:.1f} s, seed {report.seed}"
    console.print(Text(took, style="dim"), soft_wrap=True)
    for line in _counted(report):
        console.print(Text(line, style="yellow"), soft_wrap=True)
    for line in (*_left_out(report), *report.notes):
        console.print(Text(line, style="dim"), soft_wrap=True)
    command_line(f"next: {_next(report, given)}", console)


def _counted(report: Report) -> Iterator[str]:
    """What else than findings made the exit code 1, and what did not and would with --strict."""
    for verdict in ("vacuous", "unsupported"):
        counted = [
            one.clause for one in report.verdicts if one.verdict == verdict and report.counts(one)
        ]
        if counted:
            yield f"counted, since nothing was proved: {', '.join(counted)} ({verdict})"
    uncounted = [
        one.clause
        for one in report.verdicts
        if one.verdict == "failed" and one.level == "SHOULD" and not report.counts(one)
    ]
    if uncounted:
        yield f"not counted, each a SHOULD: {', '.join(uncounted)}; --strict counts them"


def _left_out(report: Report) -> Iterator[str]:
    """What does not apply, and what a run of everything could not look at, by reason."""
    if report.command != "check":
        return
    for verdict in ("not_applicable", "not_run"):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for one in report.verdicts:
            if one.verdict == verdict and one.reason and "--only" not in one.reason:
                by_reason[one.reason].append(one.clause)
        told = [f"{reason} ({', '.join(ids)})" for reason, ids in by_reason.items()]
        if told:
            yield f"{verdict.replace('_', ' ')}: {'; '.join(told)}"


def _next(report: Report, given: str) -> str:
    if report.command == "audit":
        return _next_of_an_audit(report)
    same = options(report.adapter, report.contract) + given
    allowed = [one.clause for one in report.verdicts if one.allowed]
    gaps = _counting(report, "unsupported")
    failed = _counting(report, "failed")
    if failed:
        these = ",".join(sorted(failed, key=lambda clause: clause != FIRST))
        what = "it" if len(failed) == 1 else "them"
        return f"mend {what}, then payloadproof check{same} --only {these}"
    if report.stale:
        return "take out of the baseline what is no longer seen"
    if _counting(report, "vacuous"):
        return f"payloadproof smoke{options(report.adapter, report.contract)} shows what arrives"
    if gaps:
        lacking = ", ".join(sorted(_lacking(report, gaps)))
        decided = ",".join([*allowed, *gaps])
        return (
            f"add {lacking} to the adapter, or decide against it:"
            f" payloadproof check{same} --allow-unsupported {decided}"
        )
    if allowed:
        same += f" --allow-unsupported {','.join(allowed)}"
    larger = "ci" if report.profile == "quick" else "deep --minutes 60"
    return f"payloadproof check{same} --profile {larger}"


def _counting(report: Report, verdict: Verdict) -> list[str]:
    return [one.clause for one in report.verdicts if one.verdict == verdict and report.counts(one)]


def _lacking(report: Report, gaps: Iterable[str]) -> set[str]:
    """The operations that the adapter lacks, as its author writes them."""
    found = set()
    for one in report.verdicts:
        if one.clause in gaps and one.reason:
            for need in one.reason.removeprefix("the adapter has no ").split(", "):
                mine = method_of(need) if report.implementation.language == "python" else None
                found.add(f"{mine} ({need})" if mine else need)
    return found


def _next_of_an_audit(report: Report) -> str:
    if report.collected is not None and not report.collected.events:
        return (
            "nothing arrived, which proves nothing: see that the program was used, that it may"
            " send, and that it sends where payloadproof record told it to"
        )
    if report.findings:
        return "mend what sends it, then record and audit again"
    return "payloadproof check --adapter ... proves what a recording cannot"

"""How a report ends: the totals, what counted, what was not looked at, and what to do now.

Rule 1: whatever made the exit code 1 is named, and so is the command that goes on from there, with
the options that the run was given.
Rule 2: what is to be mended first is what the report shows first: the worst.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from payloadproof.adapters.connect import REFERENCE, contract_of
from payloadproof.adapters.serve import method_of
from payloadproof.clauses.clause import all_named, named
from payloadproof.outcome.model import ClauseVerdict, Report, Verdict
from payloadproof.report import billed
from payloadproof.report.causes import badness, causes
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

MARKS: dict[Verdict, tuple[str, str]] = {
    "errored": ("!", "bold red"),
    "failed": ("✗", "bold red"),
    "reported": ("i", "cyan"),
    "unsteady": ("~", "bold yellow"),
    "vacuous": ("○", "bold yellow"),
    "unsupported": ("-", "yellow"),
    "accepted": ("≈", "yellow"),
    "passed": ("✓", "green"),
    "not_applicable": ("·", "dim"),
    "not_run": ("·", "dim"),
}
NAMED = 6  # clauses with one reason, where not all of it was asked for


def shown(verdict: ClauseVerdict) -> tuple[str, str, str]:
    """Its mark, its style, and its word."""
    return (*MARKS[verdict.verdict], verdict.verdict.replace("_", " "))


def options(adapter: str | None, contract: str) -> str:
    """What has to be typed to get the same adapter and contract; nothing for the defaults."""
    said = "" if adapter in {None, REFERENCE} else f" --adapter {shell.word(str(adapter))}"
    ours = contract == contract_of(str(adapter or REFERENCE))
    return said if ours else f"{said} --contract {shell.path(contract)}"


def command_line(line: str, console: Console) -> None:
    """Print a line to copy: never broken in two."""
    console.print(Text(line, style="bold"), soft_wrap=True)


def summary(report: Report, console: Console, *, given: str = "", verbose: bool = False) -> None:
    """Print it; ``given``: options of the run that the next command wants, too."""
    counts = Counter(shown(one)[1:] for one in report.verdicts)
    order = [*(word.replace("_", " ") for word in MARKS)]
    totals = sorted(counts.items(), key=lambda one: order.index(one[0][1]))
    console.print()
    console.print(Text(", ").join(Text(f"{n} {word}", style) for (style, word), n in totals))
    implementation = report.implementation
    took = f"{implementation.name} {implementation.version} against {report.contract}"
    if report.command in ("probe", "record"):
        took = f"{implementation.name}: {report.scenarios} run(s) in {report.seconds:.0f} s"
    if report.command == "check":
        took += f": {report.scenarios:,} scenarios in {report.seconds:.1f} s, seed {report.seed}"
    console.print(Text(printable(took), style="dim"), soft_wrap=True)
    for line in counted(report):
        console.print(Text(line, style="yellow"), soft_wrap=True)
    for line in (*_left_out(report, verbose=verbose), *report.notes, *billed.lines(report)):
        console.print(Text(line, style="dim"), soft_wrap=True)
    command_line(f"next: {next_step(report, given)}", console)


def counted(report: Report) -> Iterator[str]:
    """What else than findings made the exit code 1, and what did not and would with --strict."""
    for verdict in ("vacuous", "unsupported"):
        counted = [
            one.clause for one in report.verdicts if one.verdict == verdict and report.counts(one)
        ]
        if counted:
            yield f"fails the run, because it was not proved ({verdict}): {all_named(counted)}"
    uncounted = [
        one.clause for one in report.verdicts if one.verdict == "failed" and not report.counts(one)
    ]
    if uncounted:
        yield f"does not fail the run, because it is a SHOULD clause: {all_named(uncounted)}"
        yield "with --strict, SHOULD clauses fail the run too"
    doubtful = [one.clause for one in report.verdicts if one.verdict == "unsteady"]
    if doubtful and report.strict:
        yield f"fails the run, because --strict counts what is unsteady: {all_named(doubtful)}"
    elif doubtful:
        yield f"neither passed nor failed, and --strict fails it (unsteady): {all_named(doubtful)}"


def _left_out(report: Report, *, verbose: bool) -> Iterator[str]:
    """What does not apply, and what a run of everything could not look at, by reason."""
    if report.command != "check":
        return
    for verdict in ("not_applicable", "not_run"):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for one in report.verdicts:
            if one.verdict == verdict and one.reason and "--only" not in one.reason:
                by_reason[one.reason].append(one.clause)
        if verdict == "not_applicable" and len(by_reason) > 1 and not verbose:
            many = sum(map(len, by_reason.values()))
            why = _together([*by_reason])
            yield f"not applicable: {many} clauses ({why}); --verbose names them"
            continue
        for reason, ids in by_reason.items():
            if len(ids) > NAMED and not verbose:
                said = f"{len(ids)} clauses ({reason}); --verbose names them"
                yield f"{verdict.replace('_', ' ')}: {said}"
                continue
            yield f"{verdict.replace('_', ' ')}: {all_named(ids)} ({reason})"


def _together(reasons: list[str]) -> str:
    """Reasons in one: what they begin with alike is said once."""
    alike = "the contract has no "
    if not all(reason.startswith(alike) for reason in reasons):
        return "; ".join(reasons)
    *most, last = (reason.removeprefix(alike) for reason in reasons)
    return f"{alike}{', '.join(most)} or {last}"


def next_step(report: Report, given: str = "") -> str:
    """What to do now; ``given``: options of the run that the next command wants, too."""
    if report.command == "audit":
        return _next_of_an_audit(report)
    if report.command == "record":
        return "payloadproof probe -- COMMAND runs it with telemetry off, and as two people"
    if report.command == "probe":
        return _next_of_a_probe(report, given)
    same = options(report.adapter, report.contract) + given
    allowed = [one.clause for one in report.verdicts if one.allowed]
    gaps = _counting(report, "unsupported")
    failed = _counting(report, "failed")
    if failed:
        shown_first = (one for cause in causes(report.findings) for one in cause.clauses)
        ordered = [one for one in dict.fromkeys((*shown_first, *failed)) if one in failed]
        return f"{_fix(ordered)}; then run payloadproof check{same} --only {','.join(ordered)}"
    if report.stale:
        return "delete from the baseline the entries that are no longer seen"
    if _counting(report, "vacuous"):
        return (
            f"run payloadproof smoke{options(report.adapter, report.contract)} to see what arrives"
        )
    if gaps:
        lacking = ", ".join(sorted(_lacking(report, gaps)))
        decided = ",".join([*allowed, *gaps])
        return (
            f"add {lacking} to the adapter, or do without these clauses:"
            f" payloadproof check{same} --allow-unsupported {decided}"
        )
    if allowed:
        same += f" --allow-unsupported {','.join(allowed)}"
    larger = "ci" if report.profile == "quick" else "deep --minutes 60"
    return f"payloadproof check{same} --profile {larger}"


def _fix(clauses: list[str]) -> str:
    """Which clause to begin with, and how many are left."""
    first, *others = clauses
    return f"fix {named(first)}" + (f" first, and {len(others)} more after it" if others else "")


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
    nothing = report.collected is not None and not report.collected.events
    if nothing and report.exit_code == 0:
        return "payloadproof probe -- COMMAND runs it with telemetry on, too"
    if nothing:
        return (
            "nothing arrived, so nothing was proved. Check that the program was used, that it was"
            " allowed to send, and that it sent to the address payloadproof record gave it"
        )
    if report.findings:
        return "fix the program, then record and audit again"
    return "run payloadproof check --adapter ... to test what a recording cannot show"


def _next_of_a_probe(report: Report, given: str) -> str:
    counting = _counting(report, "failed")
    found = sorted((one for one in report.findings if one.clause in counting), key=badness)
    if found:
        fix = _fix(list(dict.fromkeys(one.clause for one in found)))
        run = next((one.evidence[0] for one in found if one.evidence), None)
        if run is None:
            return fix
        return f"{fix}; to see one run again: payloadproof {only(given, run)}"
    if report.stale:
        return "delete from the baseline the entries that are no longer seen"
    if not any(one.controls for one in report.verdicts):
        on = f"{report.turned_on_by or 'VARIABLE'}=1"
        return (
            "is it off by default? Then payloadproof"
            f" {given.replace('probe', f'probe --set {on}', 1)}; else give it something to do:"
            " a command that is short may end before it sends"
        )
    if not report.findings:
        return "payloadproof init begins tests of your own, which a probe cannot make"
    return (
        f"accept what stays: payloadproof {given.replace('probe', 'probe --write-baseline B', 1)}"
    )


def only(given: str, run: str) -> str:
    """A probe's options and command, with but one of its runs."""
    return given.replace("probe", f"probe --only {shell.word(run)}", 1)

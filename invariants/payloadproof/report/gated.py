"""What a gate says beside its verdicts: the corpus file by file, and the news.

Rule 1: what decides nothing says so, and how it would.
Rule 2: each file comes with what to do with it. More than a few of which the same is said are one
line with their number, so that they do not push the findings off a screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from payloadproof.clauses.clause import named
from payloadproof.outcome.gate import CorpusFile, Drawn, State
from payloadproof.outcome.model import Report, ReportedFinding
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

_SAID: dict[State, tuple[str, str, str]] = {
    "failed": ("✗", "bold red", "FAILED"),
    "unsteady": ("~", "yellow", "not seen each time"),
    "accepted": ("≈", "yellow", "accepted by the baseline"),
    "fixed": ("✓", "green", "FIXED, and kept as a regression test"),
    "not_run": ("·", "dim", "not run"),
    "added": ("+", "bold", "new: commit it, and every run begins with it"),
}
FEW = 3  # files of which the same is said that have a line each
_NEWS = ("!", "bold yellow", "FAILED, as news")


def gated(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Print it, where there is anything to say; ``verbose``: a line for every file."""
    for line in (*_corpus(report.corpus, verbose=verbose), *_news(report)):
        console.print(line, soft_wrap=True)


def _corpus(files: tuple[CorpusFile, ...], *, verbose: bool) -> Iterator[Text]:
    old = [one for one in files if one.state != "added"]
    if files:
        still = sum(one.state == "failed" for one in old)
        counted = f": {len(old)} run first, {still} failed" if old else ""
        yield Text(f"\nCorpus{counted}", style="bold")
    alike: dict[tuple[object, ...], list[CorpusFile]] = defaultdict(list)
    for one in files:
        alike[one.state, one.news, Path(one.file).parent, one.reason].append(one)
    for some in alike.values():
        if len({one.file for one in some}) > FEW and not verbose:
            yield _many(some)
        else:
            yield from map(_one, some)


def _one(one: CorpusFile) -> Text:
    mark, style, word = said(one)
    why = f": {one.reason}" if one.reason else ""
    return Text.assemble(
        (f"  {mark} {word}", style),
        printable(f"  {shell.path(one.file)}  {named(one.clause)}{why}"),
    )


def _many(some: list[CorpusFile]) -> Text:
    """Files of one folder of which the same is said, as one line."""
    first = some[0]
    folder = Path(first.file).parent
    mark, style, word = said(first)
    if first.state == "added":
        word = "new: commit them, and every run begins with them"
        if first.news:
            move = f"mv {shell.path(folder)}/*.json {shell.path(folder.parent)}"
            word = f"new, and no part of the gate until you move them up: {move}"
    number = len({one.file for one in some})
    why = f": {first.reason}" if first.reason else ""
    where = printable(f"  {number} files in {shell.path(folder)}{why}; --verbose names them")
    return Text.assemble((f"  {mark} {word}", style), where)


def said(one: CorpusFile) -> tuple[str, str, str]:
    """What became of a file: a mark, a style, and words."""
    mark, style, word = _SAID[one.state]
    return _as_news(one, mark, style, word) if one.news else (mark, style, word)


def _as_news(one: CorpusFile, mark: str, style: str, word: str) -> tuple[str, str, str]:
    match one.state:
        case "failed":
            return _NEWS
        case "added":
            up = shell.path(Path(one.file).parent.parent)
            move = f"mv {shell.path(one.file)} {up}"
            return mark, style, f"new, and no part of the gate until you move it up: {move}\n   "
        case _:
            return mark, style, word


def _news(report: Report) -> Iterator[Text]:
    drawn = report.drawn
    if drawn is None and not report.news:
        return
    found = f"{len(report.news)} finding(s), which do not fail the run" if report.news else "none"
    if drawn is not None and drawn.fails:
        found = "what it has found is among the findings"
    yield Text(f"\nNews: {found}", style="bold")
    if drawn is not None:
        yield Text(printable(f"  {drawn_line(drawn)}"), style="dim")
    for finding in report.news:
        yield from _finding(finding)


def drawn_line(drawn: Drawn) -> str:
    """What was drawn anew, and what that means for the run."""
    if drawn.problem is not None:
        return f"the new scenarios, of seed {drawn.seed}, ended early: {drawn.problem}"
    counts = "" if drawn.fails else "; with --explore fail what they find fails the run"
    return f"{drawn.scenarios:,} new scenarios were drawn, of seed {drawn.seed}{counts}"


def _finding(finding: ReportedFinding) -> Iterator[Text]:
    yield Text.assemble(("  ! ", "bold yellow"), (named(finding.clause), "bold yellow"))
    yield Text(f"    expected  {finding.expected}")
    yield Text(f"    observed  {finding.observed}")
    if finding.file:
        yield Text(f"    payloadproof replay {shell.path(finding.file)}", style="bold")

"""What a person sees while a run goes on: each finding when it is confirmed, and that it is alive.

Rule 1: what is shown of a finding is final: it stands. What holds so far is said to hold so far.
Rule 2: in a terminal the lines of a check go when its report comes, which has them again. What is
piped stays, so a clause has one line there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from payloadproof.clauses.clause import every_clause
from payloadproof.outcome.events import (
    Began,
    Confirmed,
    Ended,
    Estimated,
    Event,
    KindBegan,
    RoundEnded,
    ScenarioRan,
    Standing,
    Stopping,
)
from payloadproof.outcome.model import ClauseVerdict, ReportedFinding, Verdict
from payloadproof.protocol.messages import Implementation
from payloadproof.report.terminal import finding_line
from payloadproof.syntax.printable import printable

_MINUTES_FROM_S = 120.0
SAID_EVERY_S = 20.0  # where nothing moves: so often is it said that a run goes on


class _Lines(RichProgress):
    """Lines that go with the bar below them."""

    lines: tuple[Text, ...] = ()

    def get_renderables(self) -> Iterable[RenderableType]:
        if self.lines:  # it has no console yet when it is asked for the first time
            yield from self.lines[-max(1, self.console.height - 3) :]
        yield from super().get_renderables()


class Bar:
    """A line that moves in a terminal; plain lines anywhere else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = _Lines(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._found: set[str] = set()  # clauses
        self._held: dict[str, Verdict] = {}
        self._ran = 0
        self._began_at = self._said_at = time.monotonic()
        self._runs = False  # of a program as it is: there is no end of scenarios

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show what a run says."""
        match event:
            case Began(implementation, seed):
                self._began(implementation, seed)
            case KindBegan(kind):
                if self._runs:
                    self._bar.update(self._task, description=kind)
                if self._runs and not self._console.is_terminal:
                    self._console.print(f"run: {kind}", highlight=False, markup=False)
            case Estimated(runs, seconds):
                self._estimated(runs, seconds)
            case Confirmed(finding):
                self._confirmed(finding)
            case ScenarioRan():
                self._ran += 1
                self._bar.advance(self._task)
                self._alive()
            case Standing(verdicts):
                self._standing(verdicts)
            case RoundEnded(number, fresh):
                brought = f"{fresh} new kind(s) of breach" if fresh else "nothing new"
                self._console.print(f"round {number}: {brought}", style="bold", highlight=False)
            case Ended():
                self._bar.stop()  # what comes next stays
            case Stopping():
                self._console.print("stopping; another Ctrl-C discards the result")
            case _:
                pass  # the report has the rest

    def _began(self, implementation: Implementation, seed: int | None) -> None:
        """Say who answered, and the seed while nothing has failed yet."""
        if seed is None:
            self._runs = True
            self._console.print(Text.assemble("probing ", (printable(implementation.name), "bold")))
            return
        self._console.print(
            Text.assemble(
                "checking ",
                (printable(f"{implementation.name} {implementation.version}"), "bold"),
                printable(f", {implementation.language}; seed {seed}"),
            )
        )

    def _estimated(self, runs: int, seconds: float) -> None:
        line = (
            f"as a rule {runs} runs, about {_spell(seconds)} in all; a minute or two more where it"
            " waits for a network that fails"
        )
        self._console.print(line, style="dim", highlight=False, soft_wrap=True)

    def _confirmed(self, finding: ReportedFinding) -> None:
        """Print the text of a finding: once a clause, for it is said again when it is small."""
        if self._runs:
            self._console.print(finding_line(finding), soft_wrap=True)
        elif finding.clause not in self._found:
            self._found.add(finding.clause)
            line = finding_line(finding)
            if self._console.is_terminal:
                line.truncate(self._console.width, overflow="ellipsis")
                self._bar.lines = (*self._bar.lines, line)
                self._bar.refresh()
            else:
                self._console.print(line, soft_wrap=True)

    def _standing(self, verdicts: tuple[ClauseVerdict, ...]) -> None:
        """What passes so far a later scenario can still break."""
        self._held |= {one.clause: one.verdict for one in verdicts}
        self._bar.update(self._task, description=self._so_far())

    def _so_far(self) -> str:
        held = sum(verdict == "passed" for verdict in self._held.values())
        hold = "clause holds" if held == 1 else "clauses hold"
        broken = sum(every_clause()[one].level != "INFO" for one in self._found)
        return f"so far {held} {hold}, {broken} {'is' if broken == 1 else 'are'} broken; scenarios"

    def _alive(self) -> None:
        now = time.monotonic()
        if not (self._runs or self._console.is_terminal) and now > self._said_at + SAID_EVERY_S:
            self._said_at = now
            line = f"{now - self._began_at:.0f} s: {self._so_far()}: {self._ran:,}"
            self._console.print(line, style="dim", highlight=False, soft_wrap=True)


def _spell(seconds: float) -> str:
    """A time that is not known to the second."""
    if seconds < _MINUTES_FROM_S:
        return f"{max(10 * round(seconds / 10), 10)} s"
    return f"{seconds / 60:.0f} minutes"


@contextmanager
def reading(what: str, size: int, console: Console) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of some files; yields what has to be told how many more were read."""
    with RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(f"reading {what}", total=size)
        yield lambda more: bar.advance(task, more)

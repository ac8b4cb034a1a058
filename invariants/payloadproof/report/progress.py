"""What a person sees while a run goes on: verdicts as they fall, and that it is alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
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

from payloadproof.outcome.events import (
    Began,
    Confirmed,
    Ended,
    Event,
    KindBegan,
    RoundEnded,
    ScenarioRan,
    Standing,
    Stopping,
)
from payloadproof.outcome.model import ClauseVerdict, Verdict
from payloadproof.protocol.messages import Implementation
from payloadproof.report.terminal import finding_line, verdict_line
from payloadproof.syntax.printable import printable


class Bar:
    """A line that moves in a terminal; plain lines, one a verdict, anywhere else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._shown: dict[str, Verdict] = {}
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
                self._bar.update(self._task, description=kind)
                if self._runs and not self._console.is_terminal:
                    self._console.print(f"run: {kind}", highlight=False, markup=False)
            case Confirmed(finding):
                if self._runs:
                    self._console.print(finding_line(finding), soft_wrap=True)
            case ScenarioRan():
                self._bar.advance(self._task)
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

    def _standing(self, verdicts: tuple[ClauseVerdict, ...]) -> None:
        """Print the verdicts as they stand, each once.

        What is vacuous so far may still be exercised by a later kind of scenario.
        """
        for one in verdicts:
            if one.verdict != "vacuous" and self._shown.get(one.clause) != one.verdict:
                self._shown[one.clause] = one.verdict
                # Where it is piped, nothing has to fit.
                width = self._console.width if self._console.is_terminal else None
                self._console.print(verdict_line(one, width), soft_wrap=True)


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

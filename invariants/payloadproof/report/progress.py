"""What a person sees while a run goes on: verdicts as they fall, and that it is alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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

from payloadproof.protocol.messages import Implementation
from payloadproof.report.model import ClauseVerdict, Verdict
from payloadproof.report.terminal import verdict_line
from payloadproof.run.check import Progress
from payloadproof.run.properties import Property


class Bar(Progress):
    """A line that moves in a terminal; plain lines, one a verdict, anywhere else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,} scenarios"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._shown: dict[str, Verdict] = {}

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

    def began(self, implementation: Implementation, seed: int) -> None:
        """Say who answered, and the seed while nothing has failed yet."""
        self._console.print(
            Text.assemble(
                "checking ",
                (f"{implementation.name} {implementation.version}", "bold"),
                f", {implementation.language}; seed {seed}",
            )
        )

    def property_began(self, prop: Property) -> None:
        """Name the kind of scenario."""
        self._bar.update(self._task, description=prop.name)

    def scenario_ran(self) -> None:
        """Count."""
        self._bar.advance(self._task)

    def round_ended(self, number: int, fresh: int) -> None:
        """Say what a round of a survey has brought."""
        brought = f"{fresh} new kind(s) of breach" if fresh else "nothing new"
        self._console.print(f"round {number}: {brought}", style="bold", highlight=False)

    def ending(self) -> None:
        """Say what Ctrl-C does now."""
        self._console.print("stopping where it is; Ctrl-C gives the result up")

    def property_ended(self, standing: tuple[ClauseVerdict, ...]) -> None:
        """Print the verdicts of its aims as they stand, each once.

        What is vacuous so far may still be exercised by a later property.
        """
        for one in standing:
            if one.verdict != "vacuous" and self._shown.get(one.clause) != one.verdict:
                self._shown[one.clause] = one.verdict
                # Where it is piped, nothing has to fit.
                width = self._console.width if self._console.is_terminal else None
                self._console.print(verdict_line(one, width), soft_wrap=True)


@contextmanager
def reading(path: Path, size: int, console: Console) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of a file; yields what has to be told how many more were read."""
    with RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(f"reading {path.name}", total=size)
        yield lambda more: bar.advance(task, more)

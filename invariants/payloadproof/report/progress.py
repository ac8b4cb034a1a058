"""What a person sees while a run goes on: verdicts as they fall, and that it is alive."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from payloadproof.check import Progress
from payloadproof.protocol.messages import Implementation
from payloadproof.report.model import ClauseVerdict
from payloadproof.report.terminal import verdict_line
from payloadproof.suite.properties import Property


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
        self._began = time.monotonic()

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

    def property_ended(self, standing: tuple[ClauseVerdict, ...]) -> None:
        """Print the verdicts of its aims as they stand."""
        for verdict in standing:
            self._console.print(verdict_line(verdict), soft_wrap=True)

"""The console that everything meets before it meets a terminal.

Rule 1: no text gets past it that a terminal would act on, whoever forgot to make it printable.
What colours and moves is ours, and is no text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from payloadproof.syntax.printable import printable


class Terminal(Console):
    """Rich's console, with every text made printable on its way out."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As Rich renders it, each text made printable."""
        for segment in super().render(renderable, options):
            said: Any = segment.text
            if segment.control or said.isprintable() or said == "\n":
                yield segment
            else:
                yield Segment(printable(said, lines=True), segment.style)

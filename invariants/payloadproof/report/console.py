"""The console that everything meets before it meets a terminal.

Rule 1: no text gets past it that a terminal would act on, whoever forgot to make it printable.
What colours and moves is ours, and is no text.
Rule 2: what cannot be spelt where it goes is spelt in ASCII.
Rule 3: what a terminal shows breaks between words. A line that holds a command stays one line, or
it could not be copied; and where there is no terminal every line does.
Rule 4: a stream that takes no more is an error, which whoever prints gets to see.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Any, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from payloadproof.syntax.printable import printable

_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "○": "o", "≈": "~", "·": ".", "…": "...", "━": "=", "╸": "=", "╺": "-"}
    | {chr(dots): "*" for dots in range(0x2800, 0x2900)}  # what turns while a run goes on
)


class Terminal(Console):
    """Rich's console, with every text made printable on its way out."""

    def __init__(self, **options: Any) -> None:
        # What stands between two colons is no picture: an adapter may be called direct:a:b.
        super().__init__(emoji=False, **options)

    @property
    def _spells_all(self) -> bool:
        encoding = getattr(self.file, "encoding", None) or "utf-8"
        return encoding.lower().replace("-", "").startswith(("utf", "cp65001"))

    def on_broken_pipe(self) -> NoReturn:
        """Called by Rich where nobody reads any more; it would end everything with 1 by itself."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """As Rich prints it; ``soft_wrap`` is for what a terminal may break between words."""
        if soft_wrap and self.is_terminal:
            soft_wrap = any(_has_a_command(one) for one in objects)
        super().print(*objects, soft_wrap=soft_wrap, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As Rich renders it, each text made printable."""
        for segment in super().render(renderable, options):
            said: Any = segment.text
            if not said.isascii() and not self._spells_all:
                said = said.translate(_ASCII)
            if not segment.control and said != "\n":
                said = printable(said, lines=True)
            yield segment if said == segment.text else Segment(said, segment.style, segment.control)


def _has_a_command(told: object) -> bool:
    text = told.plain if isinstance(told, Text) else str(told)
    return "payloadproof " in text or text.startswith("next: ")

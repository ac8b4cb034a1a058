"""A command of the program's own that turns telemetry on or off, and that the program remembers.

Rule 1: the harness runs it, in the directories and the environment of the run; nobody reads what it
writes. What the program does afterwards is what is judged.
Rule 2: a scenario says which of the two was run by a placeholder, where it says of a file what that
holds: a contract has one of them, a file or a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Decision = Literal["on", "off"]
Said = Literal["on", "off", "falls through", "silent"]

#: What stands in a scenario for a command that was run; None where none was.
RAN: Final[Mapping[Decision, str]] = {"on": "{command:on}", "off": "{command:off}"}


class Layer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """One that may decide: each kind of it has a tag, and says in ``says`` what it decides."""


class ConsentCommand(Layer, frozen=True, kw_only=True, tag="command"):
    """A command of the program's own, as ``prog telemetry off``, whose decision it remembers.

    It is run without a terminal and without input, with the variables that the program gets, and
    has to end by itself, with exit code 0. As long as it was not run, the next layer decides. What
    it sends itself is judged, too: the person has just said no. A contract has one command, or one
    file: where a command writes a file that the contract knows, say the file.
    """

    name: str  # what the program's own status calls this layer
    off: tuple[str, ...] = ()  # the command that turns telemetry off, word by word
    on: tuple[str, ...] = ()  # the command that turns it on

    def argv(self, text: str | None) -> tuple[str, ...]:
        """The words of the command that stands for this in a scenario; none for no command."""
        said = self.says(text)
        return {"on": self.on, "off": self.off}.get(said, ())

    def says(self, text: str | None) -> Said:
        """What it says, once this was run."""
        said = next((one for one, ran in RAN.items() if ran == text), None)
        return said or "falls through"

    def holding(self, decision: Decision) -> str | None:
        """What stands in a scenario for its being run so; None where there is no such command."""
        return RAN[decision] if getattr(self, decision) else None

    @property
    def texts(self) -> list[str | None]:
        """Everything that may stand in a scenario; None for no command."""
        return [None, *(RAN[one] for one in RAN if getattr(self, one))]

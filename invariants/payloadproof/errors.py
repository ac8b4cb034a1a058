"""What went wrong that is not a finding, as values a person can act on."""

from __future__ import annotations

from dataclasses import dataclass


# Not frozen: contextlib sets an exception's traceback, and a frozen one refuses.
@dataclass(eq=False)
class HarnessError(Exception):
    """The run cannot go on, or its result could not be trusted; exit code 2.

    Attributes:
        code: stable, for scripts: ``adapter-unknown``, ``adapter-silent``, ...
        message: one sentence that says what was wrong and where.
        causes: the usual reasons, likeliest first.
        next: what to do now; a command to copy where there is one.
        evidence: what was sent and what came back, as text.
    """

    code: str
    message: str
    causes: tuple[str, ...] = ()
    next: str = ""
    evidence: str = ""

    def __str__(self) -> str:
        lines = [self.message]
        if self.evidence:
            lines += ["", *(f"  {line}" for line in self.evidence.splitlines())]
        if self.causes:
            lines += ["", "usual causes:", *(f"  - {cause}" for cause in self.causes)]
        if self.next:
            lines += ["", f"next: {self.next}"]
        return "\n".join(lines)

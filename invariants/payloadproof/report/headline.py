"""How a run ended, in a line: what every page begins with."""

from __future__ import annotations

from typing import Literal, NamedTuple

from payloadproof.outcome.model import Report


class Headline(NamedTuple):
    """``tone``: as the exit code is; ``words``: what made it so."""

    tone: Literal["good", "bad", "unknown"]
    words: str


def headline(report: Report) -> Headline:
    """Of a report."""
    broken = sum(one.verdict == "failed" and report.counts(one) for one in report.verdicts)
    held = sum(one.verdict == "passed" for one in report.verdicts)
    match report.exit_code:
        case 0:
            return Headline("good", f"{held} promise{'s' * (held != 1)} kept")
        case 1 if broken:
            return Headline("bad", f"{broken} promise{'s' * (broken > 1)} broken")
        case 1:
            return Headline("bad", "not everything was proved")
        case _:
            return Headline("unknown", "no result")

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
    failed = [one for one in report.verdicts if one.verdict == "failed"]
    broken = sum(map(report.counts, failed))
    spared = len(failed) - broken  # SHOULD clauses, without --strict
    held = sum(one.verdict == "passed" for one in report.verdicts)
    match report.exit_code:
        case 0:
            return Headline("good", f"{held} promise{'s' * (held != 1)} kept")
        case 1 if broken:
            more = f", and {spared} that should be kept" if spared else ""
            return Headline("bad", f"{broken} promise{'s' * (broken > 1)} broken{more}")
        case 1:
            return Headline("bad", "not everything was proved")
        case _:
            return Headline("unknown", "no result")

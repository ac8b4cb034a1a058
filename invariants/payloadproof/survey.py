"""What a baseline is written from: runs of the suite, until they meet nothing new.

Rule 1: each round makes other scenarios, and passes over every kind of breach that was met before.
Rule 2: the survey ends when several rounds in a row meet nothing new, since one that does not is
mostly luck. There is an end too where something new never stops.
Rule 3: a clause that some round showed broken in a few scenarios only may pass the next time, by
chance. Its entries are seldom met, and the file says so.
"""

from __future__ import annotations

import random
import secrets
from typing import NamedTuple

import msgspec

from payloadproof.check import Plan, Progress, stale
from payloadproof.deep import known
from payloadproof.report.model import Report
from payloadproof.together import check_together
from payloadproof.workers import merged

QUIET = 2  # rounds in a row
MOST = 10
# Of what turns up in five scenarios of a round, a round in 150 meets nothing.
OFTEN = 5


class Surveyed(NamedTuple):
    """What all rounds have met, and the clauses that a round may well not show broken."""

    report: Report
    seldom: frozenset[str]


def survey(plan: Plan, progress: Progress | None = None, *, workers: int = 1) -> Surveyed:
    """Run rounds of the suite; ``plan.seed`` is the first one's, and decides all others.

    Raises:
        HarnessError: as :func:`payloadproof.check.check`.
    """
    progress = progress or Progress()
    seed = secrets.randbits(32) if plan.seed is None else plan.seed
    seeds = random.Random(seed)  # noqa: S311  # scenarios are no secret
    rounds: list[Report] = []
    report: Report | None = None
    passed_over = plan.accepted
    quiet = 0
    while quiet < QUIET and len(rounds) < MOST:
        round_seed = seeds.getrandbits(32) if rounds else seed
        this = plan._replace(survey=True, seed=round_seed, accepted=passed_over)
        one = check_together(this, progress, workers=workers)
        rounds.append(one)
        report = merged(report, one) if report else one
        passed_over = (*passed_over, *known(one))
        quiet = 0 if one.findings else quiet + 1
        progress.round_ended(len(rounds), len(one.findings))
    assert report
    return Surveyed(_whole(plan, report, seed, rounds), _seldom(rounds))


def _whole(plan: Plan, report: Report, seed: int, rounds: list[Report]) -> Report:
    notes = [f"the survey made {len(rounds)} round(s)"]
    if last := rounds[-1].findings:
        notes.append(f"its last round still met {len(last)} new kind(s): another survey meets more")
    return msgspec.structs.replace(
        report,
        seed=seed,
        seconds=round(sum(one.seconds for one in rounds), 3),
        notes=(*report.notes, *notes),
        # What a round passed over as known is no entry of the baseline.
        accepted=tuple(one for one in plan.accepted if one in report.accepted),
        stale=stale(plan, report.verdicts),
    )


def _seldom(rounds: list[Report]) -> frozenset[str]:
    least: dict[str, int] = {}
    for one in (verdict for report in rounds for verdict in report.verdicts if verdict.scenarios):
        least[one.clause] = min(one.broken, least.get(one.clause, one.broken))
    return frozenset(clause for clause, times in least.items() if times < OFTEN)

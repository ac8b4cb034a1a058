"""What a baseline is written from: runs of the suite, until they meet nothing new.

Rule 1: each round makes other scenarios, and passes over every kind of breach that was met before.
Rule 2: the survey ends when several rounds in a row meet nothing new, and few kinds were met by one
round alone: the next round meets about as many new ones as these divided by the rounds (Good and
Turing). There is an end too where something new never stops, and then the report says what to
expect.
Rule 3: a clause that some round showed broken in a few scenarios only may pass the next time, by
chance. Its entries are seldom met, and the file says so.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from payloadproof.outcome.accepted import Kind
from payloadproof.outcome.events import Listener, RoundEnded, finals, nobody
from payloadproof.outcome.model import Report, stale
from payloadproof.outcome.plan import Plan
from payloadproof.run.deep import known
from payloadproof.run.seeds import seed_of
from payloadproof.run.together import shared
from payloadproof.run.workers import merged

QUIET = 2  # rounds in a row
FEW = 0.25  # new kinds to be expected of one more round
MOST = 12
# Of what turns up in five scenarios of a round, a round in 150 meets nothing.
OFTEN = 5


class Surveyed(NamedTuple):
    """What all rounds have met, and the clauses that a round may well not show broken."""

    report: Report
    seldom: frozenset[str]


def survey(
    plan: Plan,
    listen: Listener = nobody,
    *,
    keep: Callable[[Surveyed], object],
    workers: int = 1,
) -> Surveyed:
    """Run rounds of the suite; ``plan.seed`` is the first one's, and decides all others.

    Args:
        plan: what to run.
        listen: told of every round, and that the survey is over.
        keep: called with what was met so far after every round, since some take long.
        workers: the processes that share each round.

    Raises:
        HarnessError: as :func:`payloadproof.run.check.check`.
    """
    seed = seed_of(plan)
    seeds = random.Random(seed)  # noqa: S311  # scenarios are no secret
    rounds: list[Report] = []
    report: Report | None = None
    passed_over = plan.accepted
    quiet = 0
    surveyed: Surveyed
    while len(rounds) < MOST and (quiet < QUIET or _to_come(rounds) > FEW):
        round_seed = seeds.getrandbits(32) if rounds else seed
        this = plan._replace(survey=True, seed=round_seed, accepted=passed_over)
        one = shared(this, listen, workers=workers)
        rounds.append(one)
        report = merged(report, one) if report else one
        passed_over = (*passed_over, *known(one))
        quiet = 0 if one.findings else quiet + 1
        listen(RoundEnded(len(rounds), len(one.findings)))
        surveyed = Surveyed(_whole(plan, report, seed, rounds), _seldom(rounds))
        keep(surveyed)
    finals(surveyed.report, listen)
    return surveyed


def _to_come(rounds: list[Report]) -> float:
    """How many kinds one more round may be expected to meet that none has met yet."""
    met: Counter[Kind] = Counter()
    for one in rounds:
        met.update({(found.clause, str(found.fingerprint)) for found in one.findings})
        met.update({entry.kind for entry in one.accepted})
    return sum(times == 1 for times in met.values()) / len(rounds)


def _whole(plan: Plan, report: Report, seed: int, rounds: list[Report]) -> Report:
    notes = [f"the survey took {len(rounds)} round(s)"]
    if (to_come := _to_come(rounds)) > FEW and len(rounds) == MOST:
        notes.append(f"one more round would probably find {to_come:.1f} new kind(s)")
    return msgspec.structs.replace(
        report,
        seed=seed,
        seconds=round(sum(one.seconds for one in rounds), 3),
        notes=(*report.notes, *notes),
        # What a round passed over as known is no entry of the baseline.
        accepted=tuple(one for one in plan.accepted if one in report.accepted),
        stale=stale(plan.accepted, report.verdicts),
    )


def _seldom(rounds: list[Report]) -> frozenset[str]:
    least: dict[str, int] = {}
    for one in (verdict for report in rounds for verdict in report.verdicts if verdict.scenarios):
        least[one.clause] = min(one.broken, least.get(one.clause, one.broken))
    return frozenset(clause for clause, times in least.items() if times < OFTEN)

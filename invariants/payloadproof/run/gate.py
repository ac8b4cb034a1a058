"""A run that does not change its colour: what was kept, what is fixed, and what is drawn beside it.

Rule 1: the corpus comes first, then the scenarios of the tables and those of one seed. They are the
same in every run, and they alone decide, unless it was asked otherwise.
Rule 2: what is drawn anew comes last. What it finds is news: it is told and kept, and fails nothing
with ``news``; with ``fail`` it counts like any other. That it breaks is news, too.
Rule 3: what fails is kept in the corpus. News go into a folder of their own there, so that to keep
them changes no colour: whoever moves such a file up makes it a part of the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.outcome.events import (
    Began,
    Confirmed,
    Ended,
    Event,
    Final,
    KindBegan,
    Listener,
    Standing,
    finals,
)
from payloadproof.outcome.gate import Drawn
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding, stale
from payloadproof.outcome.plan import Plan
from payloadproof.run import seeds
from payloadproof.run.corpus import Rerun, kept_now, rerun
from payloadproof.run.deep import known
from payloadproof.run.properties import PROFILES
from payloadproof.run.together import shared
from payloadproof.run.workers import merged

Explore = Literal["off", "news", "fail"]
PART = 4  # of the fixed scenarios: so many are drawn beside them


def gated(
    plan: Plan,
    listen: Listener,
    run: Callable[[Listener], Report],
    *,
    explore: Explore = "off",
    workers: int = 1,
) -> Report:
    """Run the corpus, then ``run``, then draw, and say that it is over.

    Args:
        plan: what to run. A survey writes nothing into the corpus.
        listen: told of all of it as of one run.
        run: the fixed part; what it says of its own end is not passed on.
        explore: what becomes of scenarios that are drawn anew.
        workers: the processes that share those.

    Raises:
        HarnessError: as :func:`payloadproof.run.check.check`, or by a file of the corpus.
    """
    before = rerun(plan, listen)
    report = _with_the_corpus(run(_Middle(listen, begun=bool(before.files))), before)
    news: tuple[ReportedFinding, ...] = ()
    if explore != "off":
        drawn, news = _drawn(plan, listen, report, workers=workers, fails=explore == "fail")
        report = msgspec.structs.replace(
            report, drawn=drawn, scenarios=report.scenarios + drawn.scenarios
        )
    old_news = before.news
    if explore == "fail":
        report = _also(report, (*old_news, *news))
        old_news = news = ()
    files = before.files
    if not plan.survey:
        files += (
            *kept_now(plan, report.findings, before, news=False),
            *kept_now(plan, news, before, news=True),
        )
    whole = msgspec.structs.replace(
        report, corpus=files, news=(*old_news, *news), stale=stale(plan.accepted, report.verdicts)
    )
    return finals(whole, listen)


class _Middle:
    """Passes on what a part of a run says, but for its beginning and its end."""

    def __init__(self, listen: Listener, *, begun: bool) -> None:
        self._listen = listen
        self._begun = begun

    def __call__(self, event: Event) -> None:
        match event:
            case Ended() | Final():
                return
            case Began() if self._begun:
                return
        self._listen(event)


def _with_the_corpus(report: Report, before: Rerun) -> Report:
    if not before.files:
        return report
    reasons = {entry.clause: entry.reason for entry in before.met}
    whole = _also(report, before.findings, reasons)
    return msgspec.structs.replace(
        whole,
        scenarios=report.scenarios + before.scenarios,
        accepted=tuple(dict.fromkeys((*report.accepted, *before.met))),
    )


def _also(
    report: Report, findings: Sequence[ReportedFinding], accepted: dict[str, str] | None = None
) -> Report:
    """The report of one run that found these, too."""
    failed = {one.clause for one in findings}
    reasons = accepted or {}

    def verdict(one: ClauseVerdict) -> ClauseVerdict:
        word: Literal["failed", "accepted", "not_run"]
        word = "failed" if one.clause in failed else "not_run"
        if one.clause in reasons and word != "failed":
            word = "accepted"
        return msgspec.structs.replace(
            one,
            verdict=word,
            scenarios=0,
            controls=0,
            findings=0,
            broken=0,
            reason=reasons.get(one.clause) if word == "accepted" else None,
        )

    other = msgspec.structs.replace(
        report,
        scenarios=0,
        verdicts=tuple(map(verdict, report.verdicts)),
        findings=tuple(findings),
        notes=(),
    )
    return merged(report, other)


def _drawn(
    plan: Plan, listen: Listener, gate: Report, *, workers: int, fails: bool
) -> tuple[Drawn, tuple[ReportedFinding, ...]]:
    """What scenarios of a new seed find that the gate does not know."""
    seed = seeds.drawn()
    examples = plan.examples or PROFILES[plan.profile].examples
    this = plan._replace(
        seed=seed,
        examples=max(1, examples // PART),
        explores=True,
        accepted=(*plan.accepted, *known(gate)),
    )

    def quietly(event: Event) -> None:
        match event:
            case KindBegan(kind):
                listen(KindBegan(f"news: {kind}"))
            case Began() | Confirmed() | Standing():
                pass
            case _:
                listen(event)

    try:
        report = shared(this, quietly, workers=workers)
    except HarnessError as error:
        if fails:
            raise
        return Drawn(seed=seed, scenarios=0, fails=fails, problem=error.message), ()
    return Drawn(seed=seed, scenarios=report.scenarios, fails=fails), report.findings

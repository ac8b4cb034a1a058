"""The scenarios that a repository keeps, run before anything else: is what they showed still there?

Rule 1: each is judged by its own clause, as ``replay`` would: a definite breach is seen once, one
that rests on absence or time three times of three.
Rule 2: what this run cannot judge is said, and is neither FIXED nor FAILED.
Rule 3: whatever a file makes go wrong names that file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from payloadproof.clauses.clause import SURROUNDINGS, clauses, every_clause, named
from payloadproof.clauses.registry import Finding, judge
from payloadproof.drive.runner import Runner
from payloadproof.errors import HarnessError
from payloadproof.evidence.history import History
from payloadproof.generate.ground import Ground
from payloadproof.outcome.accepted import Entry, Kind, in_force, kinds
from payloadproof.outcome.events import Began, Confirmed, KindBegan, Listener, ScenarioRan
from payloadproof.outcome.gate import CorpusFile, State
from payloadproof.outcome.model import ReportedFinding, reported
from payloadproof.outcome.plan import Plan
from payloadproof.run.check import filed, running
from payloadproof.run.seeds import seed_of
from payloadproof.run.sightings import LINGER_S, SIGHTINGS, standing
from payloadproof.scenario import steps as do
from payloadproof.scenario.corpus import Kept, keep, read
from payloadproof.scenario.steps import Scenario
from payloadproof.scenario.store import Saved


class Rerun(NamedTuple):
    """What became of a corpus: each file, what still fails and what does so among the news.

    ``met``: entries of the baseline; ``shown``: what kinds of breach its files show, accepted ones
    left out.
    """

    files: tuple[CorpusFile, ...] = ()
    findings: tuple[ReportedFinding, ...] = ()
    news: tuple[ReportedFinding, ...] = ()
    met: tuple[Entry, ...] = ()
    scenarios: int = 0

    @property
    def shown(self) -> frozenset[Kind]:
        """The kinds of breach that its files still show."""
        return frozenset(_kind(one) for one in (*self.findings, *self.news))


def rerun(plan: Plan, listen: Listener) -> Rerun:
    """Run every scenario of the plan's corpus again.

    Raises:
        HarnessError: a file cannot be used, or the adapter cannot be reached or breaks over one.
    """
    kept = read(plan.corpus, plan.contract) if plan.corpus is not None else ()
    for one in kept:
        if one.saved.clause not in every_clause():
            raise HarnessError(
                code="corpus-refused",
                message=f"{one.path} is not run: there is no clause {one.saved.clause!a}",
                causes=("it was kept by a newer version of payloadproof",),
                next="install that version, or delete the file",
            )
    if not kept:
        return Rerun()
    with running(plan) as (runner, ground):
        listen(Began(runner.initialized.implementation, seed_of(plan)))
        listen(KindBegan("corpus"))
        return _Rerun(plan, listen, runner, ground).of(kept)


class _Rerun:
    """A corpus on its way."""

    def __init__(self, plan: Plan, listen: Listener, runner: Runner, ground: Ground) -> None:
        self._plan = plan
        self._listen = listen
        self._runner = runner
        self._ground = ground
        self._accepted = in_force(plan.accepted)
        self._met: dict[Kind, Entry] = {}
        self._failing: list[tuple[Kept, ReportedFinding]] = []

    def of(self, kept: Sequence[Kept]) -> Rerun:
        """Run all of them; what comes late is looked at once, for all that seem fixed."""
        files = [self._run(one) for one in kept]
        pairs = list(zip(kept, files, strict=True))
        waiting = {one.saved.scenario.encoded() for one, file in pairs if file.state == "fixed"}
        if waiting:
            self._runner.linger(LINGER_S)
        late = [one for one in self._runner.late() if _encoded(one) in waiting]
        files = [self._late(one, file, late) for one, file in pairs]
        return Rerun(
            files=tuple(files),
            findings=tuple(finding for one, finding in self._failing if not one.news),
            news=tuple(finding for one, finding in self._failing if one.news),
            met=tuple(self._met.values()),
            scenarios=self._runner.scenarios,
        )

    def _run(self, one: Kept) -> CorpusFile:
        if why := _unjudged(one.saved, self._plan, self._ground):
            return _file(one, "not_run", why)
        seen: list[Finding] = []
        for _ in range(SIGHTINGS):
            history = self._history(one)
            lacking = {call.params.op for call in history.calls if call.kind == "unsupported"}
            if lacking:
                return _file(one, "not_run", f"the adapter has no {', '.join(sorted(lacking))}")
            found = judge(history, [one.saved.clause]).findings
            fresh, entry = self._fresh(found, one.saved.scenario)
            if entry is not None and not fresh:
                return _file(one, "accepted", entry.reason)
            seen += fresh[:1]
            if (stands := standing(seen)) is not None:
                return self._failed(one, stands)
        return _file(one, "unsteady" if seen else "fixed")

    def _history(self, one: Kept) -> History:
        try:
            history = self._runner.run(one.saved.scenario)
        except HarnessError as error:
            error.message = f"{one.path}: {error.message}"
            raise
        except Exception as error:  # a hostile file is found out here at the latest
            raise HarnessError(
                code="corpus-refused",
                message=f"{one.path} cannot be run: {type(error).__name__}: {error}",
                next="put back the file as it was committed, or delete it",
            ) from error
        self._listen(ScenarioRan())
        return history

    def _late(self, one: Kept, file: CorpusFile, late: Collection[History]) -> CorpusFile:
        if file.state != "fixed":
            return file
        mine = [history for history in late if history.scenario == one.saved.scenario]
        for history in mine:
            found, _ = self._fresh(judge(history, [one.saved.clause]).findings, one.saved.scenario)
            for finding in found:
                if finding.definite:
                    return self._failed(one, finding)
        return file

    def _fresh(
        self, findings: Sequence[Finding], scenario: Scenario
    ) -> tuple[list[Finding], Entry | None]:
        """The findings that the baseline does not accept, and the entry that accepts another."""
        fresh: list[Finding] = []
        entry = None
        for finding in findings:
            accepted = [k for k in kinds(finding, scenario) if k in self._accepted]
            for kind in accepted:
                entry = self._met[kind] = self._accepted[kind]
            if not accepted:
                fresh.append(finding)
        return fresh, entry

    def _failed(self, one: Kept, finding: Finding) -> CorpusFile:
        told = filed(self._plan, reported(finding, one.saved.scenario))
        self._failing.append((one, told))
        if not one.news:
            self._listen(Confirmed(told))
        return _file(one, "failed")


def _file(one: Kept, state: State, reason: str | None = None) -> CorpusFile:
    return CorpusFile(
        file=str(one.path), clause=one.saved.clause, state=state, news=one.news, reason=reason
    )


def _encoded(history: History) -> bytes:
    return history.scenario.encoded() if history.scenario else b""


def _unjudged(saved: Saved, plan: Plan, ground: Ground) -> str | None:
    """Why a run cannot say anything about a file."""
    name = saved.clause
    if name not in clauses():
        return f"{named(name)} is judged by what a program does as it is, not by scenarios"
    if name not in plan.clauses:
        return "not selected by --only"
    clause = clauses()[name]
    if clause.level == "INFO":
        return "the clause is for information only"
    apart = saved.scenario.enclosed or any(map(_apart, saved.scenario.steps))
    if apart and "child process" not in ground.surroundings:
        return f"it {SURROUNDINGS['child process']}"
    if saved.scenario.enclosed and "network namespace" not in ground.surroundings:
        return f"it {SURROUNDINGS['network namespace']}"
    return (
        clause.not_applicable(ground.contract)
        or clause.not_run(ground.surroundings)
        or clause.unsupported(ground.capabilities)
    )


def _apart(step: do.AnyStep) -> bool:
    match step:
        case do.Crash() | do.Race() | do.Fork() | do.Weigh():
            return True
        case do.Backfill(killed_at=killed_at, rival=rival):
            return killed_at is not None or rival
        case _:
            return False


def kept_now(
    plan: Plan, findings: Sequence[ReportedFinding], before: Rerun, *, news: bool
) -> Iterator[CorpusFile]:
    """Write what a run has found into the plan's corpus, unless a file already shows the same.

    Args:
        plan: whose corpus.
        findings: of clauses that can fail a run.
        before: what the corpus showed when the run began.
        news: whether they are to lie among the news.

    Raises:
        HarnessError: one cannot be written.
    """
    known = Counter(before.shown)
    for one in findings:
        silent = every_clause()[one.clause].level == "INFO"
        if plan.corpus is None or one.scenario is None or silent or known[_kind(one)]:
            continue
        known[_kind(one)] += 1
        saved = Saved(clause=one.clause, message=one.message, scenario=one.scenario)
        path = keep(Path(plan.corpus), saved, news=news)
        yield CorpusFile(file=str(path), clause=one.clause, state="added", news=news)


def _kind(finding: ReportedFinding) -> Kind:
    return finding.clause, str(finding.fingerprint)

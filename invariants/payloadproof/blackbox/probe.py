"""A published program, unmodified: caught, staged, run as two people, and judged.

Rule 1: this module judges nothing. Each run becomes evidence, and the clauses judge the runs as
they judge any other; a run without a switch is the control of one with, an untroubled run that of
the faults.
Rule 2: what costs a run is run when a clause asks for it (:mod:`payloadproof.blackbox.wanted`).
Rule 3: the first run says how long one may take: every other is ended 30 s after its length.
Rule 4: what others are measured by is run alone; of the rest, one is made beside others while they
only wait (:mod:`payloadproof.blackbox.beside`), and the report has them in one order.
"""

from __future__ import annotations

import bisect
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from payloadproof.billing.meter import metered
from payloadproof.blackbox import asked
from payloadproof.blackbox import wanted as runs_of
from payloadproof.blackbox.beside import Beside, Under
from payloadproof.blackbox.casting import drawn
from payloadproof.blackbox.caught import Tell
from payloadproof.blackbox.caught import nobody as unwatched
from payloadproof.blackbox.driving import GRACE_S, QUIET_S, Command, Driver, Made
from payloadproof.blackbox.noted import notes, rans
from payloadproof.blackbox.refusals import endless, known, possible
from payloadproof.blackbox.turned_on import variable
from payloadproof.blackbox.unproved import lacking, surroundings, unseen
from payloadproof.blackbox.wanted import Switch, Wanted
from payloadproof.clauses.allow.people import unexplained
from payloadproof.clauses.clause import Clause, every_clause
from payloadproof.clauses.host.endings import LATER_S, undisturbed
from payloadproof.clauses.registry import RUN_CHECKS, judge_runs
from payloadproof.evidence.quoting import UNMASKED, whole_names
from payloadproof.evidence.runs import FIRST, OTHER, Aspect, Run
from payloadproof.outcome.accepted import Entry, expired, in_force, kinds
from payloadproof.outcome.events import (
    Began,
    Confirmed,
    Estimated,
    KindBegan,
    Listener,
    ScenarioRan,
    finals,
    nobody,
)
from payloadproof.outcome.model import (
    ClauseVerdict,
    Report,
    Verdict,
    found_broken,
    reported,
    stale,
)
from payloadproof.protocol.messages import Implementation
from payloadproof.version import VERSION

FIRST_S = 120.0  # the longest that the first run may take, where nobody says how long one is
MORE_S = 30.0  # than an untroubled run, after which every other is ended
AGAIN_S = 10.0  # the same, where it is only asked whether it is late again
#: What needs runs with telemetry off, or more of the same, before it stands.
_MEASURED = frozenset({"H1", "H2", "H3"})
ASPECTS: tuple[Aspect, ...] = (
    "name",
    "host",
    "card",
    "machine id",
    "directory",
    "secrets",
    "prompt",
)


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be probed.

    Attributes:
        command: what is run, and how.
        switches: what is said to turn telemetry off, in the order in which it is tried.
        contract: the name of the contract that the switches and hosts are of; None without one.
        only: the names of runs; None for all. The controls are run with them.
        runs: untroubled runs of the first person, two at the least.
        seed: what the stage is drawn from.
        strict: whether SHOULD clauses count.
        accepted: entries of a baseline.
    """

    command: Command
    switches: tuple[Switch, ...]
    contract: str | None = None
    only: tuple[str, ...] | None = None
    runs: int = 2
    seed: str = ""
    strict: bool = False
    accepted: tuple[Entry, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Whatever placeholders may stand in."""
        return (*self.command.argv, *self.command.files.values())


def usual(probe: Probe) -> int:
    """How many runs there are where nothing is late and nothing depends on the person."""
    return runs_of.usual(probe.switches, probe.texts) + max(probe.runs - 2, 0)


def at_most(probe: Probe) -> tuple[int, float]:
    """How many runs there are at the most, and the seconds that all of them take at the most."""
    number = runs_of.at_most(probe.switches, probe.texts) + max(probe.runs - 2, 0)
    told = probe.command.told_after_s or 0.0
    first = told + GRACE_S if told else FIRST_S
    notice = probe.command.notice
    starts = 2 if notice is not None and notice.sends == "from the next start" else 1
    return number, starts * (first + (number - 1) * (first + MORE_S + QUIET_S))


def probe(
    plan: Probe,
    listen: Listener = nobody,
    *,
    env: Mapping[str, str] | None = None,
    watch: Callable[[Made], None] | None = None,
    tell: Tell = unwatched,
) -> Report:
    """Make the runs, and judge them.

    Args:
        plan: what is to be probed.
        listen: told of each run, each finding, and the end.
        env: what the command's environment is made from; by default this process's.
        watch: shown each run when it has been made.
        tell: told of each request while its run goes on.

    Raises:
        HarnessError: no network can be had; there is no such command, or no such run; the first
            run does not end.
    """
    possible(plan.command.argv)
    known(plan.only or (), plan.switches, plan.texts)
    with TemporaryDirectory(prefix="payloadproof-", ignore_cleanup_errors=True) as scratch:
        stages = {who: drawn(plan.seed, who) for who in (FIRST, OTHER)}
        surrounding = os.environ if env is None else env
        driver = Driver(plan.command, stages, Path(scratch), surrounding, tell)
        with whole_names():
            probing = _Probing(plan, driver, listen, watch, surrounding)
            return finals(probing.report(), listen)


class _Probing:
    """One probe on its way."""

    def __init__(
        self,
        plan: Probe,
        driver: Driver,
        listen: Listener,
        watch: Callable[[Made], None] | None,
        surrounding: Mapping[str, str],
    ) -> None:
        self._plan = plan
        self._surrounding = surrounding
        self._watch = watch
        self._driver = driver
        self._listen = listen
        self._made: list[Made] = []
        self._alone = 0  # of them, those that had to be
        self._asked: set[str] = set()  # names of runs
        self._disturbed = False
        self._confirmed: set[tuple[str, str]] = set()
        self._began = time.monotonic()

    def report(self) -> Report:
        """Run what has to be run, and say what was seen."""
        name = Path(self._plan.command.argv[0]).name
        implementation = Implementation(name=name, version="as it is", language="a command")
        self._listen(Began(implementation, None))
        for one in self._chosen(runs_of.basic(self._plan.switches)):
            self._make(one)
        for number in range(3, self._plan.runs + 1):
            self._make(Wanted(name=f"{runs_of.AS_IT_IS}, time {number}"))
        if unexplained(self.runs):
            self._tell_people_apart()
        self._make_beside()
        self._tell(_MEASURED)
        return self._reported(implementation)

    @property
    def telemetry(self) -> frozenset[str]:
        """The hosts that some run took for telemetry."""
        return frozenset(host.name for made in self._made for host in made.run.telemetry)

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs; a host that is telemetry in one of them is so in all."""
        known = self.telemetry
        return tuple(_classed(made.run, known) for made in self._made)

    def _chosen(self, wanted: Iterable[Wanted]) -> Iterator[Wanted]:
        """Those that were asked for, and the first, which is the control of all others."""
        only = self._plan.only
        for one in wanted:
            control = one.name.startswith(runs_of.AS_IT_IS)
            if only is None or one.name in only or control:
                yield one

    def _make(self, one: Wanted) -> None:
        self._listen(KindBegan(one.name))
        bound_s = self._bound_s(MORE_S)
        began = time.monotonic()
        made = self._driver.made(one, self.telemetry, bound_s)
        first = not self._made
        if first:
            self._look_at_the_first(made.run, bound_s)
        self._take(made)
        if first and self._plan.only is None:
            number = usual(self._plan)
            self._listen(Estimated(number, number * (time.monotonic() - began)))

    def _take(self, made: Made, at: int | None = None) -> None:
        """It is evidence from here on; ``at``: its place, where that is not the last."""
        self._made.insert(len(self._made) if at is None else at, made)
        if self._watch is not None:
            self._watch(made)
        self._listen(ScenarioRan())
        self._tell(RUN_CHECKS.keys() - _MEASURED)

    def _make_beside(self) -> None:
        """The runs with something wrong, side by side, and those that they ask for."""
        self._alone = len(self._made)
        queue = [*self._chosen(runs_of.givens(self._plan.texts))]
        alone = bool(self._plan.command.reach)
        with Beside(
            self._driver, lambda made: undisturbed(made.run, self.runs), alone=alone
        ) as beside:
            queue += self._asked_for()
            while queue or beside.under_way:
                # What may be held up begins first, and the rest is made while that waits.
                queue.sort(key=lambda one: one.fault not in runs_of.FAULTS)
                if one := beside.next(queue):
                    self._listen(KindBegan(one.name))
                    more_s = AGAIN_S if one.time > 1 else MORE_S
                    beside.begin(one, self.telemetry, self._bound_s(more_s))
                made, again = beside.ended()
                for each in made:
                    ranks = [earlier.wanted.rank for earlier in self._made[self._alone :]]
                    at = self._alone + bisect.bisect(ranks, each.wanted.rank)
                    self._take(each, at)
                queue[:0] = [again] if again else []
                late = frozenset(u.wanted.fault for u in beside.under_way if self._is_late(u))
                queue += self._asked_for(late)
        self._disturbed = beside.disturbed

    def _tell(self, clauses: Iterable[str]) -> None:
        """Say what has been found and was not said yet."""
        for finding in judge_runs(self.runs, clauses).findings:
            key = (finding.clause, finding.kind or finding.message)
            if key not in self._confirmed:
                self._confirmed.add(key)
                self._listen(Confirmed(reported(finding)))

    def _bound_s(self, more_s: float) -> float:
        """When the next run is ended: beyond the slowest of those that H3 measures it by.

        Were it measured from the first, a busy machine would make late ends look like early ones.
        """
        measures = [
            made.run.took_s
            for made in self._made
            if made.run.ended != "stopped" and (made.run.untroubled or made.run.switch)
        ]
        if measures:
            return max(measures) + more_s
        return FIRST_S if self._plan.command.told_after_s is None else GRACE_S

    def _look_at_the_first(self, run: Run, bound_s: float) -> None:
        if run.ended == "stopped":
            raise endless(run, bound_s, self._plan.command.told_after_s)

    def _tell_people_apart(self) -> None:
        for one in runs_of.second_pair():
            self._make(one)
        if unexplained(self.runs):
            for one in runs_of.one_at_a_time(ASPECTS):
                self._make(one)

    def _is_late(self, under: Under) -> bool:
        """Whether a run with a faulty network is late already, however it will end."""
        one = under.wanted
        if self._plan.command.told_after_s is not None or one.switch or one.time > 1:
            return False
        if one.fault not in runs_of.FAULTS:
            return False
        return time.monotonic() - under.began_at > self._bound_s(LATER_S)

    def _asked_for(self, late_already: Collection[str] = ()) -> Iterator[Wanted]:
        """What the evidence asks for, and nobody has asked for yet; where there is telemetry."""
        if not self.telemetry:
            return
        further = asked.further(self._made, self.runs, late_already)
        for one in (*self._chosen(runs_of.faults()), *further):
            if one.name not in self._asked:
                self._asked.add(one.name)
                yield one

    def _turned_on_by(self) -> str | None:
        """A variable that may turn its telemetry on, and was not set."""
        printed = b"\n".join(text for run in self.runs for text in (run.stdout, run.stderr))
        command = self._plan.command
        named = variable(command.argv, self._surrounding, printed)
        return None if named in command.set else named

    def _judged(self) -> dict[str, Clause]:
        return {name: one for name, one in every_clause().items() if name in RUN_CHECKS}

    def _verdicts(self) -> Iterator[ClauseVerdict]:
        judgement = judge_runs(self.runs, RUN_CHECKS)
        accepted = in_force(self._plan.accepted)
        command, switches = self._plan.command, self._plan.switches
        there = surroundings(command, switches, self.runs)
        for name, clause in self._judged().items():
            found = [one for one in judgement.findings if one.clause == name]
            open_ = [one for one in found if not any(k in accepted for k in kinds(one, None))]
            broken = found_broken(clause.level)
            verdict: Verdict = broken if open_ else "accepted" if found else "passed"
            reason = "; ".join(
                dict.fromkeys(
                    accepted[k].reason for one in found for k in kinds(one, None) if k in accepted
                )
            )
            absent = lacking(name, clause, there, switches)
            if verdict == "passed" and absent:
                verdict, reason = "not_run", absent
            elif verdict == "passed" and name not in judgement.exercised:
                verdict, reason = "vacuous", unseen(name, clause)
            yield ClauseVerdict(
                clause=name,
                level=clause.level,
                verdict=verdict,
                scenarios=len(self._made),
                controls=int(name in judgement.exercised),
                findings=len(open_),
                broken=len(found),
                reason=reason or None,
            )

    def _reported(self, implementation: Implementation) -> Report:
        judgement = judge_runs(self.runs, RUN_CHECKS)
        accepted = in_force(self._plan.accepted)
        met = {k for one in judgement.findings for k in kinds(one, None) if k in accepted}
        fresh = [
            one for one in judgement.findings if not any(k in accepted for k in kinds(one, None))
        ]
        order = list(self._judged())
        verdicts = tuple(self._verdicts())
        return Report(
            payloadproof=VERSION,
            command="probe",
            implementation=implementation,
            adapter=None,
            contract=self._plan.contract or "none",
            profile=None,
            seed=None,
            seconds=round(time.monotonic() - self._began, 3),
            scenarios=len(self._made),
            verdicts=verdicts,
            findings=tuple(map(reported, sorted(fresh, key=lambda one: order.index(one.clause)))),
            notes=(
                *expired(self._plan.accepted),
                *notes(self._made, self.runs, self._plan.contract, disturbed=self._disturbed),
            ),
            strict=self._plan.strict,
            masked=not UNMASKED.get(),
            accepted=tuple(entry for kind, entry in accepted.items() if kind in met),
            stale=stale(self._plan.accepted, verdicts),
            runs=tuple(rans(self._made, self.runs)),
            turned_on_by=None if self.telemetry else self._turned_on_by(),
            billed=metered(self.runs[0].to_posthog) if self._made else None,
        )


def _classed(run: Run, telemetry: frozenset[str]) -> Run:
    if not any(host.kind == "other" and host.name in telemetry for host in run.hosts):
        return run  # with all that was worked out of it
    hosts = tuple(
        msgspec.structs.replace(host, kind="telemetry")
        if host.kind == "other" and host.name in telemetry
        else host
        for host in run.hosts
    )
    return msgspec.structs.replace(run, hosts=hosts)

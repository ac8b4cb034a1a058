"""The main job: one implementation, checked against one contract, on evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext

import msgspec
from hypothesis.configuration import set_hypothesis_home_dir

from payloadproof.adapters import memory
from payloadproof.adapters.process import ProcessConnector
from payloadproof.clauses.clause import clauses, named
from payloadproof.clauses.registry import judge
from payloadproof.contract.neutral import HOLDS, LACKING, NONE
from payloadproof.drive import enclosure
from payloadproof.drive.runner import Runner
from payloadproof.errors import HarnessError
from payloadproof.evidence.history import History
from payloadproof.evidence.project import project_of
from payloadproof.evidence.quoting import UNMASKED
from payloadproof.generate.ground import Ground
from payloadproof.outcome.accepted import expired, in_force, kinds
from payloadproof.outcome.events import (
    Began,
    Confirmed,
    KindBegan,
    Listener,
    ScenarioRan,
    Standing,
    nobody,
)
from payloadproof.outcome.model import (
    ClauseVerdict,
    Report,
    ReportedFinding,
    Verdict,
    doubted,
    found_broken,
    reported,
    stale,
)
from payloadproof.outcome.plan import Plan, Smoke
from payloadproof.recorder.server import Recorder
from payloadproof.run.explore import Explorer, Found
from payloadproof.run.first_light import first_light, first_words, lights_out, unheard
from payloadproof.run.handed_in import handed_in
from payloadproof.run.mapping import mapped
from payloadproof.run.properties import PROFILES, SUITE, Property
from payloadproof.run.seeds import alone, seed_of
from payloadproof.run.sightings import SIGHTINGS
from payloadproof.scenario.store import Saved, save
from payloadproof.version import VERSION

LAST_WORDS_S = 1.0
MONTH_MS = 30 * 24 * 3600 * 1000


def check(
    plan: Plan,
    listen: Listener = nobody,
    *,
    enough: Callable[[], bool] = lambda: False,
    suite: Iterable[Property] = SUITE,
) -> Report:
    """Run the suite, or some of it, and say what was seen: less once ``enough`` says so.

    ``listen`` is told how it goes; that it is over is said by whoever began it.

    Raises:
        HarnessError: the adapter cannot be reached or breaks the protocol; a check of ours broke;
            what is allowed to be unsupported is supported.
    """
    return _Check(plan, listen, enough).run(suite)


@contextmanager
def running(plan: Plan) -> Iterator[tuple[Runner, Ground]]:
    """A recorder, a warm adapter, and what scenarios are made from.

    Raises:
        HarnessError: the adapter cannot be reached or does not speak the protocol.
    """
    with (
        Recorder(project=project_of(plan.contract)) as recorder,
        Runner(plan.contract, plan.connector, recorder) as runner,
    ):
        # A month ago: ingestion rewrites timestamps that lie far ahead, never those that lie back.
        now_ms = int(time.time()) // 86_400 * 86_400_000 - MONTH_MS
        capabilities = runner.initialized.capabilities
        yield runner, Ground(plan.contract, capabilities, now_ms, surroundings(plan))


def surroundings(plan: Plan) -> frozenset[str]:
    """What a run has of that which some clauses need."""
    apart = isinstance(plan.connector, ProcessConnector)
    has = {
        "child process": apart,
        "deep profile": plan.profile == "deep",
        "memory figures": memory.can_be_told(),
        "network namespace": apart and enclosure.available(),
    }
    return frozenset(name for name, there in has.items() if there)


class _Check:
    """One run on its way."""

    def __init__(self, plan: Plan, listen: Listener, enough: Callable[[], bool]) -> None:
        self._plan = plan
        self._enough = enough
        self._listen = listen
        self._seed = seed_of(plan)
        self._profile = PROFILES[plan.profile]
        if plan.examples is not None:
            self._profile = self._profile._replace(examples=plan.examples)
        self._dark = ""
        self._accepted = in_force(plan.accepted)

    def run(self, suite: Iterable[Property]) -> Report:
        began = time.monotonic()
        home = self._plan.home
        if home is not None:
            # Hypothesis keeps a folder of its own, by default in the user's directory.
            set_hypothesis_home_dir(home / "hypothesis")
        drawing = nullcontext() if self._searches else alone()
        with drawing, running(self._plan) as (runner, ground):
            implementation = runner.initialized.implementation
            self._listen(Began(implementation, self._seed))
            self._gaps = self._unjudgeable(ground)
            explorer = Explorer(
                runner,
                ground,
                [clause for clause in self._plan.clauses if clause not in self._gaps],
                profile=self._profile,
                seed_=self._seed,
                examples_in=home / "examples" if home and self._searches else None,
                on_scenario=lambda: self._listen(ScenarioRan()),
                on_found=lambda found: self._listen(Confirmed(self._reported(found))),
                kinds=kinds,
                accepted=self._accepted,
                survey=self._plan.survey,
                enough=self._enough,
            )
            self._look_for_light(explorer)
            for prop in () if self._dark else suite:
                self._property(prop, explorer)
            runner.linger(LAST_WORDS_S)
            for history in runner.late():
                self._judge_late(explorer, history)
            verdicts = tuple(self._verdict(clause, explorer) for clause in clauses())
            return Report(
                payloadproof=VERSION,
                command="check",
                implementation=implementation,
                adapter=self._plan.connector.spec,
                contract=self._plan.contract_name,
                profile=self._plan.profile,
                seed=self._seed,
                seconds=round(time.monotonic() - began, 3),
                scenarios=runner.scenarios,
                verdicts=verdicts,
                findings=self._findings(explorer.found.values()),
                unsteady=self._findings(
                    one for name, one in explorer.unsteady.items() if not explorer.broken(name)
                ),
                notes=self._notes(explorer),
                strict=self._plan.strict,
                masked=not UNMASKED.get(),
                accepted=tuple(e for kind, e in self._accepted.items() if kind in explorer.met),
                stale=stale(self._plan.accepted, verdicts),
                billed=explorer.billed,
                roads=mapped(ground, explorer.clauses, explorer.cells),
            )

    @property
    def _searches(self) -> bool:
        """Whether it goes by what is known here, too: a gate is the same on each machine."""
        return self._plan.explores or self._plan.profile == "deep"

    def _unjudgeable(self, ground: Ground) -> dict[str, ClauseVerdict]:
        found = {}
        allowed = self._plan.allow_unsupported
        for name, clause in clauses().items():
            lacking = clause.not_applicable(ground.contract)
            missing = clause.unsupported(ground.capabilities)
            absent = clause.not_run(ground.surroundings)
            if self._plan.contract_name == NONE and name not in HOLDS:
                absent = LACKING
            chosen = len(self._plan.clauses) < len(clauses()) and name in self._plan.clauses
            if chosen and absent and not lacking:
                raise HarnessError(
                    code="clause-not-run",
                    message=f"{named(name)} cannot be judged in this run: it {absent}",
                    next=f"give the run what it needs, or remove {name} from --only",
                )
            if name in allowed and not missing:
                raise HarnessError(
                    code="exception-stale",
                    message=f"{named(name)} may be unsupported, but the adapter supports it",
                    next=f"remove {name} from --allow-unsupported",
                )
            if name not in self._plan.clauses:
                found[name] = _unjudged(name, "not_run", "not selected by --only")
            elif absent == LACKING:
                found[name] = _unjudged(name, "not_run", absent)
            elif lacking:
                found[name] = _unjudged(name, "not_applicable", lacking)
            elif absent:
                found[name] = _unjudged(name, "not_run", absent)
            elif missing:
                found[name] = _unjudged(name, "unsupported", missing, allowed=name in allowed)
        return found

    def _look_for_light(self, explorer: Explorer) -> None:
        scenario = first_light(explorer.ground)
        for finding in explorer.observe(scenario):
            # Nothing arrived: that is the whole run being vacuous, not one clause failing.
            if finding.definite:
                explorer.add(finding, scenario)
        if not explorer.arrived:
            self._dark = (
                f"nothing arrived at the recorder: {len(scenario.steps)} steps with consent on"
                " sent no request"
            )

    def _property(self, prop: Property, explorer: Explorer) -> None:
        aims = [aim for aim in prop.aims if aim in self._plan.clauses and aim not in self._gaps]
        if self._enough() or not aims or not prop.possible(explorer.ground):
            return
        if self._plan.explores:
            prop = prop._replace(cases=lambda _: ())
        self._listen(KindBegan(prop.name))
        explorer.explore(prop, shrink=self._plan.shrink)
        standing = tuple(self._verdict(aim, explorer) for aim in aims)
        self._listen(Standing(standing))

    def _judge_late(self, explorer: Explorer, history: History) -> None:
        assert history.scenario
        late = judge(history, explorer.clauses).findings
        for finding in explorer.fresh(late, history.scenario):
            if finding.definite:
                explorer.add(finding, history.scenario)

    def _verdict(self, name: str, explorer: Explorer) -> ClauseVerdict:
        if name in self._gaps:
            return self._gaps[name]
        failed = explorer.broken(name)
        fired = explorer.fired[name]
        accepted = [
            e.reason for k, e in self._accepted.items() if name == k[0] and k in explorer.met
        ]
        verdict: Verdict = "accepted" if accepted else "passed"
        reason = "; ".join(dict.fromkeys(accepted)) or None
        if failed:
            verdict = found_broken(clauses()[name].level)
        elif name in explorer.unsteady:
            verdict = "unsteady"
            reason = f"seen broken, but not in all {SIGHTINGS} runs of the same scenario"
        if verdict == "passed" and not fired:
            verdict = "vacuous"
            reason = (
                self._dark or f"not put to the test, which takes this: {clauses()[name].control}"
            )
        return doubted(
            ClauseVerdict(
                clause=name,
                level=clauses()[name].level,
                verdict=verdict,
                scenarios=explorer.judged[name],
                controls=fired,
                findings=failed,
                broken=explorer.broke[name],
                reason=reason,
                unfinished=tuple(
                    _cut_short(kind, explorer.cut_short[kind])
                    for kind in dict.fromkeys(explorer.unfinished.get(name, ()))
                ),
            )
        )

    def _findings(self, kept: Iterable[Found]) -> tuple[ReportedFinding, ...]:
        order = list(clauses())
        reports = map(self._reported, kept)
        told = sorted(reports, key=lambda one: (order.index(one.clause), *mildness(one)))
        return tuple(filed(self._plan, one) if self._plan.saves else one for one in told)

    def _reported(self, found: Found) -> ReportedFinding:
        return reported(found.finding, found.scenario, shrunk=found.shrunk)

    def _notes(self, explorer: Explorer) -> tuple[str, ...]:
        notes = [*expired(self._plan.accepted)]
        notes += [_cut_short(kind, clause) for kind, clause in explorer.cut_short.items()]
        notes += handed_in(explorer.ground)
        kinds = explorer.ground.capabilities.hostile
        return (*notes, f"the adapter can build {len(kinds)} kinds of hostile values")


def _cut_short(kind: str, clause: str) -> str:
    return (
        f"scenarios of the kind {kind!r} were cut short: {named(clause)} is broken, and each of"
        " them waited for it"
    )


def mildness(finding: ReportedFinding) -> tuple[bool, bool, tuple[int, int]]:
    """Of findings of one clause the worst is first: bytes, then what is made small."""
    assert finding.scenario
    return not finding.definite, not finding.shrunk, finding.scenario.weight


def filed(plan: Plan, finding: ReportedFinding) -> ReportedFinding:
    """The finding with a file to replay, written where the plan keeps them.

    Raises:
        HarnessError: it cannot be written.
    """
    if plan.home is None or finding.scenario is None:
        return finding
    saved = Saved(
        clause=finding.clause,
        message=finding.message,
        adapter=plan.connector.spec,
        contract=plan.contract_name,
        scenario=finding.scenario,
    )
    return msgspec.structs.replace(finding, file=str(save(plan.home / "failures", saved)))


def _unjudged(name: str, verdict: Verdict, reason: str, *, allowed: bool = False) -> ClauseVerdict:
    return ClauseVerdict(
        clause=name,
        level=clauses()[name].level,
        verdict=verdict,
        scenarios=0,
        controls=0,
        findings=0,
        reason=reason,
        allowed=allowed,
    )


def smoke(plan: Plan) -> Smoke:
    """Two scenarios: one that must send, one that must not.

    Raises:
        HarnessError: as :func:`check`.
    """
    with running(plan) as (runner, ground):
        lit, dark = (runner.run(scenario(ground)) for scenario in (first_words, lights_out))
        return Smoke(runner.initialized.implementation, lit, dark, unheard(lit))

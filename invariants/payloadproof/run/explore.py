"""Makes scenarios, runs them, judges them, and makes the failing ones small.

Rule 1: shrinking holds one clause fixed, by that clause's own exception type, and one kind of
breach of it; what other clauses find on the way is kept once, as it was met.
Rule 2: a definite finding needs one sighting; one that rests on absence or time needs three of
three, at its first sighting and again when it has become small.
Rule 3: Hypothesis shrinks first, then what is left is made smaller as a scenario. Each stops when
its time is up; from then on only what has failed fails again, from memory, so that Hypothesis ends
where it is.
Rule 4: a finding stands, and is told, before anything of it is made small. A clause that is known
to be broken is not confirmed again, and where a broken program waits for a network that hangs, a
kind of scenario is given up once its patience is: what is known has not to be waited for again.
Rule 5: of one clause several findings are kept where their kinds differ: the first is made small,
the others are kept as they were met, if they are bytes on the wire.
Rule 6: a finding that a baseline accepts is noted and passed over, so that what lies behind it is
found. A survey passes over every kind it has met, makes nothing small, and keeps one of each.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import HypothesisException

from payloadproof.billing.meter import Metered, metered
from payloadproof.clauses.promises import Cell, travelled
from payloadproof.clauses.registry import VIOLATIONS, ClauseViolated, Finding, judge
from payloadproof.drive.runner import Runner
from payloadproof.errors import HarnessError
from payloadproof.generate.ground import Ground
from payloadproof.outcome.accepted import Kind
from payloadproof.run.properties import Profile, Property
from payloadproof.run.sightings import SIGHTINGS
from payloadproof.scenario.reduce import reduce
from payloadproof.scenario.steps import Scenario

SLOW_S = 3.0  # a scenario that takes so long has waited for something
PATIENCE = 5  # times the seconds for making a finding small, and SLOW_S at least
PATIENCE_MOST_S = 30.0  # in any profile: what is known has been waited for three times by then
KINDS = 4  # of breach of one clause, in a run
TWINS = 10  # of a property, in a run: the control has to fire, not to be exhausted


class _Abort(BaseException):
    """Carries a HarnessError past Hypothesis, which would try to shrink any Exception."""

    def __init__(self, error: HarnessError) -> None:
        self.error = error


class _Enough(BaseException):
    """Ends a pass of Hypothesis that has not failed."""


class Found:
    """The smallest scenario so far that breaks a clause."""

    def __init__(self, finding: Finding, scenario: Scenario, *, shrunk: bool) -> None:
        self.finding = finding
        self.scenario = scenario
        self.shrunk = shrunk


class Explorer:
    """One run of the suite: what was judged, what fired, what was found."""

    def __init__(
        self,
        runner: Runner,
        ground: Ground,
        clauses: Collection[str],
        *,
        profile: Profile,
        seed_: int,
        examples_in: Path | None,
        on_scenario: Callable[[], None] = lambda: None,
        on_found: Callable[[Found], None] = lambda _: None,
        kinds: Callable[[Finding, Scenario], tuple[Kind, ...]] = lambda one, _: ((one.clause, ""),),
        accepted: Collection[Kind] = (),
        survey: bool = False,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        self.judged: Counter[str] = Counter()
        self.fired: Counter[str] = Counter()
        self.cells: Counter[Cell] = Counter()  # of the map of roads and promises
        self.broke: Counter[str] = Counter()  # in how many scenarios, by what is accepted too
        # By clause; of another kind than its first, and in a survey all, by fingerprint too.
        self.found: dict[str, Found] = {}
        self._said: set[tuple[str, str]] = set()  # of findings that were looked at once
        self.met: set[Kind] = set()  # of those that are accepted
        self.unsteady: dict[str, Found] = {}  # by clause, the first that was not confirmed
        self.cut_short: dict[str, str] = {}  # kinds of scenarios, and the clause that waited
        self.unfinished: dict[str, list[str]] = {}  # the kinds cut short that aim at a clause
        self.arrived = 0  # requests of all scenarios
        self._hunted: set[str] = set()  # clauses whose finding is as small as it gets
        self._waited = 0.0
        self._waiting = ""
        self.billed = Metered()  # each scenario on its own: it has a home and persons of its own
        self._runner = runner
        self.ground = ground
        self.clauses = tuple(clauses)
        self._profile = profile
        self._seed = seed_
        self._examples_in = examples_in
        self._on_scenario = on_scenario
        self._on_found = on_found
        self._kinds = kinds
        self._accepted = accepted
        self._survey = survey
        self.enough = enough

    def observe(self, scenario: Scenario) -> tuple[Finding, ...]:
        """Run one scenario, count what its clauses say, and return their findings."""
        began = time.monotonic()
        history = self._runner.run(scenario)
        took = time.monotonic() - began
        self._on_scenario()
        self.arrived += len(history.requests)
        self.billed += metered(history.requests)
        judgement = judge(history, self.clauses)
        self.cells += travelled(history, judgement.exercised)
        self.judged.update(self.clauses)
        self.fired.update(judgement.exercised)
        self.broke.update({finding.clause for finding in judgement.findings})
        waits = [one.clause for one in judgement.findings if not one.definite]
        if took > SLOW_S and (known := [one for one in waits if self.broken(one)]):
            self._waited += took
            self._waiting = known[0]
        return self.fresh(judgement.findings, scenario)

    def fresh(self, findings: Iterable[Finding], scenario: Scenario) -> tuple[Finding, ...]:
        """Those to follow up; what is accepted is noted."""
        fresh = []
        for finding in findings:
            kinds = self._kinds(finding, scenario) if self._accepted or self._survey else ()
            accepted = [kind for kind in kinds if kind in self._accepted]
            self.met.update(accepted)
            known = self._survey and any(" ".join(kind) in self.found for kind in kinds)
            if not accepted and not known:
                fresh.append(finding)
        return tuple(fresh)

    def add(self, finding: Finding, scenario: Scenario, *, shrunk: bool = False) -> None:
        """Keep a finding, unless a smaller scenario already shows its clause broken so."""
        key = " ".join(self.kind_of(finding, scenario)) if self._survey else finding.clause
        known = self.found.get(key)
        if known is not None and not self._survey and not shrunk:
            key = self._another(finding, scenario)
            known = self.found.get(key)
        if known is None or (shrunk and not known.shrunk):
            self.found[key] = Found(finding, scenario, shrunk=shrunk)
            self._on_found(self.found[key])
            self._once_each(finding.clause)

    def _another(self, finding: Finding, scenario: Scenario) -> str:
        """Where a finding goes whose clause is known to be broken.

        Beside the first, if it is of another kind, rests on bytes, and there is room.
        """
        said = finding.clause, finding.kind or finding.message
        if said in self._said or not finding.definite or self.broken(finding.clause) >= KINDS:
            return finding.clause
        self._said.add(said)
        kind = self.kind_of(finding, scenario)
        first = self.found[finding.clause]
        if kind == self.kind_of(first.finding, first.scenario):
            return finding.clause
        return " ".join(kind)

    def _once_each(self, clause: str) -> None:
        """One finding of each kind: what has become small may be of a kind that is kept beside."""
        if self._survey:
            return
        first = self.found[clause]
        kind = " ".join(self.kind_of(first.finding, first.scenario))
        if kind != clause:
            self.found.pop(kind, None)

    def kind_of(self, finding: Finding, scenario: Scenario) -> Kind:
        """What kind of breach it is, by what a baseline would accept."""
        return self._kinds(finding, scenario)[0]

    def broken(self, clause: str) -> int:
        """How many findings of a clause are kept."""
        return sum(found.finding.clause == clause for found in self.found.values())

    def explore(self, prop: Property, *, shrink: bool = True) -> None:
        """Spend the profile's examples on one property, shrinking each clause of its aims once."""
        cases = list(prop.cases(self.ground))
        # A share that comes to nothing is of a kind whose cases are all that there is: chance adds
        # nothing to them, and some of them take as long as a hundred others.
        left = max(int(self._profile.examples * prop.share), 0 if cases else 1)
        waiting = iter(cases)
        aims = [aim for aim in prop.aims if aim in self.clauses and aim not in self._hunted]
        if self._survey:
            aims = []  # whatever breaks is kept, and nothing ends the pass
        self._waited = 0.0
        while True:
            hunt = _Hunt(self, prop, aims, shrink_s=self._profile.shrink_s if shrink else 0.0)
            hunt.walk(waiting)
            if hunt.target is None and left > 0 and not self.over():
                left -= hunt.generate(left, self._seed, self._examples_in)
            hunt.keep()
            if self.impatient():
                self.cut_short[prop.name] = self._waiting
                for aim in prop.aims:
                    self.unfinished.setdefault(aim, []).append(prop.name)
            if hunt.target is None:
                return
            aims.remove(hunt.target)
            self._hunted.add(hunt.target)
            if self.over() or not shrink:
                return

    def impatient(self) -> bool:
        """Whether scenarios of this kind have waited for long for what is known to be broken."""
        most = min(PATIENCE * self._profile.shrink_s, PATIENCE_MOST_S)
        return self._waited > max(SLOW_S, most)

    def over(self) -> bool:
        """Whether no further scenario of this kind is to be run."""
        return self.enough() or self.impatient()

    def confirmed(self, findings: Collection[Finding], scenario: Scenario) -> set[str]:
        """The clauses that stand: at once when definite, else when seen every time.

        What one run of the scenario says is asked of it for all of them at once.
        """
        doubtful = {one.clause: one for one in findings if not one.definite}
        for _ in range(SIGHTINGS - 1):
            if not doubtful:
                break
            again = {one.clause for one in self.observe(scenario)}
            for clause in doubtful.keys() - again:
                lost = doubtful.pop(clause)
                self.unsteady.setdefault(clause, Found(lost, scenario, shrunk=False))
        return {one.clause for one in findings if one.definite} | doubtful.keys()

    def standing(
        self, findings: Collection[Finding], scenario: Scenario, aims: Collection[str] = ()
    ) -> list[Finding]:
        """Those that stand: what rests on absence or time is looked for again once a clause.

        That a clause is broken which is known to be, and is none of ``aims``, is no news.
        """
        news = [
            one
            for one in findings
            if one.definite or self._survey or one.clause in aims or not self.broken(one.clause)
        ]
        stands = self.confirmed([one for one in news if not one.definite], scenario)
        return [one for one in news if one.definite or one.clause in stands]

    def twin(self, prop: Property, scenario: Scenario) -> None:
        """Run the control of a scenario."""
        if prop.twin is not None:
            twin = prop.twin(self.ground, scenario)
            for finding in self.standing(self.observe(twin), twin):
                self.add(finding, twin)


class _Hunt:
    """One pass of Hypothesis over a property, for the first clause of ``aims`` that breaks."""

    def __init__(
        self, explorer: Explorer, prop: Property, aims: Collection[str], *, shrink_s: float
    ) -> None:
        self.target: str | None = None
        self._explorer = explorer
        self._prop = prop
        self._aims = aims
        self._shrink_s = shrink_s
        self._deadline = 0.0
        self._first: tuple[Finding, Scenario] | None = None
        self._best: tuple[Finding, Scenario] | None = None
        self._kind: Kind | None = None
        self._failed: set[bytes] = set()
        self._twins = 0
        self._generated = 0

    def walk(self, cases: Iterator[Scenario]) -> None:
        """Look at the property's own cases until one fails."""
        for scenario in cases:
            if self._explorer.over():
                return
            try:
                self._look(scenario)
            except ClauseViolated:
                return

    def generate(self, examples: int, seed_: int, examples_in: Path | None) -> int:
        """Look at up to ``examples`` scenarios; how many were looked at before one failed."""
        phases = [Phase.reuse, Phase.generate, *([Phase.shrink] if self._shrink_s else [])]
        folder = self._prop.name.replace(" ", "-")
        database = DirectoryBasedExampleDatabase(examples_in / folder) if examples_in else None

        @seed(seed_)
        @settings(
            max_examples=examples,
            phases=phases,
            database=database,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(self._prop.scenarios(self._explorer.ground))
        def one_scenario(scenario: Scenario) -> None:
            try:
                self._look(scenario)
            except HarnessError as error:
                raise _Abort(error) from error

        try:
            one_scenario()
        except (ClauseViolated, _Enough):
            pass
        except _Abort as abort:
            raise abort.error from abort
        except HypothesisException:
            # Flaky: what failed once passed when it was run again. Three of three decides below.
            if self._best is None:
                raise
        return self._generated

    def _look(self, scenario: Scenario) -> None:
        if self.target is not None:
            self._shrink(scenario)
            return
        if self._explorer.over():
            raise _Enough
        self._generated += 1
        findings = self._explorer.observe(scenario)
        if self._prop.twin is not None and self._twins < TWINS:
            self._twins += 1
            self._explorer.twin(self._prop, scenario)
        standing = self._explorer.standing(findings, scenario, self._aims)
        for finding in standing:
            self._explorer.add(finding, scenario)
        for finding in standing:
            if finding.clause in self._aims:
                self.target = finding.clause
                self._deadline = time.monotonic() + self._shrink_s
                self._first = finding, scenario
                self._kind = self._explorer.kind_of(finding, scenario)
                self._fail(finding, scenario)

    def _shrink(self, scenario: Scenario) -> None:
        assert self.target
        if scenario.encoded() in self._failed:
            raise VIOLATIONS[self.target]
        if time.monotonic() > self._deadline or self._explorer.over():
            return
        for finding in self._explorer.observe(scenario):
            if self._is_the_same(finding, scenario):
                self._fail(finding, scenario)

    def _is_the_same(self, finding: Finding, scenario: Scenario) -> bool:
        """Whether what a smaller scenario shows is the breach that is made small."""
        same = finding.clause == self.target
        return same and self._explorer.kind_of(finding, scenario) == self._kind

    def _fail(self, finding: Finding, scenario: Scenario) -> None:
        self._failed.add(scenario.encoded())
        if self._best is None or scenario.weight < self._best[1].weight:
            self._best = finding, scenario
        raise VIOLATIONS[finding.clause](finding.message)

    def keep(self) -> None:
        """Make what failed small, and enter it."""
        if self._first is None or self._best is None:
            return
        if self._shrink_s and not self._explorer.over():
            reduce(self._best[1], self._still_fails, time.monotonic() + self._shrink_s)
        # The small one may have failed by chance: it has to stand like the first, which does. It
        # is not worth the wait where each of its runs waits again for what is known.
        smaller = (
            self._best[1] is not self._first[1]
            and not self._explorer.impatient()
            and self._explorer.confirmed([self._best[0]], self._best[1])
        )
        chosen = self._best if smaller else self._first
        self._explorer.add(*chosen, shrunk=bool(self._shrink_s))

    def _still_fails(self, scenario: Scenario) -> bool:
        for finding in self._explorer.observe(scenario):
            if self._is_the_same(finding, scenario):
                self._best = finding, scenario
                return True
        return False

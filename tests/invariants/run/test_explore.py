"""How long a run looks: a finding is told before it is made small, and no wait is waited twice."""

from collections import Counter

import pytest
from hypothesis import strategies as st

from payloadproof.clauses.finding import Finding, Judgement
from payloadproof.generate.property import Property
from payloadproof.outcome.accepted import kinds
from payloadproof.outcome.events import Confirmed
from payloadproof.run import explore
from payloadproof.run.check import check
from payloadproof.run.explore import PATIENCE_MOST_S, Explorer
from payloadproof.run.properties import Profile
from payloadproof.scenario import steps as do

HANG_S = 10.0
CASES = 40


class Clock:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


class Runner:
    """Every scenario waits for a network that hangs."""

    def __init__(self, clock):
        self.runs = 0
        self._clock = clock

    def run(self, scenario):
        self.runs += 1
        self._clock.now += HANG_S

        class History:
            requests = ()

        return History()


@pytest.fixture
def hanging(monkeypatch):
    """An explorer of a program whose shutdown waits, and how often it was run."""
    clock = Clock()
    runner = Runner(clock)
    late = [
        Finding(clause=one, expected="an end", observed="none", definite=False)
        for one in ("S2", "S3")
    ]
    monkeypatch.setattr(explore, "time", clock)
    monkeypatch.setattr(
        explore, "judge", lambda history, clauses: Judgement(tuple(late), frozenset())
    )
    monkeypatch.setattr(explore, "travelled", lambda *_: Counter())
    told = []
    made = Explorer(
        runner,
        None,
        ("S2", "S3", "S5"),
        profile=Profile(examples=CASES, shrink_s=2.0),
        seed_=1,
        examples_in=None,
        on_found=lambda found: told.append((found.finding.clause, runner.runs)),
    )
    cases = tuple(do.Scenario(steps=(do.Flush(),) * (n + 1), now_ms=0) for n in range(CASES))
    prop = Property(
        name="slow ends",
        aims=("S3", "S5"),
        drawn=lambda ground: pytest.fail("the cases have shown it"),
        cases=lambda ground: cases,
    )
    return made, prop, runner, told


def test_what_one_run_shows_again_is_confirmed_for_all_clauses_at_once(hanging):
    explorer, prop, _, told = hanging
    explorer.explore(prop)
    # It stands after three runs, the first and two more, and is told then, not when it is small.
    assert told[:2] == [("S2", 3), ("S3", 3)]


def test_a_kind_of_scenario_that_waits_for_what_is_known_is_cut_short_and_says_so(hanging):
    explorer, prop, runner, _ = hanging
    explorer.explore(prop)
    # Three until it stands, two on the way to a smaller one, of which none is looked at again.
    assert runner.runs == 5
    assert explorer.cut_short == {"slow ends": "S2"}
    assert explorer.found["S3"].shrunk


@pytest.mark.parametrize("shrink_s", [20.0, 120.0])
def test_no_profile_waits_for_minutes_for_what_is_known(hanging, shrink_s):
    explorer, prop, runner, _ = hanging
    explorer._profile = Profile(examples=CASES, shrink_s=shrink_s)
    explorer.explore(prop)
    assert runner.runs * HANG_S <= 3 * HANG_S + PATIENCE_MOST_S + 2 * HANG_S


def test_a_kind_that_is_cut_short_takes_no_other_with_it(hanging):
    explorer, prop, runner, _ = hanging
    explorer.explore(prop)
    before = runner.runs
    explorer.explore(prop._replace(name="others"))
    assert runner.runs > before


@pytest.mark.usefixtures("few")
def test_a_finding_is_told_before_it_is_made_small(plan):
    told = []
    check(plan("passes_unlisted_keys:PassesUnlistedKeys", only=("A1",)), told.append)
    first, *_, last = (one.finding for one in told if isinstance(one, Confirmed))
    assert not first.shrunk
    assert last.shrunk
    assert last.scenario.weight <= first.scenario.weight


@pytest.fixture
def broken_in_many_ways():
    """An explorer, and a way to let it see findings of A1 with these kinds."""
    explorer = Explorer(
        Runner(Clock()),
        None,
        ("A1",),
        profile=Profile(examples=1, shrink_s=2.0),
        seed_=1,
        examples_in=None,
        kinds=kinds,
    )

    def see(*said, definite=True, shrunk=False):
        for kind in said:
            one = Finding(
                clause="A1", expected="none", observed="one", kind=kind, definite=definite
            )
            explorer.add(one, do.Scenario(steps=(do.Flush(),), now_ms=0), shrunk=shrunk)
        return [one.finding.kind for one in explorer.found.values()]

    return explorer, see


def test_findings_of_one_clause_are_kept_where_their_kinds_differ(broken_in_many_ways):
    _, see = broken_in_many_ways
    assert see("a key", "a key", "a batch key", "a key") == ["a key", "a batch key"]


def test_no_more_kinds_of_one_clause_are_kept_than_a_person_reads(broken_in_many_ways):
    explorer, see = broken_in_many_ways
    assert len(see(*("kind " + letter for letter in "abcdefgh"))) == explore.KINDS
    assert explorer.broken("A1") == explore.KINDS


def test_what_rests_on_absence_is_kept_alone(broken_in_many_ways):
    _, see = broken_in_many_ways
    see("a key")
    assert see("something is lacking", definite=False) == ["a key"]


def test_what_has_become_small_takes_the_place_of_its_kind(broken_in_many_ways):
    explorer, see = broken_in_many_ways
    see("a key", "a batch key")
    assert see("a batch key", shrunk=True) == ["a batch key"]
    assert explorer.found["A1"].shrunk


def test_a_clause_whose_scenarios_were_left_out_is_known_by_the_kind(hanging):
    explorer, prop, _, _ = hanging
    explorer.explore(prop)
    assert explorer.unfinished == {"S3": ["slow ends"], "S5": ["slow ends"]}


class Scripted:
    """Every run of a scenario is what it was."""

    def run(self, scenario):
        class History:
            requests = ()
            steps = scenario.steps

        return History()


@pytest.fixture
def slipping(monkeypatch):
    """An explorer of a program whose small scenarios break a clause in another way."""

    def judged(history, clauses):
        kind = "a batch key" if len(history.steps) > 2 else "a key"
        one = Finding(clause="A1", expected="none", observed=kind, kind=kind)
        return Judgement((one,), frozenset())

    monkeypatch.setattr(explore, "judge", judged)
    monkeypatch.setattr(explore, "travelled", lambda *_: Counter())
    return Explorer(
        Scripted(),
        None,
        ("A1",),
        profile=Profile(examples=1, shrink_s=2.0),
        seed_=1,
        examples_in=None,
        kinds=kinds,
    )


def test_what_is_made_small_stays_of_its_kind(slipping):
    plain = do.Capture(event="a")
    long = do.Scenario(steps=(plain,) * 9, now_ms=0)
    slipping.explore(
        Property(name="long", aims=("A1",), drawn=lambda _: st.just(long), cases=lambda _: [long])
    )
    found = slipping.found["A1"]
    assert found.finding.kind == "a batch key"
    assert found.shrunk
    assert len(found.scenario.steps) == 3


class Quiet(Runner):
    """Nothing waits, and nothing is found."""

    def run(self, scenario):
        self.ran.append(scenario)
        self.runs += 1

        class History:
            requests = ()

        return History()


def quiet(monkeypatch, examples):
    """An explorer of a program that breaks nothing, and the scenarios that it ran."""
    runner = Quiet(Clock())
    runner.ran = []
    monkeypatch.setattr(explore, "judge", lambda *_: Judgement((), frozenset()))
    monkeypatch.setattr(explore, "travelled", lambda *_: Counter())
    profile = Profile(examples=examples, shrink_s=0.0)
    explorer = Explorer(runner, None, ("S3",), profile=profile, seed_=1, examples_in=None)
    return explorer, runner.ran


CASE = do.Scenario(steps=(do.Flush(),), now_ms=0)
DRAWN = do.Scenario(steps=(do.Shutdown(),), now_ms=0)


def test_a_kind_that_is_its_cases_needs_nothing_to_draw_from_and_draws_its_share_of_them(
    monkeypatch,
):
    explorer, seen = quiet(monkeypatch, 300)
    explorer.explore(Property(name="two", aims=("S3",), cases=lambda _: (CASE, DRAWN), share=0.01))
    assert seen[:2] == [CASE, DRAWN]
    assert seen[2:]
    assert all(one in (CASE, DRAWN) for one in seen)


@pytest.mark.parametrize(
    ("cases", "examples", "ran"),
    [((CASE,), 10, [CASE]), ((CASE,), 100, [CASE, DRAWN]), ((), 10, [DRAWN]), ((), 100, [DRAWN])],
)
def test_of_a_kind_whose_share_comes_to_nothing_no_more_is_made_than_its_cases(
    monkeypatch, cases, examples, ran
):
    explorer, seen = quiet(monkeypatch, examples)
    explorer.explore(
        Property(
            name="one in a hundred",
            aims=("S3",),
            drawn=lambda _: st.just(DRAWN),
            cases=lambda _: cases,
            share=0.01,
        )
    )
    assert seen == ran

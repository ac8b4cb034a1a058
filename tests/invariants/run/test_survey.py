"""Surveys: how many rounds there are, what each passes over, and what is seldom met."""

import datetime as dt
import importlib

import pytest

from payloadproof.cli.check import _write_baseline
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.events import Ended, RoundEnded, nobody
from payloadproof.outcome.model import ClauseVerdict
from payloadproof.run import survey as module
from payloadproof.run.baseline import Baseline, read, renewed, write
from payloadproof.run.check import check
from payloadproof.run.properties import PROFILES, Profile
from payloadproof.run.survey import MOST, OFTEN, QUIET, Surveyed, survey

LATER = today() + dt.timedelta(days=1)
UNLISTED = "passes_unlisted_keys:PassesUnlistedKeys"


class Rounds:
    """Stands in for runs: each meets the kinds it is told to, those that are accepted apart."""

    def __init__(self, *met, broken=OFTEN):
        self.makes = None
        self.met = [*met]
        self.broken = broken
        self.plans = []
        self.told = []

    def run(self, plan, listen=nobody, *, workers=1):
        number = len(self.plans)
        self.plans.append(plan)
        met = self.met[number] if number < len(self.met) else ()
        accepted = tuple(e for e in plan.accepted if e.kind in met)
        fresh = [kind for kind in met if kind not in {one.kind for one in accepted}]
        reported, report_of = self.makes
        return report_of(
            *(self._verdict(clause, met, fresh, number) for clause in ("A1", "S1")),
            seed=plan.seed,
            scenarios=10,
            findings=tuple(reported(name, clause=clause, shrunk=False) for clause, name in fresh),
            accepted=accepted,
        )

    def _verdict(self, clause, met, fresh, number):
        mine = [kind for kind in met if kind[0] == clause]
        new = sum(kind[0] == clause for kind in fresh)
        broken = self.broken if isinstance(self.broken, int) else self.broken[number]
        return ClauseVerdict(
            clause=clause,
            level="MUST",
            verdict="failed" if new else "accepted" if mine else "passed",
            scenarios=10,
            controls=10,
            findings=new,
            broken=broken if mine else 0,
        )

    def __call__(self, event):
        match event:
            case RoundEnded(number, fresh):
                self.told.append((number, fresh))
            case Ended(report):
                self.ended = report


@pytest.fixture
def kept():
    return []


@pytest.fixture
def surveyed(plan, monkeypatch, reported, report_of, kept):
    def run(rounds, **also):
        rounds.makes = reported, report_of
        monkeypatch.setattr(module, "shared", rounds.run)
        return survey(plan("door_counter:DoorCounterAdapter", **also), rounds, keep=kept.append)

    return run


ONE, TWO = ("A1", "one"), ("A1", "two")


def test_it_ends_when_rounds_in_a_row_meet_nothing_new(surveyed):
    rounds = Rounds([ONE], [ONE], [ONE, TWO], [ONE], [TWO, ONE], [("A1", "never asked for")])
    report, _ = surveyed(rounds)
    assert rounds.told == [(1, 1), (2, 0), (3, 1), (4, 0), (5, 0)]
    assert rounds.ended == report
    assert [one.fingerprint for one in report.findings] == ["one", "two"]
    assert report.scenarios == 50
    assert next(v for v in report.verdicts if v.clause == "A1").findings == 2


def test_it_ends_where_something_new_never_stops_and_says_so(surveyed):
    rounds = Rounds(*([("A1", str(number))] for number in range(MOST + 5)))
    report, _ = surveyed(rounds)
    assert len(rounds.plans) == MOST
    assert "would probably find 1.0 new kind(s)" in report.notes[-1]
    assert not any("probably" in note for note in surveyed(Rounds([ONE], [ONE]))[0].notes)


def test_it_goes_on_while_what_one_round_alone_met_lets_more_be_expected(surveyed):
    surveyed(sure := Rounds([ONE, TWO], [ONE, TWO], [ONE]))
    assert len(sure.plans) == 1 + QUIET
    surveyed(rare := Rounds([ONE, TWO], [ONE], [ONE], [ONE], [ONE]))
    assert len(rare.plans) == 4


def test_a_sound_program_is_looked_at_that_often(surveyed):
    report, seldom = surveyed(rounds := Rounds())
    assert len(rounds.plans) == QUIET
    assert report.exit_code == 0
    assert seldom == {"A1", "S1"}  # of which there are no entries


def test_each_round_makes_other_scenarios_and_the_seed_decides_them(surveyed):
    seeds = []
    for _ in range(2):
        surveyed(rounds := Rounds([ONE], [ONE]), seed=7)
        seeds.append([one.seed for one in rounds.plans])
    assert seeds[0] == seeds[1]
    assert seeds[0][0] == 7
    assert len({*seeds[0]}) == len(seeds[0])


def test_what_is_seldom_met_is_told_from_what_every_round_meets(surveyed):
    often = surveyed(Rounds([ONE], [ONE], [ONE], broken=OFTEN))[1]
    assert "A1" not in often
    few = surveyed(Rounds([ONE], [ONE], [ONE], broken=[OFTEN, OFTEN - 1, OFTEN]))[1]
    assert "A1" in few
    once = surveyed(Rounds([ONE], [], [ONE], broken=100))[1]
    assert "A1" in once


def accepting(clause, **also):
    return Entry(clause=clause, fingerprint="known", reason="why", expires=LATER, **also)


def test_entries_of_before_are_told_apart_from_what_a_round_passes_over(surveyed):
    met, gone, rare = accepting("A1"), accepting("S1"), accepting("S1", seldom=True)
    report, _ = surveyed(Rounds([ONE, met.kind], [ONE, met.kind]), accepted=(met, gone, rare))
    assert report.accepted == (met,)
    assert report.stale == (gone,)


def test_a_round_that_breaks_ends_it_and_what_was_met_by_then_is_kept(surveyed, kept):
    class Broken(Rounds):
        def run(self, plan, listen=nobody, *, workers=1):
            if self.plans:
                raise HarnessError(code="adapter-gone", message="it is gone", next="look")
            return super().run(plan, listen)

    with pytest.raises(HarnessError, match="it is gone"):
        surveyed(Broken([ONE]))
    (last,) = kept
    assert [one.fingerprint for one in last.report.findings] == ["one"]


def test_entries_go_when_the_last_round_is_over_and_not_before(plan, tmp_path):
    file = tmp_path / "baseline.toml"
    mine = Entry(clause="W5", fingerprint="f", reason="ticket 12", expires=LATER)
    before = Baseline(format=1, accepted=(mine,))
    report, seldom = survey(
        plan("door_counter:DoorCounterAdapter", only=("W5",), accepted=(mine,), examples=3),
        keep=lambda met: _write_baseline(file, before, met, over=False),
    )
    assert read(file).accepted == (mine,)
    assert report.stale == (mine,)
    _write_baseline(file, before, Surveyed(report, seldom))
    assert read(file).accepted == ()
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".new"] == []


def test_a_baseline_of_a_survey_turns_fresh_runs_green_and_one_more_defect_turns_them_red(
    plan, tmp_path, monkeypatch
):
    monkeypatch.setitem(PROFILES, "quick", Profile(examples=25, shrink_s=0.5))
    only = ("A1", "A3", "A4")
    report, seldom = survey(plan(UNLISTED, only=only), keep=lambda _: None)
    assert report.exit_code == 1
    found = [(one.clause, one.fingerprint) for one in report.findings]
    assert len({*found}) == len(found)
    file = tmp_path / "baseline.toml"
    write(file, renewed([], found, stale=report.stale, seldom=seldom))
    with pytest.raises(HarnessError, match="A1 unlisted keys has no reason yet"):
        read(file)
    accepted = read(file, gating=False).accepted
    assert not any(one.seldom for one in accepted if one.clause == "A1")
    for seed in (2, 3):
        again = check(plan(UNLISTED, only=only, accepted=accepted, seed=seed))
        assert again.exit_code == 0, again.findings
    wrong = importlib.import_module("passes_unlisted_keys")
    put = wrong.Unfiltered._put
    monkeypatch.setattr(
        wrong.Unfiltered,
        "_put",
        lambda self, event, properties: put(self, event, {**properties, "debug_path": "x"}),
    )
    again = check(plan(UNLISTED, only=only, accepted=accepted))
    assert again.exit_code == 1
    assert '"debug_path"' in again.findings[0].observed

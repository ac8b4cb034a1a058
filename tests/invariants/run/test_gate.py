"""A gate keeps its colour: what is kept comes first, and what is drawn beside it is news."""

import itertools

import msgspec
import pytest

from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.events import Began, Ended, nobody
from payloadproof.run import gate, seeds
from payloadproof.run.check import check
from payloadproof.run.gate import gated
from payloadproof.run.planning import planned
from payloadproof.scenario.corpus import keep
from payloadproof.scenario.store import Saved

pytestmark = pytest.mark.usefixtures("few")

SOUND = "door_counter:DoorCounterAdapter"
UNLISTED = "passes_unlisted_keys:PassesUnlistedKeys"


@pytest.fixture
def corpus(tmp_path):
    return tmp_path / "payloadproof.corpus"


@pytest.fixture
def run(plan, corpus):
    def make(target, only=("A1",), *, explore="off", listen=nobody, **also):
        made = plan(target, only=only, shrink=False, corpus=corpus, **also)
        return gated(made, listen, lambda told: check(made, told), explore=explore)

    return make


def states(report):
    return [(one.state, one.news) for one in report.corpus]


def test_what_fails_is_kept_and_run_first_and_is_fixed_for_good(run, corpus):
    red = run(UNLISTED)
    assert (red.exit_code, states(red)) == (1, [("added", False)])
    (file,) = corpus.iterdir()
    told = []
    again = run(UNLISTED, listen=told.append)
    assert (again.exit_code, states(again)) == (1, [("failed", False)])
    assert sum(isinstance(one, Began) for one in told) == 1
    assert told[-1] == Ended(again)
    for _ in range(2):
        green = run(SOUND)
        assert (green.exit_code, states(green)) == (0, [("fixed", False)])
        assert file.exists()


def test_what_only_the_corpus_shows_fails_the_run(run, corpus, plan):
    run(UNLISTED)
    made = plan(UNLISTED, only=("A1",), corpus=corpus)
    sound = check(plan(SOUND, only=("A1",)))
    report = gated(made, nobody, lambda _: sound)
    assert report.exit_code == 1
    assert [one.clause for one in report.findings] == ["A1"]


@pytest.mark.parametrize(
    ("explore", "expected"), [("off", (0, 0)), ("news", (0, 1)), ("fail", (1, 0))]
)
def test_what_is_drawn_fails_a_run_only_where_that_was_asked(plan, corpus, explore, expected):
    made = plan(UNLISTED, only=("A1",), shrink=False, corpus=corpus)
    sound = check(plan(SOUND, only=("A1",)))
    report = gated(made, nobody, lambda _: sound, explore=explore)
    assert (report.exit_code, len(report.news)) == expected
    assert (report.drawn is None) == (explore == "off")
    assert len(list(corpus.rglob("*.json"))) == (explore != "off")
    if explore == "news":
        assert states(report) == [("added", True)]
        # It is kept, and still no part of the gate.
        again = gated(made, nobody, lambda _: sound)
        assert (again.exit_code, states(again), len(again.news)) == (0, [("failed", True)], 1)
        # Whoever moves it up makes it one.
        (file,) = (corpus / "news").iterdir()
        file.rename(corpus / file.name)
        assert gated(made, nobody, lambda _: sound).exit_code == 1


def test_that_the_drawn_ones_break_is_news_and_changes_no_colour(run, monkeypatch):
    def broken(*_, **__):
        raise HarnessError(code="adapter-gone", message="it is gone")

    monkeypatch.setattr(gate, "shared", broken)
    report = run(SOUND, explore="news")
    assert (report.exit_code, report.drawn.problem) == (0, "it is gone")
    with pytest.raises(HarnessError, match="it is gone"):
        run(SOUND, explore="fail")


def test_a_corpus_that_the_baseline_accepts_is_accepted(run):
    (found,) = run(UNLISTED).findings
    entry = Entry(clause="A1", fingerprint=found.fingerprint, reason="why", expires=today())
    report = run(UNLISTED, accepted=(entry,))
    assert (report.exit_code, states(report)) == (0, [("accepted", False)])


def test_what_a_run_cannot_judge_is_neither_fixed_nor_failed(run):
    run(UNLISTED)
    report = run(SOUND, only=("W1",))
    assert states(report) == [("not_run", False)]
    assert report.corpus[0].reason == "not selected by --only"


def test_a_file_of_no_clause_ends_the_run_and_is_named(run, corpus):
    run(UNLISTED)
    (file,) = corpus.iterdir()
    file.write_text(file.read_text().replace('"A1"', '"Z9"'))
    with pytest.raises(HarnessError, match=rf"{file.name} is not run: there is no clause 'Z9'"):
        run(SOUND)


def test_the_adapter_that_a_file_names_is_never_started(run, corpus, tmp_path):
    run(UNLISTED)
    (file,) = corpus.iterdir()
    saved = msgspec.json.decode(file.read_bytes(), type=Saved)
    trap = msgspec.structs.replace(saved, adapter=f"cmd:touch {tmp_path / 'trapped'}")
    file.write_bytes(msgspec.json.encode(trap))
    run(SOUND)
    assert not (tmp_path / "trapped").exists()


def test_an_unlisted_kind_is_kept_once(run, corpus):
    for _ in range(3):
        run(UNLISTED)
    assert len(list(corpus.iterdir())) == 1


def test_a_gate_that_is_given_no_seed_makes_the_same_scenarios(monkeypatch, door_contract_file):
    numbers = itertools.count()
    monkeypatch.setattr(seeds, "drawn", lambda: next(numbers))
    for profile in ("quick", "ci"):
        made = planned("cmd:true", str(door_contract_file), profile=profile)
        assert seeds.seed_of(made) == seeds.seed_of(made) == seeds.FIXED
    assert planned("cmd:true", str(door_contract_file), profile="deep").seed is None


def test_what_hypothesis_remembers_changes_nothing(run, tmp_path):
    run(UNLISTED, explore="news")
    assert not (tmp_path / "examples").exists()


def test_a_kept_scenario_that_breaks_the_adapter_is_named(run, corpus):
    run(UNLISTED)
    (file,) = corpus.iterdir()
    saved = msgspec.json.decode(file.read_bytes(), type=Saved)
    keep(corpus, msgspec.structs.replace(saved, clause="A2"))
    with pytest.raises(HarnessError, match=r"payloadproof\.corpus"):
        run("breaks_after_a_while:BreaksAfterAWhile", only=("A1", "A2"))

"""A hunt ends at what was wanted, sees what stands beside it, and passes over what is known."""

from datetime import date

import pytest
from mutants.hunting import SIZES, hunt, judges, planned, spent
from mutants.mutant import MUTANTS, enter_all

from payloadproof.adapters.connect import REFERENCE
from payloadproof.generate.ground import Ground
from payloadproof.outcome.accepted import Entry, kinds
from payloadproof.run.check import running
from payloadproof.run.properties import SUITE

enter_all()
TABLE = [prop for prop in SUITE if prop.name == "consent table"]


@pytest.fixture
def wrong():
    """It breaks C1."""
    return MUTANTS["EnvBeatsDoNotTrack"].spec()


def looked(spec, wanted, witnesses=(), **also):
    plan = planned(spec, dict.fromkeys((*wanted, *witnesses)))
    return hunt(plan, wanted, seed=1, sizes=("brief",), **also)


def test_it_ends_at_the_first_finding_of_what_was_wanted(wrong):
    found = looked(wrong, ("C1",), suite=TABLE)
    assert found.finding.clause == "C1"
    assert found.beside == ()
    assert 0 < found.scenarios < looked(REFERENCE, ("C1",), suite=TABLE).scenarios


def test_what_another_clause_finds_stands_beside(wrong):
    found = looked(wrong, ("A8",), ("C1",), suite=TABLE)
    assert found.finding is None
    assert found.beside == ("C1",)
    assert found.judged


def test_what_is_accepted_is_passed_over(wrong):
    finding = looked(wrong, ("C1",), suite=TABLE).finding
    (_, fingerprint), _ = kinds(finding, None)
    entry = Entry(clause="C1", fingerprint=fingerprint, reason="It is known.", expires=date.max)
    found = looked(wrong, ("C1",), suite=TABLE, accepted=[entry])
    assert found.finding is None or kinds(found.finding, None)[0][1] != fingerprint


def test_only_what_is_made_for_the_clause_is_run_unless_a_suite_is_named():
    told = []
    looked(REFERENCE, ("C10",), on_kind=lambda prop: told.append(prop.name))
    assert told == [prop.name for prop in SUITE if "C10" in prop.aims]


def test_what_no_run_in_process_can_judge_is_said():
    found = looked(REFERENCE, ("W6",))
    assert not found.judged
    assert found.scenarios == 0


def test_in_process_there_is_nothing_beyond():
    assert looked(REFERENCE, ("C1",), suite=SUITE, beyond=True).scenarios == 0


def test_a_hunt_can_be_given_up():
    assert looked(REFERENCE, ("C1",), suite=TABLE, enough=lambda: True).scenarios == 0


def test_brief_is_less_than_any_profile():
    assert SIZES["brief"].examples < min(SIZES[name].examples for name in ("quick", "ci", "deep"))


def test_time_is_that_of_the_processor():
    before = spent()
    sum(range(10**6))
    assert spent() > before


def test_a_clause_that_needs_a_child_is_not_judged_in_process():
    with running(planned(REFERENCE, ())) as (_, ground):
        assert isinstance(ground, Ground)
        assert judges("C1", ground)
        assert not judges("W6", ground)

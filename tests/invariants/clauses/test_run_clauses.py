import pytest

from payloadproof.clauses import registry  # noqa: F401 - fills the tables
from payloadproof.clauses.clause import clauses_of_runs, every_clause
from payloadproof.clauses.run_checks import RUN_CHECKS, judge_runs, run_check
from payloadproof.errors import HarnessError


def test_every_sentence_about_runs_has_a_check_and_every_check_a_sentence():
    assert set(clauses_of_runs()) <= set(RUN_CHECKS) <= set(every_clause())


@pytest.mark.parametrize("id_", clauses_of_runs())
def test_a_sentence_about_runs_has_a_name_a_source_and_a_control(id_):
    clause = clauses_of_runs()[id_]
    assert clause.name
    assert clause.text.endswith(".")
    assert clause.source
    assert clause.control


def test_no_runs_break_and_exercise_nothing():
    judgement = judge_runs((), RUN_CHECKS)
    assert not judgement.findings
    assert not judgement.exercised


def test_a_check_that_breaks_is_a_defect_of_ours_and_says_so(monkeypatch):
    monkeypatch.delitem(RUN_CHECKS, "H1")

    @run_check("H1")
    def broken(runs):
        yield 1 / len(runs)

    with pytest.raises(HarnessError, match=r"the check of H1 .*broke: ZeroDivisionError"):
        judge_runs((), ["H1"])

import tomllib
from importlib.resources import files

import pytest

from payloadproof.clauses.run_checks import RUN_CHECKS, judge_runs, run_check
from payloadproof.errors import HarnessError

FILES = ("identity/clauses.toml", "host/clauses.toml", "allow/runs.toml")


def sentences():
    folder = files("payloadproof.clauses")
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in FILES)
    return {id_: clause for text in texts for id_, clause in tomllib.loads(text).items()}


def test_every_sentence_has_a_check_over_runs_and_every_check_its_sentence():
    assert set(sentences()) == set(RUN_CHECKS) - {"A7"}  # whose sentence is with the scenarios'


@pytest.mark.parametrize("id_", sentences())
def test_a_sentence_has_a_name_a_source_and_a_control(id_):
    clause = sentences()[id_]
    assert clause["level"] in ("MUST", "SHOULD", "INFO")
    assert 1 < len(clause["name"].split()) < 7
    assert clause["text"].endswith(".")
    assert clause["source"]
    assert clause["control"]


def test_no_runs_break_and_exercise_nothing():
    judgement = judge_runs((), RUN_CHECKS)
    assert not judgement.findings
    assert not judgement.exercised


def test_a_check_that_breaks_is_a_defect_of_ours_and_says_so(monkeypatch):
    monkeypatch.delitem(RUN_CHECKS, "H1")

    @run_check("H1")
    def broken(runs):
        yield 1 / len(runs)

    with pytest.raises(HarnessError, match="the check of H1 broke: ZeroDivisionError"):
        judge_runs((), ["H1"])

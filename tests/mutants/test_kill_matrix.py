from types import SimpleNamespace

import pytest
from mutants import matrix
from mutants.errors.rules import WITHOUT
from mutants.mutant import MUTANTS

from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import VIOLATIONS
from payloadproof_reference.redaction.rules import FRAMES, RULES


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_killed_by_its_own_clause(name):
    absent = matrix.lacking(name)
    if absent:
        pytest.skip(absent)
    trial = matrix.put_to_trial(name)
    assert trial.finding, f"{name} survived {trial.scenarios} scenarios: {MUTANTS[name].__doc__}"
    assert trial.finding.clause == MUTANTS[name].clause


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("EnvBeatsDoNotTrack", "off by DO_NOT_TRACK"),
        ("IgnoresTheConsentFile", "off by telemetry.json"),
        ("WritesInstallIdWhileOff", "data/telemetry.json"),
        ("Passes201Characters", "text of 201 characters"),
        ("SendsAnUnknownDirective", "$ip"),
        ("LeaksAnEnvironmentVariable", "in base64"),
        ("WritesNaN", "400"),
    ],
)
def test_the_message_names_what_went_wrong(name, named):
    assert named in matrix.put_to_trial(name).finding.message


def test_every_clause_that_can_fail_has_a_mutant():
    # What is for information alone is found in the reference too.
    failing = {name for name, clause in clauses().items() if clause.level != "INFO"}
    assert {mutant.clause for mutant in MUTANTS.values()} == failing
    assert {*clauses()} == {*VIOLATIONS}


def test_every_rule_of_the_redaction_is_left_out_once():
    # The frames are left out together here, and one by one where each has its sentence.
    # What stands behind the first is left out beside it.
    ruled = sorted(rule.name for rule in RULES if rule not in FRAMES)
    assert sorted(rules.split()[0] for rules, _ in WITHOUT.values()) == ruled


def test_every_mutant_says_what_is_wrong_with_it():
    assert all(mutant.__doc__.endswith(".") for mutant in MUTANTS.values())


def test_a_pipeline_that_sends_nothing_is_vacuous():
    report = matrix.checked("direct:mutants.mute:SendsNothing")
    apart = {one for one, clause in clauses().items() if "child process" in clause.within}
    assert {one.verdict for one in report.verdicts if one.clause not in apart} == {"vacuous"}
    assert not report.findings
    assert report.exit_code == 1


def test_an_unknown_mutant_is_named_with_its_neighbours(capsys):
    assert matrix.main(["DoubleFlus"]) == 2
    assert "DoubleFlush" in capsys.readouterr().out


def test_a_survivor_fails_the_matrix(monkeypatch, capsys):
    # A mutant judged by a clause that it does not break.
    monkeypatch.setattr(MUTANTS["DoubleFlush"], "clause", "A8")
    spotless = SimpleNamespace(verdicts=(), findings=(), exit_code=0, seconds=0.0, scenarios=0)
    monkeypatch.setattr(matrix, "checked", lambda *_, **__: spotless)
    assert matrix.main(["DoubleFlush"]) == 1
    assert "SURVIVED" in capsys.readouterr().out

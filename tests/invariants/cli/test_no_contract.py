"""Nobody is judged by somebody else's contract without a word: what is left is neutral."""

import importlib
import json
import re

import pytest

from payloadproof.adapters.connect import REFERENCE, contract_of
from payloadproof.clauses.clause import clauses
from payloadproof.contract.neutral import HOLDS, LACKING, NONE, SAID, driven
from payloadproof.run.check import check
from payloadproof.run.planning import planned


@pytest.fixture
def free(direct):
    """The spec of an adapter that sends whatever it is given, with no contract at all."""
    return direct("sends_what_it_is_given:SendsWhatItIsGiven")


def test_whose_program_it_is_decides_by_what_it_is_judged(free):
    assert planned(REFERENCE).contract_name == "claude_mem"
    assert planned(free).contract_name == NONE
    assert planned("cmd:node adapter.mjs").contract == driven()
    assert contract_of("cmd:python -m payloadproof_reference.adapter") == "claude_mem"
    assert planned(free, "claude_mem").contract_name == "claude_mem"


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        (REFERENCE, "claude_mem"),
        ("direct:payloadproof_reference.worker.worker:Worker", "claude_mem"),
        ("cmd:.venv/bin/python -m payloadproof_reference.adapter", "claude_mem"),
        ("cmd:python reference/payloadproof_reference/adapter.py", "claude_mem"),
        ("direct:payloadproof_reference_fork.adapter:Adapter", NONE),
        ("direct:mine.payloadproof_reference:Adapter", NONE),
        ("cmd:python -m payloadproof_reference_fork.adapter", NONE),
        ("cmd:python -m mine --like payloadproof_reference", NONE),
        ("cmd:node /srv/payloadproof_reference/mine.mjs", NONE),
        ("cmd:python not_payloadproof_reference/adapter.py", NONE),
        ("cmd:python -m 'payloadproof_reference", NONE),
    ],
)
def test_only_the_reference_itself_is_taken_for_the_reference(spec, named):
    assert contract_of(spec) == named


@pytest.mark.usefixtures("few")
def test_without_a_contract_no_promise_of_a_contract_is_judged(free):
    report = check(planned(free, seed=1)._replace(home=None))
    for one in report.verdicts:
        if one.clause not in HOLDS:
            assert (one.verdict, one.reason) == ("not_run", LACKING), one
        assert one.reason != LACKING or one.clause not in HOLDS, one
    judged = {one.clause for one in report.verdicts if one.scenarios}
    # Some take a process of the program's own, which this one has not.
    apart = {name for name in HOLDS if "child process" in clauses()[name].within}
    assert judged == HOLDS - apart
    # It arrives, so these are put to the test and are not vacuous.
    passed = {one.clause for one in report.verdicts if one.verdict == "passed"}
    assert {"S7", "W3", "W5"} <= passed, report.findings
    assert report.contract == NONE


@pytest.mark.usefixtures("few", "no_lingering")
def test_the_report_says_so_first_and_the_scenario_can_be_replayed(run, free, tmp_path):
    code, output = run("check", "--adapter", free, "--report", "json=r.json", "--only", "S1,W1")
    assert SAID in output
    before_findings = output.partition("finding")[0]
    assert SAID in before_findings
    assert json.loads((tmp_path / "r.json").read_text())["contract"] == NONE
    assert code == 1, output
    assert "--contract none" not in output
    (name,) = re.findall(r"W1-[0-9a-f]{8}\.json", output)[:1]
    code, output = run("replay", tmp_path / ".payloadproof/failures" / name)
    assert code == 1
    assert "FAILED" in output


def test_a_clause_of_a_contract_cannot_be_asked_for_without_one(run, free):
    code, output = run("check", "--adapter", free, "--only", "A1")
    assert code == 2
    assert LACKING in " ".join(output.split())


def test_a_quick_look_says_so_too(run, free):
    code, output = run("smoke", "--adapter", free)
    assert output.startswith(SAID)
    assert code == 0, output


def test_every_clause_that_holds_for_all_is_one():
    assert clauses().keys() >= HOLDS


def test_an_audit_without_a_contract_says_whose_it_takes(run, tmp_path):
    (tmp_path / "batch.json").write_text('{"api_key": "k", "batch": []}')
    assert "no --contract: judged by claude_mem" in run("audit", "batch.json")[1]
    said = run("audit", "batch.json", "--contract", "claude_mem")[1]
    assert "no --contract" not in said


def test_the_package_of_the_wrong_adapter_is_not_the_references(free):
    assert importlib.import_module("sends_what_it_is_given")
    assert contract_of(free) == NONE

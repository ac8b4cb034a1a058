"""The engine, end to end over a real wire: what a run finds, and what it makes of it."""

import importlib
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.clauses.clause import SURROUNDINGS, clauses
from payloadproof.errors import HarnessError
from payloadproof.outcome.events import (
    Began,
    Confirmed,
    Ended,
    Final,
    KindBegan,
    ScenarioRan,
)
from payloadproof.outcome.model import VERDICTS, ClauseVerdict
from payloadproof.outcome.plan import Plan
from payloadproof.report.junit import junit
from payloadproof.report.terminal import as_text
from payloadproof.run import explore
from payloadproof.run import replay as replaying
from payloadproof.run.check import check, smoke
from payloadproof.run.properties import SUITE
from payloadproof.run.replay import replay
from payloadproof.run.sightings import SIGHTINGS
from payloadproof.run.together import check_together
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import load as load_saved
from payloadproof.schema import schema

pytestmark = pytest.mark.usefixtures("few")

SOUND = "door_counter:DoorCounterAdapter"
UNLISTED = "passes_unlisted_keys:PassesUnlistedKeys"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(replaying, "LINGER_S", 0.3)


def verdicts(report):
    return {one.clause: one.verdict for one in report.verdicts}


def valid(report):
    """The report as JSON, valid by its own schema."""
    decoded = json.loads(msgspec.json.encode(report))
    jsonschema.Draft202012Validator(schema("Report")).validate(decoded)
    return decoded


# what is asked for and cannot be


def test_a_clause_that_is_asked_for_and_cannot_be_judged_ends_the_run(plan):
    said = r"W6 connections elsewhere cannot be judged.*--adapter cmd:"
    with pytest.raises(HarnessError, match=said) as caught:
        check(plan(SOUND, only=("A1", "W6")))
    assert caught.value.code == "clause-not-run"


# what is sound passes


def test_the_reference_passes(contract):
    only = ("A1", "A2", "A3", "A4", "P1", "W1", "W5")
    report = check(Plan(contract, "claude_mem", connector(REFERENCE), only, seed=1))
    assert report.exit_code == 0, report.findings
    seen = verdicts(report)
    assert seen == {name: "passed" if name in only else "not_run" for name in clauses()}
    assert report.implementation.name == "payloadproof-reference"
    valid(report)


@pytest.mark.parametrize("how", ["in process", "as a command"])
def test_another_product_passes_with_no_change_to_the_harness(plan, door_counter, how):
    report = check(plan(SOUND if how == "in process" else door_counter))
    assert report.exit_code == 0, report.findings
    contract = plan(SOUND).contract
    foreign = {name for name, one in clauses().items() if one.not_applicable(contract)}
    families = {name for name in clauses() if name[0] in "EFL"}
    alone = {
        "A8",
        "B1",
        "B2",
        "B3",
        "B4",
        "B5",
        "B6",
        "B7",
        "B9",
        "B10",
        "B11",
        "B12",
        "C5",
        "C6",
        "C7",
        "C9",
        "D6",
        "D7",
        "H6",
        "T3",
    }
    assert foreign == families | alone
    for one in report.verdicts:
        if one.clause in foreign:
            assert one.verdict == "not_applicable"
            assert one.reason.startswith("the contract has no ")
        elif one.verdict == "not_run":
            # W6 is judged in a child whose network is its own, the others in any child.
            assert one.clause in ({"W6", "H4", "H5"} if how == "in process" else {"W6"})
            assert one.reason in SURROUNDINGS.values()
        elif one.clause == "C10":
            assert one.verdict == "unsupported"  # its adapter cannot say which layer decides
        elif one.clause == "P3":
            # INFO: it sends its one lifecycle event and all others under one id.
            assert (one.level, one.verdict) == ("INFO", "reported")
        else:
            assert one.verdict == "passed", one
            assert one.scenarios
            assert one.controls
    valid(report)


def test_a_run_tells_how_it_goes(plan):
    told = []
    report = check(plan(SOUND, only=("W5",)), told.append)
    (began,) = (one for one in told if isinstance(one, Began))
    assert (began.implementation.name, began.seed) == ("door-counter", 1)
    assert 0 < sum(isinstance(one, ScenarioRan) for one in told) <= report.scenarios
    assert [one.kind for one in told if isinstance(one, KindBegan)] == [
        "after shutdown",
        "slow ends",
    ]
    # It may be a part of a run for all that it knows: whoever began it says that it is over.
    assert not any(isinstance(one, Ended) for one in told)


def test_a_finding_is_told_when_it_is_confirmed_and_the_end_has_all_verdicts(plan):
    told = []
    report = check_together(plan(UNLISTED, only=("A1",)), told.append, workers=1)
    confirmed = [one.finding for one in told if isinstance(one, Confirmed)]
    assert {one.clause for one in confirmed} == {"A1"}
    assert confirmed[-1].message == report.findings[0].message
    finals = [one.verdict for one in told if isinstance(one, Final)]
    assert tuple(finals) == report.verdicts
    assert told[-1] == Ended(report)


# what sends nothing proves nothing


def test_a_pipeline_that_sends_nothing_is_vacuous(plan, faux):
    report = check(plan(faux("sends_nothing")))
    assert report.exit_code == 1
    seen = set(verdicts(report).values()) - {"not_run"}  # W6, where no namespace can be made
    assert seen == {"vacuous", "unsupported", "not_applicable"}
    assert verdicts(report)["A1"] == "vacuous"
    reasons = {one.reason for one in report.verdicts if one.verdict == "vacuous"}
    assert reasons == {"nothing arrived at the recorder: 5 steps with consent on sent no request"}
    valid(report)


def test_an_adapter_that_dies_in_every_operation_is_a_finding(plan, faux):
    report = check(plan(faux("exits_with_3_after_initialize")))
    assert report.exit_code == 1
    assert verdicts(report)["S1"] == "failed"
    (finding,) = report.findings
    assert "exited with code 3" in finding.observed


# what is wrong is found, made small, and found again


def test_a_finding_is_small_readable_and_replayed(plan, impatient):
    report = check(plan("passes_unlisted_keys:PassesUnlistedKeys", only=("A1",)))
    assert report.exit_code == 1
    (finding,) = report.findings
    assert (finding.clause, finding.shrunk, finding.definite) == ("A1", True, True)
    captures = [step for step in finding.scenario.steps if isinstance(step, do.Capture)]
    assert len(captures) == 1
    # Without a flush in the smallest scenario, arrival decides how far its properties shrink.
    assert 1 <= len(captures[0].properties) <= 3
    assert len(finding.scenario.steps) <= 3
    decoded = valid(report)
    assert decoded["findings"][0]["scenario"]["steps"][0]["do"] == "capture"

    saved = load_saved(Path(finding.file))
    assert saved.scenario == finding.scenario
    again = replay(plan("passes_unlisted_keys:PassesUnlistedKeys"), saved)
    assert again.finding.message == finding.message
    assert again.seen >= 1
    mended = replay(plan(SOUND), saved)
    assert (mended.finding, mended.seen) == (None, 0)


def test_a_seed_gives_the_same_finding_again(plan):
    wrong = plan("passes_unlisted_keys:PassesUnlistedKeys", only=("A1",), home=None, shrink=False)
    first, second = (check(wrong).findings[0] for _ in range(2))
    assert first.scenario == second.scenario
    assert first.file is None


def test_an_exception_is_a_finding(plan):
    report = check(plan("throws_at_everything:ThrowsAtEverything", only=("S1", "W1")))
    assert verdicts(report)["S1"] == "failed"
    assert verdicts(report)["W1"] == "passed"
    assert {finding.clause for finding in report.findings} == {"S1"}
    assert "it raised LookupError" in [finding.observed for finding in report.findings]


def test_a_request_after_the_end_of_its_scenario_is_judged(plan, impatient):
    wrong = "sends_after_shutdown:SendsAfterShutdown"
    report = check(plan(wrong, only=("W5",)))
    assert {finding.clause for finding in report.findings} == {"W5"}
    assert all("after it" in finding.observed for finding in report.findings)
    finding = report.findings[0]
    assert replay(plan(wrong), load_saved(Path(finding.file))).finding is not None
    assert replay(plan(SOUND), load_saved(Path(finding.file))).finding is None


def test_an_absence_that_is_not_seen_three_times_is_unsteady_and_can_be_replayed(plan):
    report = check(plan("loses_every_second_scenario:LosesEverySecondScenario", only=("C1",)))
    assert not report.findings
    (verdict,) = (one for one in report.verdicts if one.clause == "C1")
    assert verdict.verdict == "unsteady"
    assert f"not in all {SIGHTINGS} runs" in verdict.reason
    (seen,) = report.unsteady
    assert "no event at all" in seen.observed
    assert load_saved(Path(seen.file)).clause == "C1"
    assert valid(report)["unsteady"][0]["clause"] == "C1"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_has_one_name_in_every_form(verdict, report_of, reported):
    """A clause that only informs read "failed" in JSON and "reported" on the screen."""
    of = ClauseVerdict(
        clause="P3",
        level="INFO" if verdict == "reported" else "MUST",
        verdict=verdict,
        scenarios=1,
        controls=1,
        findings=1,
        reason="for a reason",
    )
    seen = (reported("x", clause="P3"),)
    report = report_of(of, findings=seen if verdict in ("failed", "reported") else ())
    report = msgspec.structs.replace(report, unsteady=seen if verdict == "unsteady" else ())
    assert json.loads(msgspec.json.encode(report))["verdicts"][0]["verdict"] == verdict
    said = verdict.replace("_", " ")
    assert f"1 {said}\n" in as_text(report)
    case = ET.fromstring(junit(report)).find("testsuite/testcase")
    outcomes = [(one.tag, one.get("type") or one.get("message")) for one in case]
    expected = {
        "passed": [],
        "failed": [("failure", "finding")],
        "vacuous": [("failure", "vacuous")],
        "errored": [("error", "errored")],
    }
    if verdict in expected:
        assert outcomes == expected[verdict]
    else:
        ((tag, message),) = outcomes
        assert tag == "skipped"
        assert message.startswith(said)


def test_an_absence_that_is_seen_three_times_is_reported(plan, impatient):
    wrong = "loses_every_event_but_the_first:LosesEveryEventButTheFirst"
    report = check(plan(wrong, only=("C1",)))
    (finding,) = report.findings
    assert not finding.definite
    assert "no event at all" in finding.observed
    saved = load_saved(Path(finding.file))
    again = replay(plan(wrong), saved)
    assert again.finding is None, "the first scenario of a fresh run arrives: two of three"
    assert (again.seen, again.runs) == (2, 3)


@pytest.mark.parametrize("patience", [0, 1_000])
def test_a_clause_of_which_scenarios_were_left_out_has_not_passed(plan, monkeypatch, patience):
    # As where each of them waits for a network that hangs, for what is known to be broken.
    monkeypatch.setattr(explore, "SLOW_S", 0.0)
    monkeypatch.setattr(explore, "PATIENCE", patience)
    wrong = "loses_every_event_but_the_first:LosesEveryEventButTheFirst"
    queues = [prop for prop in SUITE if prop.name == "full queues"]
    report = check(plan(wrong, only=("D4", "D5")), suite=queues)
    said = verdicts(report)
    assert said["D4"] == "failed"
    assert said["D5"] == ("passed" if patience else "vacuous")
    (verdict,) = (one for one in report.verdicts if one.clause == "D5")
    if not patience:
        assert "'full queues' were cut short: D4 everything captured arrives" in verdict.reason
        assert valid(report)


def test_an_adapter_that_breaks_ends_the_run_with_its_own_words(plan):
    with pytest.raises(HarnessError, match="the checkout has gone") as caught:
        check(plan("breaks_after_a_while:BreaksAfterAWhile"))
    assert caught.value.code == "adapter-error"


# what could not be judged is said


def test_only_leaves_the_others_not_run(plan):
    report = check(plan(SOUND, only=("W1",)))
    assert verdicts(report)["W1"] == "passed"
    assert verdicts(report)["A1"] == "not_run"
    assert report.exit_code == 0


def test_what_an_adapter_lacks_is_unsupported_and_not_green(plan, monkeypatch):
    plan_ = plan(SOUND)  # puts the directory of the door counter on the path
    counter = importlib.import_module("door_counter").DoorCounterAdapter
    monkeypatch.setattr(counter, "clock", "real")
    report = check(plan_)
    assert verdicts(report)["C3"] == "unsupported"
    assert report.exit_code == 1
    reason = next(one.reason for one in report.verdicts if one.clause == "C3")
    assert reason == "the adapter has no virtual clock"


def test_smoke_sees_light_and_dark(plan, faux):
    seen = smoke(plan(SOUND))
    assert seen.implementation.name == "door-counter"
    assert {sent.event.name for sent in seen.lit.sent} == {
        "app_installed",
        "door_opened",
        "daily_summary",
    }
    assert not seen.dark.sent
    assert not seen.dark.connections
    assert not smoke(plan(faux("sends_nothing"))).lit.sent

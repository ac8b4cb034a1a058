"""SARIF: what code scanning is told, held to the standard's own schema."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from payloadproof.clauses.clause import every_clause, named
from payloadproof.cli import main
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.gate import CorpusFile, State
from payloadproof.outcome.model import VERDICTS, ClauseVerdict, Report
from payloadproof.report.junit import junit
from payloadproof.report.page.page import as_html
from payloadproof.report.sarif import sarif
from payloadproof.schema import schema

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "sarif-schema-2.1.0.json").read_text())
NASTY = "a\x00b \x1b[1m \ud800 <&\"'> é\n{0} [x](y)"


def valid(document):
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    return document


def verdict(clause, verdict="failed", findings=1, **also):
    level = every_clause()[clause].level
    settled = {"scenarios": 3, "controls": 1, "level": level, "findings": findings}
    return ClauseVerdict(clause=clause, verdict=verdict, **{**settled, **also})


@pytest.fixture
def log(report_of):
    """The one run in the log of a report."""

    def make(*verdicts, **also):
        (run,) = valid(json.loads(sarif(report_of(*verdicts, **also))))["runs"]
        return run

    return make


def test_the_schema_refuses_what_is_no_sarif():
    with pytest.raises(jsonschema.ValidationError):
        valid({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})


@pytest.mark.parametrize("said", VERDICTS)
@pytest.mark.parametrize("strict", [False, True])
def test_a_log_of_every_verdict_is_valid(log, reported, said, *, strict):
    found = msgspec.structs.replace(
        reported(NASTY), message=NASTY, observed=NASTY, evidence=(NASTY,), file=NASTY
    )
    stale = Entry(clause="S1", fingerprint=NASTY, reason="r", expires=today())
    run = log(verdict("S1", said, reason=NASTY), findings=(found,), stale=(stale,), strict=strict)
    assert len(run["results"]) == 1
    assert "\x1b" not in json.dumps(run, ensure_ascii=False)


def test_a_finding_names_its_rule_and_where_it_is_said_what_it_promises(log, reported):
    run = log(verdict("S1"), verdict("A7", "passed", 0), findings=(reported("f"),))
    (result,) = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == ["S1", "A7"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "S1"
    assert rules[0]["fullDescription"]["text"] == every_clause()["S1"].text
    assert rules[1]["name"] == "PlantedSecrets"
    assert result["message"]["text"] == "S1 hostile values: m"
    assert result["level"] == "error"


@pytest.mark.parametrize(
    ("clause", "strict", "level"),
    [("S1", False, "error"), ("A5", False, "warning"), ("A5", True, "error"), ("P3", True, "note")],
)
def test_a_finding_is_as_bad_as_it_counts(log, reported, clause, *, strict, level):
    run = log(verdict(clause), findings=(reported("f", clause=clause),), strict=strict)
    assert run["results"][0]["level"] == level


def test_an_alert_stays_the_same_alert_and_two_are_two(log, reported):
    def prints(*findings, **also):
        run = log(verdict("S1"), verdict("S2"), findings=findings, **also)
        return [one["partialFingerprints"]["payloadproof/v1"] for one in run["results"]]

    one, longer = reported("f"), reported("f", steps=5)
    others = (reported("g"), reported("f", clause="S2"))
    assert prints(one, seed=1) == prints(longer, seed=2)
    assert len({*prints(one, *others)}) == 3


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{0} {canary:1}", "{{0}} {{canary:1}}"),
        ("see [here](http://evil.example)", "see [here] (http://evil.example)"),
        ("[a](1) }{", "[a] (1) }}{{"),
    ],
)
def test_what_was_observed_is_no_link_and_no_argument(log, reported, said, told):
    found = msgspec.structs.replace(reported("f"), message=said)
    run = log(verdict("S1"), findings=(found,))
    assert run["results"][0]["message"] == {"text": f"S1 hostile values: {told}"}


def test_what_counts_without_a_finding_is_a_notification(log):
    run = log(
        verdict("C3", "unsupported", 0, reason="the adapter has no clock"),
        verdict("C4", "unsupported", 0, allowed=True),
        verdict("S1", "vacuous", 0, reason="it was never seen"),
    )
    (invocation,) = run["invocations"]
    told = invocation["toolExecutionNotifications"]
    assert run["results"] == []
    assert [one["associatedRule"]["id"] for one in told] == ["C3", "S1"]
    assert "the adapter has no clock" in told[0]["message"]["text"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)


def test_a_run_without_a_result_was_no_success(log):
    (invocation,) = log(verdict("S1", "errored", 0))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)


@pytest.fixture
def written(few, door_contract_file, direct, tmp_path, monkeypatch):
    """One run of a program with several defects: as JSON, SARIF, JUnit and HTML."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(door_contract_file, tmp_path / "door.toml")
    adapter = direct("passes_unlisted_keys:PassesUnlistedKeys")
    words = ["--adapter", adapter, "--contract", "door.toml", "--only", "A1,A5,A6,A7,C1,W1"]
    forms = "json=r.json,sarif=r.sarif,junit=r.xml,html=r.html"
    done = CliRunner().invoke(main, ["check", *words, "--report", forms])
    assert done.exit_code == 1, done.output
    return tuple(
        (tmp_path / name).read_bytes() for name in ("r.json", "r.sarif", "r.xml", "r.html")
    )


def plain(message):
    """As a viewer shows it: the standard doubles what would be the braces of an argument."""
    assert not re.search(r"\{\d|\]\(", message["text"].replace("{{", ""))
    return message["text"].replace("{{", "{").replace("}}", "}")


def of_kind(cases, kind):
    """Name and outcome of each case that is none of a clause."""
    return [
        (case.get("name"), next(iter(case), None))
        for case in cases.iter("testcase")
        if case.get("classname") == f"payloadproof.{kind}"
    ]


class Cards(HTMLParser):
    """Of a page: each finding's clause, what was expected and observed; each clause's verdict."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.findings, self.verdicts, self._said, self._in = [], {}, [], ""
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if tag == "article":
            self._clause, self._said = about["data-clause"], []
        elif tag == "tr" and "data-verdict" in about:
            self.verdicts[about["data-clause"]] = about["data-verdict"]
        self._in = tag
        if tag == "dd":
            self._said.append("")

    def handle_endtag(self, tag):
        self._in = ""
        if tag == "article":
            self.findings.append((self._clause, *self._said))

    def handle_data(self, data):
        if self._in == "dd":
            self._said[-1] += data


def agree(as_json, as_sarif, as_junit, as_page):
    """The findings of a report, which its four forms tell alike."""
    report, log, cases = json.loads(as_json), json.loads(as_sarif), ET.fromstring(as_junit)
    jsonschema.Draft202012Validator(schema("Report")).validate(report)
    (run,) = valid(log)["runs"]
    findings = [(one["clause"], one["message"]) for one in report["findings"]]
    news = [(one["clause"], one["message"]) for one in report.get("news", ())]
    told = [(r["ruleId"], plain(r["message"]).partition(": ")[2]) for r in run["results"]]
    assert told == findings + news
    fresh = [result["properties"]["news"] for result in run["results"]]
    assert fresh == [False] * len(findings) + [True] * len(news)
    assert {r["level"] for r in run["results"] if r["properties"]["news"]} <= {"note"}
    told_as_cases = [
        (name.partition(" ")[0], skipped.get("message").partition(": ")[2])
        for name, skipped in of_kind(cases, "news")
    ]
    assert told_as_cases == news
    kept = [one for one in report.get("corpus", ()) if one["state"] != "added"]
    assert [name.rpartition(", ")[2] for name, _ in of_kind(cases, "corpus")] == [
        Path(one["file"]).name for one in kept
    ]
    assert run["properties"]["corpus"] == [
        {"file": one["file"], "state": one["state"]} for one in report.get("corpus", ())
    ]
    failed = [one for one in report["verdicts"] if one["verdict"] == "failed"]
    counting = {one["clause"] for one in failed if one["level"] == "MUST"}
    for one, (_, outcome) in zip(kept, of_kind(cases, "corpus"), strict=True):
        red = one["state"] == "failed" and not one.get("news") and one["clause"] in counting
        assert red == (outcome is not None and outcome.tag == "failure")
        assert (outcome is None) == (one["state"] == "fixed")
    page = Cards(as_page)  # which has them by their causes
    shown = (*report["findings"], *report.get("news", ()))
    both = [(one["clause"], one["expected"], one["observed"]) for one in shown]
    assert sorted(page.findings) == sorted(both)
    assert page.verdicts == {one["clause"]: one["verdict"] for one in report["verdicts"]}
    for one in report["verdicts"]:
        (case,) = (x for x in cases.iter("testcase") if x.get("name") == named(one["clause"]))
        mine = [message for clause, message in findings if clause == one["clause"]]
        messages = [re.sub(r"^.*?(MUST|SHOULD|INFO): ", "", x.get("message")) for x in case]
        assert messages == (["; ".join(mine)] if mine else messages)
        assert bool(mine) == bool([x for x in case if x.text])
    return findings


def test_the_forms_of_one_run_agree_finding_by_finding(written):
    findings = agree(*written)
    assert "A1" in {clause for clause, _ in findings}
    first = next(one for one in json.loads(written[0])["findings"] if one["clause"] == "A1")
    # What came of the scenario: the request that the evidence names is among them, after its step.
    (arrival,) = first["course"]["arrivals"]
    assert first["evidence"][0].startswith(f"{arrival['place']}, event ")
    assert [*arrival["events"]] == ['"door_opened"']
    assert first["course"]["consent"] == ["on"] * (len(first["scenario"]["steps"]) + 1)
    (run,) = json.loads(written[1])["runs"]
    for result in run["results"]:
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "door.toml"
    assert str(Path.cwd()).encode() not in written[1]


def test_the_forms_agree_on_what_was_kept_and_on_what_was_drawn(written, tmp_path):
    # The findings of the run before are in the corpus now; one of them is moved among the news.
    kept = sorted((tmp_path / "payloadproof.corpus").glob("*.json"))
    news = tmp_path / "payloadproof.corpus" / "news"
    news.mkdir(exist_ok=True)
    moved = next(one for one in kept if one.name.startswith("A1"))
    moved.rename(news / moved.name)
    adapter = json.loads(written[0])["adapter"]
    words = ["--adapter", adapter, "--contract", "door.toml", "--only", "A1,A5,A6,A7,C1,W1"]
    forms = "json=s.json,sarif=s.sarif,junit=s.xml,html=s.html"
    explored = CliRunner().invoke(main, ["check", *words, "--explore", "news", "--report", forms])
    assert explored.exit_code == 1, explored.output
    names = ("s.json", "s.sarif", "s.xml", "s.html")
    again = tuple((tmp_path / name).read_bytes() for name in names)
    agree(*again)
    report = json.loads(again[0])
    assert "A1" in {one["clause"] for one in report["news"]}
    assert {"failed"} <= {one["state"] for one in report["corpus"]}


def test_the_forms_agree_where_findings_are_nasty(report_of, reported):
    found = [
        msgspec.structs.replace(
            reported("f", clause=clause), message=f"{said} {clause}", expected=said, observed=clause
        )
        for clause in ("S1", "A5", "P3")
        for said in ("first", "second <&\"'> {0} {canary:1}")
    ]
    verdicts = [verdict(clause, findings=2) for clause in ("S1", "A5", "P3")]
    drawn = msgspec.structs.replace(reported("g", clause="S2"), message="third <&\"'> {0}")
    files = [
        CorpusFile(file=f"c/{clause}-{state}.json", clause=clause, state=state, news=news)
        for clause in ("S1", "A7")
        for state in get_args(State)
        for news in (False, True)
    ]
    report: Report = report_of(
        *verdicts,
        verdict("A7", "passed", 0),
        findings=tuple(found),
        corpus=tuple(files),
        news=(drawn,),
    )
    forms = (msgspec.json.encode(report), sarif(report), junit(report), as_html(report))
    assert len(agree(*forms)) == 6
    fewer = msgspec.structs.replace(report, findings=report.findings[1:])
    with pytest.raises(AssertionError):
        agree(*forms[:3], as_html(fewer))

"""JUnit XML: what a CI server is told."""

from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payloadproof.clauses.clause import clauses
from payloadproof.cli import main
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.model import VERDICTS, ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.report.junit import _speakable, junit

NASTY = "a\x00b \x1b[1m \ud800 \ufffe <&\"'> é\n"


@pytest.fixture
def case():
    """The document of a report with one clause, and that clause's case."""

    def make(verdict, level="MUST", reason=None, observed="it raised KeyError", **also):
        clause = "S1"
        finding = ReportedFinding(
            clause=clause,
            message=f"expected nothing; observed {observed}",
            expected="nothing",
            observed=observed,
            evidence=(observed,),
            definite=True,
            shrunk=True,
        )
        report = Report(
            payloadproof="1",
            command="check",
            implementation=Implementation(name="door", version="1"),
            adapter="cmd:door --loud",
            contract="door.toml",
            profile="quick",
            seed=7,
            seconds=1.5,
            scenarios=3,
            verdicts=(
                ClauseVerdict(
                    clause=clause,
                    level=level,
                    verdict=verdict,
                    scenarios=3,
                    controls=1,
                    findings=int(verdict in ("failed", "reported")),
                    reason=reason,
                ),
            ),
            findings=(finding,) if verdict in ("failed", "reported") else (),
            unsteady=(finding,) if verdict == "unsteady" else (),
            **also,
        )
        root = ET.fromstring(junit(report))
        return root.find("testsuite"), root.find("testsuite/testcase")

    return make


def outcome(case):
    (child,) = case
    return child.tag, child.get("type"), child.get("message")


def test_what_passed_has_a_case_and_no_outcome(case):
    suite, one = case("passed")
    assert list(one) == []
    assert one.get("name") == "S1 hostile values"
    assert one.get("classname") == f"payloadproof.{clauses()['S1'].family}"
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "1",
        "failures": "0",
        "errors": "0",
        "skipped": "0",
    }
    assert suite.get("time") == "1.500"


def test_the_suite_names_what_was_run(case):
    suite, _ = case("passed")
    properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert properties == {
        "payloadproof": "1",
        "implementation": "door 1",
        "adapter": "cmd:door --loud",
        "contract": "door.toml",
        "profile": "quick",
        "seed": "7",
    }


def test_a_finding_is_a_failure_with_its_text(case):
    suite, one = case("failed")
    tag, kind, message = outcome(one)
    assert (tag, kind) == ("failure", "finding")
    assert "it raised KeyError" in message
    assert "evidence (masked)" in one[0].text
    assert suite.get("failures") == "1"


@pytest.mark.parametrize(
    ("verdict", "level", "strict", "tag", "kind"),
    [
        ("failed", "SHOULD", False, "skipped", None),
        ("failed", "SHOULD", True, "failure", "finding"),
        ("reported", "INFO", True, "skipped", None),
        ("unsteady", "MUST", False, "skipped", None),
        ("unsteady", "SHOULD", True, "failure", "unsteady"),
        ("vacuous", "MUST", False, "failure", "vacuous"),
        ("vacuous", "SHOULD", False, "skipped", None),
        ("vacuous", "SHOULD", True, "failure", "vacuous"),
        ("errored", "MUST", False, "error", "errored"),
        ("accepted", "MUST", True, "skipped", None),
        ("unsupported", "MUST", True, "skipped", None),
        ("not_applicable", "MUST", True, "skipped", None),
        ("not_run", "MUST", True, "skipped", None),
    ],
)
def test_a_case_fails_where_the_verdict_counts(case, *, verdict, level, strict, tag, kind):
    suite, one = case(verdict, level, reason="because of it", strict=strict)
    assert outcome(one)[:2] == (tag, kind)
    if verdict not in ("failed", "reported", "unsteady"):
        assert "because of it" in outcome(one)[2]
    counted = {"skipped": "skipped", "failure": "failures", "error": "errors"}
    assert suite.get(counted[tag]) == "1"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_case(case, verdict):
    suite, _ = case(verdict)
    assert len(suite.findall("testcase")) == 1


def test_what_is_stale_in_a_baseline_is_a_failure(case):
    stale = Entry(clause="S1", fingerprint="expected a", reason="r", expires=today())
    suite, _ = case("passed", stale=(stale,))
    _, one = suite.findall("testcase")
    assert outcome(one)[:2] == ("failure", "stale")
    assert one.get("name") == "S1 hostile values: expected a"
    assert suite.get("tests") == "2"


def test_what_xml_cannot_hold_is_escaped(case):
    _, one = case("failed", observed=NASTY)
    message = outcome(one)[2]
    assert "a\\u0000b" in message
    assert "\\ud800" in message
    assert "\\ufffe" in message
    assert "<&\"'> é" in message
    assert "\\u001b" in outcome(case("vacuous", reason=NASTY)[1])[2]


@pytest.fixture
def command(few, door_counter, door_contract_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    door = ["--adapter", door_counter, "--contract", str(door_contract_file), "--only", "W1"]

    def run(*words):
        result = CliRunner().invoke(main, ["check", *door, *words])
        return result.exit_code, result.output

    return run


def test_reports_are_named_in_one_option_or_in_more(command, tmp_path):
    code, output = command(
        "--report", "junit=a,b.xml,json=a.json", "--report", f"junit={tmp_path / 'c.xml'}"
    )
    assert code == 0, output
    for name in ("a,b.xml", "c.xml"):
        assert ET.parse(tmp_path / name).getroot().find("testsuite").get("failures") == "0"
    assert (tmp_path / "a.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize("report", ["junit=", "junit=a.xml,json=", "xml=a.xml", "=a.xml"])
def test_a_report_of_no_kind_or_without_a_file_is_refused(command, report):
    code, output = command("--report", report)
    assert code == 2
    assert f"--report {report}" in output


def test_a_run_that_says_nothing_leaves_no_empty_report(command, tmp_path):
    code, _ = command("--report", "junit=a.xml", "--adapter", "cmd:/no/such/command")
    assert code == 2
    assert not (tmp_path / "a.xml").exists()


def test_a_baseline_is_written_and_used_by_the_command(command, tmp_path):
    code, output = command("--write-baseline", "b.toml")
    assert " --baseline b.toml" in output.partition("next: ")[2]
    assert code == 0, output
    assert "0 accepted" in output
    code, output = command("--baseline", "b.toml", "--strict")
    assert code == 0, output


@pytest.mark.parametrize(
    "words",
    [
        ("--baseline", "nowhere.toml"),
        ("--write-baseline", "no/such/dir/b.toml"),
        ("--baseline", "b.toml", "--show-secrets"),
        ("--write-baseline", "b.toml", "--show-secrets"),
        ("--allow-unsupported", "Z9"),
        ("--allow-unsupported", ""),
        ("--allow-unsupported", "W1"),
    ],
)
def test_options_that_cannot_be_used_are_refused(command, words):
    code, output = command(*words)
    assert code == 2
    assert "next:" in output


def test_a_run_that_is_not_masked_says_so(command):
    code, output = command("--show-secrets")
    assert code == 0, output
    assert "NOT masked" in output
    assert "NOT masked" not in command()[1]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(st.characters(exclude_categories=[]), max_size=30))
@example(NASTY)
@example("a\rb\r\nc")
@example("]]> -- <!--")
def test_whatever_was_observed_the_document_is_read_back(case, observed):
    _, found = case("errored", reason=observed)
    (error,) = found
    assert error.get("message") == (_speakable(observed) or "errored")

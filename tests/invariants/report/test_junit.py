"""JUnit XML: what a CI server is told."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
import xmlschema
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payloadproof.clauses.clause import clauses
from payloadproof.cli import main
from payloadproof.cli.shared import KINDS
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.model import VERDICTS, ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.report.forms import FORMS
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
                    findings=int(verdict == "failed"),
                    reason=reason,
                ),
            ),
            findings=(finding,) if verdict == "failed" else (),
            **also,
        )
        root = ET.fromstring(junit(report))
        return root.find("testsuite"), root.find("testsuite/testcase")

    return make


@pytest.fixture(scope="module")
def schema():
    return xmlschema.XMLSchema(Path(__file__).parents[2] / "schemas" / "junit-10.xsd")


def without_files(root):
    """The schema is from before there was a `file` on a case."""
    for one in root.iter("testcase"):
        one.attrib.pop("file", None)
    return root


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
    assert not re.search(r" $", one[0].text, re.MULTILINE)
    assert suite.get("failures") == "1"


@pytest.mark.parametrize(
    ("verdict", "level", "strict", "tag", "kind"),
    [
        ("failed", "SHOULD", False, "skipped", None),
        ("failed", "SHOULD", True, "failure", "finding"),
        ("failed", "INFO", True, "skipped", None),
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
    if verdict != "failed":
        assert "because of it" in outcome(one)[2]
    counted = {"skipped": "skipped", "failure": "failures", "error": "errors"}
    assert suite.get(counted[tag]) == "1"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_case(case, verdict):
    suite, _ = case(verdict)
    assert len(suite.findall("testcase")) == 1


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("strict", [False, True])
def test_the_document_is_valid_by_its_schema(case, schema, verdict, *, strict):
    stale = Entry(clause="S1", fingerprint=NASTY, reason="r", expires=today())
    suite, _ = case(verdict, reason=NASTY, observed=NASTY, strict=strict, stale=(stale,))
    root = ET.Element("testsuites")
    root.append(suite)
    schema.validate(without_files(root))


def test_the_schema_refuses_what_is_no_junit(case, schema):
    suite, one = case("passed")
    del one.attrib["name"]
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(suite)


def test_the_times_of_the_cases_add_up_to_that_of_the_run(report_of):
    judged = [
        ClauseVerdict(clause=c, level="MUST", verdict="passed", scenarios=n, controls=1, findings=0)
        for c, n in {"S1": 100, "S2": 300, "C1": 0}.items()
    ]
    root = ET.fromstring(junit(report_of(*judged, seconds=8.0)))
    assert [one.get("time") for one in root.iter("testcase")] == ["2.000", "6.000", "0.000"]
    assert root.get("time") == root.find("testsuite").get("time") == "8.000"
    assert root.get("tests") == "3"


def test_a_case_names_the_file_to_begin_with(report_of, reported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "door.toml").write_text("format = 1\n")
    (tmp_path / "mine.py").write_text("1 / 0\n")
    failed = ClauseVerdict(
        clause="S1", level="MUST", verdict="failed", scenarios=1, controls=1, findings=1
    )
    fine = msgspec.structs.replace(failed, clause="S2", verdict="passed", findings=0)
    found = msgspec.structs.replace(reported("f"), evidence=("from mine.py:1 in capture",))
    document = junit(report_of(failed, fine, findings=(found,), contract="door.toml"))
    files = {one.get("name"): one.get("file") for one in ET.fromstring(document).iter("testcase")}
    assert files == {"S1 hostile values": "mine.py", "S2 waiting for the network": "door.toml"}


def test_what_is_stale_in_a_baseline_is_a_failure(case):
    stale = Entry(clause="S1", fingerprint="expected a", reason="r", expires=today())
    suite, _ = case("passed", stale=(stale,))
    _, one = suite.findall("testcase")
    assert outcome(one)[:2] == ("failure", "stale")
    assert re.fullmatch(r"S1 hostile values, accepted [0-9a-f]{8}", one.get("name"))
    assert one[0].text == "expected a"
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
        "--report", "junit=a.xml,json=a.json", "--report", f"junit={tmp_path / 'c.xml'}"
    )
    assert code == 0, output
    for name in ("a.xml", "c.xml"):
        assert ET.parse(tmp_path / name).getroot().find("testsuite").get("failures") == "0"
    assert (tmp_path / "a.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("junit=", "junit names no file"),
        ("junit=a.xml,json=", "json names no file"),
        ("junit", "junit names no file"),
        ("xml=a.xml", "'xml' is no kind of report: they are junit, json, sarif"),
        ("=a.xml", "'' is no kind of report"),
        ("JUnit=a.xml", "did you mean junit?"),
        ("json=a.json,saarif=b.sarif", "did you mean sarif?"),
        ("json=a.json, junit=b.xml", "' junit' is no kind of report"),
        ("json=a,b.json", "'b.json' is not KIND=FILE"),
        ("json=a.json,", "'' is not KIND=FILE"),
        ("", "'' is not KIND=FILE"),
        ("json=a.json,junit=a.json", "two reports would be written to a.json"),
        ("json=a.json,junit=./a.json", "two reports would be written to ./a.json"),
    ],
)
def test_a_report_that_is_not_a_kind_and_a_file_is_refused(command, tmp_path, report, said):
    code, output = command("--report", report)
    assert code == 2
    assert f"--report {report}: " in output
    assert said in output
    assert "next: " in output
    assert [*tmp_path.iterdir()] == []


def test_what_is_to_come_behind_a_comma_is_no_part_of_a_name(command, tmp_path):
    """Of these one file was written, and it was called `a.json,sarif=b.sarif`."""
    code, output = command("--report", "json=a.json,sarif=b.sarif")
    assert code == 0, output
    assert {"a.json", "b.sarif"} <= {one.name for one in tmp_path.iterdir()}
    assert not [one.name for one in tmp_path.iterdir() if "," in one.name]


def test_every_kind_of_report_has_a_form():
    assert [*KINDS] == [*FORMS]


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

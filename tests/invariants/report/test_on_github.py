"""What a workflow shows of a report: a badge, a page for the step, and annotations."""

import json
import re

import msgspec
import pytest
from click.testing import CliRunner

from payloadproof.clauses.clause import every_clause
from payloadproof.cli import main
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.model import VERDICTS, ClauseVerdict
from payloadproof.report.annotations import as_annotations
from payloadproof.report.badge import badge
from payloadproof.report.forms import FORMS
from payloadproof.report.step_summary import step_summary

NASTY = "x | y\n::error::z <b>@mallory</b> [a](http://b) `c` \x1b[2J ![i](http://j) $1$"
STALE = Entry(clause="S1", fingerprint=NASTY, reason="r", expires=today())


def verdict(clause, verdict="failed", findings=1, **also):
    level = every_clause()[clause].level
    settled = {"scenarios": 3, "controls": 1, "level": level, "findings": findings}
    return ClauseVerdict(clause=clause, verdict=verdict, **{**settled, **also})


@pytest.fixture
def shield(report_of):
    """What the badge of a report says, and its colour."""

    def make(*verdicts, **also):
        told = json.loads(badge(report_of(*verdicts, **also)))
        assert {*told} == {"schemaVersion", "label", "message", "color"}
        assert told["schemaVersion"] == 1
        return told["message"], told["color"]

    return make


def test_a_badge_counts_what_decides(shield):
    held = verdict("S2", "passed", 0)
    assert shield(held) == ("1 kept", "brightgreen")
    assert shield(held, verdict("S1", "accepted", 0)) == ("1 kept, 1 accepted", "green")
    assert shield(held, verdict("S1"), verdict("A1")) == ("2 broken", "red")
    assert shield(held, verdict("S1", "vacuous", 0)) == ("1 not proved", "orange")
    assert shield(held, verdict("S1", "errored", 0)) == ("no result", "lightgrey")
    assert shield(held, stale=(STALE,)) == ("baseline to be renewed", "orange")
    assert shield(verdict("S1", "not_run", 0)) == ("nothing judged", "orange")
    assert shield(held, verdict("A5")) == ("1 kept", "brightgreen")
    assert shield(held, verdict("A5"), strict=True) == ("1 broken", "red")


@pytest.mark.parametrize("said", VERDICTS)
@pytest.mark.parametrize("clause", ["S1", "A5", "P3"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_badge_is_green_where_the_exit_code_is_0(shield, report_of, said, clause, *, strict):
    verdicts = (verdict(clause, said, 0), verdict("S2", "passed", 0))
    report = report_of(*verdicts, strict=strict)
    assert ("green" in shield(*verdicts, strict=strict)[1]) == (report.exit_code == 0)


def test_a_page_says_first_how_it_ended_and_what_is_broken(report_of, reported):
    found = msgspec.structs.replace(
        reported("f", clause="A7"), observed="a piece of it", file=".payloadproof/a b.json"
    )
    page = step_summary(
        report_of(
            verdict("A7"),
            verdict("S2", "passed", 0),
            verdict("C1", "not_run", 0),
            findings=(found,),
        )
    ).decode()
    lines = page.splitlines()
    assert lines[0] == "## ❌ Payloadproof: 1 promise broken"
    (row,) = [line for line in lines if line.startswith("| A7")]
    assert row.startswith("| A7 planted secrets | MUST | a piece of it (expected: e) |")
    assert "`payloadproof replay '.payloadproof/a b.json'`" in row
    assert "- 1 passed: S2 waiting for the network" in lines
    assert "- 1 not run" in lines


@pytest.mark.parametrize(
    ("verdicts", "also", "said"),
    [
        ([("S1", "passed", 0)], {}, "✅ Payloadproof: 1 promise kept"),
        ([("S1", "vacuous", 0)], {}, "❌ Payloadproof: not everything was proved"),
        ([("S1", "errored", 0)], {}, "⚠️ Payloadproof: no result"),
        ([("S1", "passed", 0)], {"stale": (STALE,)}, "not everything was proved"),
    ],
)
def test_the_heading_of_a_page_is_the_exit_code(report_of, verdicts, also, said):
    page = step_summary(report_of(*(verdict(*one) for one in verdicts), **also)).decode()
    assert said in page.splitlines()[0]


def test_nothing_that_was_sent_is_markup_or_ends_its_cell(report_of, reported):
    found = msgspec.structs.replace(
        reported("f"), observed=NASTY, expected=NASTY, evidence=(NASTY,), file=NASTY
    )
    verdicts = (verdict("S1"), verdict("C1", "unsupported", 0, reason=NASTY))
    page = step_summary(report_of(*verdicts, findings=(found,), stale=(STALE,))).decode()
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", page)
    assert not re.search(r"(?<!\\)<b|@mallory|(?<!\\)\]\(|\x1b|^::", prose, re.MULTILINE)
    (row,) = [line for line in page.splitlines() if line.startswith("| S1")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6


def test_a_page_of_many_findings_fits_where_it_is_put(report_of, reported):
    found = msgspec.structs.replace(reported("f"), observed="x" * 5_000, expected="y" * 5_000)
    page = step_summary(report_of(verdict("S1"), findings=(found,) * 500))
    assert len(page) < 65_536
    assert b"and 450 more" in page


def test_an_annotation_stands_at_the_line_to_begin_with(report_of, reported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b.py").write_text("")
    found = msgspec.structs.replace(
        reported("f"), evidence=("from a,b.py:3 in capture",), file="x.json", message="50 %"
    )
    report = report_of(verdict("S1"), findings=(found,))
    assert as_annotations(report).decode() == (
        "::error file=a%2Cb.py,line=3,title=S1 hostile values::"
        "50 %25%0Arun it again: payloadproof replay x.json\n"
    )


def test_annotations_are_as_bad_as_they_count(report_of, reported):
    found = tuple(reported("f", clause=clause) for clause in ("S1", "A5", "P3"))
    verdicts = [verdict(one.clause) for one in found]
    unproved = verdict("C1", "vacuous", 0, reason="never seen")
    report = report_of(*verdicts, unproved, findings=found, stale=(STALE,))
    kinds = [line.split()[0] for line in as_annotations(report).decode().splitlines()]
    assert kinds == ["::error", "::warning", "::notice", "::error", "::error"]


def test_no_more_annotations_are_written_than_are_shown(report_of, reported):
    many = (reported("f"),) * 14
    few = (reported("f", clause="P3"),) * 12
    report = report_of(verdict("S1"), verdict("P3"), findings=(*many, *few))
    lines = as_annotations(report).decode().splitlines()
    kinds = [line.split()[0] for line in lines]
    assert (kinds.count("::error"), kinds.count("::notice")) == (10, 10)
    assert lines[-1] == "::notice title=payloadproof::and 7 more: the report has them"


def test_a_sent_text_begins_no_command_of_its_own(report_of, reported):
    found = msgspec.structs.replace(reported("f"), message=NASTY, file=NASTY)
    lines = as_annotations(report_of(verdict("S1"), findings=(found,))).decode().splitlines()
    assert len(lines) == 1
    assert lines[0].isprintable()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("said", VERDICTS)
def test_every_form_can_tell_of_every_verdict(report_of, form, said):
    assert FORMS[form](report_of(verdict("S1", said, 0), stale=(STALE,))) or form == "annotations"


def test_the_page_of_a_github_step_is_added_to_and_another_file_is_not(
    few, door_counter, door_contract_file, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    step, page = tmp_path / "step.md", tmp_path / "page.md"
    for one in (step, page):
        one.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    words = ["--adapter", door_counter, "--contract", str(door_contract_file), "--only", "W1"]
    forms = f"summary={step},summary=page.md,badge=b.json,annotations=/dev/stderr"
    done = CliRunner().invoke(main, ["check", *words, "--report", forms])
    assert done.exit_code == 0, done.output
    assert step.read_text() == "before\n" + page.read_text()
    assert page.read_text().startswith("## ✅")
    assert json.loads((tmp_path / "b.json").read_text())["message"] == "1 kept"

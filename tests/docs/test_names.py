"""A code such as A7 tells a stranger nothing: where it is first read, its name stands too."""

import re
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from payloadproof.clauses.clause import clauses, every_clause, named
from payloadproof.cli import main as command_line
from payloadproof.outcome.model import VERDICTS, ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.report.junit import junit
from payloadproof.report.terminal import as_text

# What is typed, or is the name of a file: there an id stands alone.
TYPED = re.compile(
    r"payloadproof explain [A-Z]\d+|--(?:only|allow-unsupported)[ =][A-Z0-9,]+"
    r"|-k \S+|[A-Z]\d+-\S*\.json"
)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: A paragraph, an item of a list, or a row of a table.
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )|\n(?=\|)")
ID = re.compile(rf"(?<![\w.-])(?:{'|'.join(sorted(every_clause(), reverse=True))})(?![\w-])")


def nameless(text):
    """The ids that a text mentions and nowhere before names, block by block."""
    for block in BLOCK.split(text):
        said = TYPED.sub(" ", " ".join(block.split()))
        seen = set()
        for found in ID.finditer(said):
            if found[0] in seen:
                continue
            seen.add(found[0])
            if not said.startswith(named(found[0]), found.start()):
                yield f"{found[0]}: {said[max(0, found.start() - 50) : found.end() + 30]}"


def test_an_id_without_its_name_is_seen():
    assert [*nameless("Look at W1 first.")]
    assert [*nameless("W1 requests PostHog accepts.\n\nLook at W1.")]
    assert [*nameless("- a: W1 requests PostHog accepts\n- b: W1")]
    assert [*nameless("| W1 | yes |")]
    assert [*nameless("C1 consent precedence, C10 and C11 immediate\nopt-outs")]
    assert not [*nameless("W1 requests PostHog\naccepts, and W1 again; `--only W1,A7`")]
    assert not [*nameless("see A7-0af58c4b.json, and a W1x")]


def test_no_page_shows_an_id_without_its_name(pages, root):
    wrong = [
        f"{one.path.relative_to(root)}: {what}"
        for one in pages
        for what in nameless(FENCE.sub("", one.text))
    ]
    assert wrong == []


@pytest.mark.parametrize("command", [(), *((name,) for name in command_line.commands)])
def test_no_help_shows_an_id_without_its_name(command):
    result = CliRunner().invoke(command_line, [*command, "--help"])
    assert result.exit_code == 0
    assert [*nameless(result.output)] == []


def report_with(verdict):
    """A report in which every clause got one verdict."""
    verdicts = [
        ClauseVerdict(
            clause=one,
            level=clause.level,
            verdict=verdict,
            scenarios=1,
            controls=1,
            findings=1,
            reason="of a reason",
        )
        for one, clause in clauses().items()
    ]
    findings = [
        ReportedFinding(
            clause=one,
            message="m",
            expected="e",
            observed="o",
            evidence=(),
            definite=True,
            shrunk=True,
        )
        for one in clauses()
        if verdict == "failed"
    ]
    return Report(
        payloadproof="1",
        command="check",
        implementation=Implementation(name="door", version="1", language="python"),
        adapter="direct:a:B",
        contract="claude_mem",
        profile="quick",
        seed=7,
        seconds=1.0,
        scenarios=1,
        verdicts=tuple(verdicts),
        findings=tuple(findings),
    )


@pytest.mark.parametrize("verdict", VERDICTS)
def test_no_report_shows_an_id_without_its_name(verdict):
    brief, whole = (as_text(report_with(verdict), verbose=all_) for all_ in (False, True))
    for text in (brief, whole):
        # Each line is read by itself.
        assert [what for line in text.splitlines() for what in nameless(line)] == []
    assert all(named(one) in whole for one in clauses())


@pytest.mark.parametrize("verdict", VERDICTS)
def test_no_case_of_junit_has_an_id_without_its_name(verdict):
    cases = [*ET.fromstring(junit(report_with(verdict))).iter("testcase")]
    assert [case.get("name") for case in cases] == [named(one) for one in clauses()]


def test_the_list_of_clauses_shows_each_with_its_name():
    output = CliRunner().invoke(command_line, ["clauses"], env={"COLUMNS": "1000"}).output
    assert [*nameless(output)] == []
    assert all(f"{named(one)} (" in output for one in every_clause())

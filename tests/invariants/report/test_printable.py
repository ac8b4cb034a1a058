"""What others called a thing moves no terminal's cursor, and breaks no terminal's encoding."""

import io

import pytest
from rich.console import Console

from payloadproof.errors import HarnessError
from payloadproof.outcome.events import Began
from payloadproof.outcome.model import ClauseVerdict
from payloadproof.protocol.messages import Implementation
from payloadproof.report.narrated import narrated
from payloadproof.report.progress import Bar
from payloadproof.report.terminal import error, render
from payloadproof.scenario import steps as do

HOSTILE = "door\x1b[2J\x9b1m\u202e\udce9"
NAMED = Implementation(name=HOSTILE, version=HOSTILE, language=HOSTILE)


@pytest.fixture
def written():
    """A console, and what was written to it: nothing but lines of what can be printed."""
    console = Console(file=io.StringIO(), width=200)

    def lines():
        found = console.file.getvalue().splitlines()
        assert "".join(found).isprintable()
        assert "door" in "".join(found)
        return found

    return console, lines


def test_an_implementation_may_call_itself_anything(written, report_of):
    console, lines = written
    verdict = ClauseVerdict(
        clause="S1", level="MUST", verdict="passed", scenarios=1, controls=1, findings=0
    )
    render(report_of(verdict, implementation=NAMED), console)
    with Bar(console) as bar:
        bar(Began(NAMED, 1))
    assert lines()


def test_an_error_names_a_file_that_may_be_called_anything(written):
    console, lines = written
    error(HarnessError(code="x", message=f"{HOSTILE} cannot be read"), console)
    error("door", console)
    error("", console)
    assert len(lines()) == 3


def test_a_scenario_is_told_in_one_line_a_step(written):
    scenario = do.Scenario(
        now_ms=0, env={HOSTILE: "1\n2"}, steps=(do.WriteConsent(text=f"{HOSTILE}\n"),)
    )
    assert "\\n" in narrated(scenario)[1] or "u000a" in narrated(scenario)[1]
    assert all(line.isprintable() for line in narrated(scenario))

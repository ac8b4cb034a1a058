"""What others called a thing moves no terminal's cursor, and breaks no terminal's encoding."""

import io

import pytest
from rich.console import Console

from payloadproof.errors import HarnessError
from payloadproof.outcome.events import Began
from payloadproof.outcome.model import ClauseVerdict
from payloadproof.protocol.messages import Implementation
from payloadproof.report.narrated import MANY, narrated
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


def test_of_a_large_map_or_list_the_beginning_is_narrated():
    many = [*range(20_000)]
    large = {f"key{n}": many for n in range(20_000)}
    scenario = do.Scenario(steps=(do.Capture(event="a", properties=large),), now_ms=0)
    (line,) = narrated(scenario)[1:]
    assert "key0: [0, 1, " in line
    assert line.count("… (20000 items)") == MANY
    assert line.endswith("… (20000 keys)}")
    assert len(line) < 5_000


def test_a_long_key_is_cut_like_a_long_value():
    scenario = do.Scenario(steps=(do.Capture(event="a", properties={"k" * 9_000: 1}),), now_ms=0)
    assert "(9000 characters): 1" in narrated(scenario)[1]


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ({"compared": "planted"}, "several times, and as often with other secrets"),
        ({"compared": "sessions"}, "several times, and as often with other ids of its sessions"),
    ],
)
def test_it_is_said_that_a_scenario_is_compared(also, said):
    assert said in narrated(do.Scenario(steps=(do.Flush(),), now_ms=0, **also))[0]


def test_a_signal_is_told_apart_from_a_kill():
    steps = do.Crash(told=True), do.Crash(asked=True), do.Crash()
    told, asked, killed = narrated(do.Scenario(steps=steps, now_ms=0))[1:]
    assert "tell the process to end, by SIGTERM" in told
    assert "let the process come to its own end" in asked
    assert killed.endswith("crash")

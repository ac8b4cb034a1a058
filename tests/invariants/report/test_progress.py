"""What is seen while a run goes on: final, or marked as so far."""

import io

import msgspec
import pytest

from payloadproof.outcome.events import Began, Confirmed, Ended, ScenarioRan, Standing
from payloadproof.outcome.model import ClauseVerdict
from payloadproof.protocol.messages import Implementation
from payloadproof.report import progress
from payloadproof.report.console import Terminal
from payloadproof.report.progress import Bar


@pytest.fixture
def screen():
    """What a run that says this leaves on the screen."""

    def show(*events, terminal=False):
        out = io.StringIO()
        console = Terminal(file=out, width=80, force_terminal=terminal, color_system=None)
        with Bar(console) as bar:
            bar(Began(Implementation(name="door", version="1"), 7))
            for one in events:
                bar(one)
        return out.getvalue()

    return show


def held(clause, verdict="passed"):
    one = ClauseVerdict(
        clause=clause, level="MUST", verdict=verdict, scenarios=1, controls=1, findings=0
    )
    return Standing((one,))


def test_the_text_of_a_finding_is_there_as_soon_as_it_stands(screen, reported):
    assert "S1 hostile values: o" in screen(Confirmed(reported("x")))


def test_a_finding_that_is_made_small_is_not_news(screen, reported):
    text = screen(Confirmed(reported("x", 3, shrunk=False)), Confirmed(reported("x", 1)))
    assert text.count("S1 hostile values") == 1


def test_no_tick_stands_that_a_later_line_takes_back(screen, reported):
    text = screen(held("S1"), Confirmed(reported("x")), held("S1", "failed"))
    assert "✓" not in text
    assert text.count("S1") == 1


def test_what_holds_is_said_to_hold_so_far(screen, monkeypatch):
    monkeypatch.setattr(progress, "SAID_EVERY_S", -1.0)
    text = screen(held("A1"), ScenarioRan())
    assert "so far 1 clause holds, 0 are broken" in text


def test_what_only_reports_is_not_said_to_be_broken(screen, monkeypatch, reported):
    monkeypatch.setattr(progress, "SAID_EVERY_S", -1.0)
    billed = msgspec.structs.replace(reported("x"), clause="P3")
    text = screen(Confirmed(billed), Confirmed(reported("x")), ScenarioRan())
    assert "so far 0 clauses hold, 1 is broken" in text


def test_in_a_terminal_the_lines_go_when_the_report_comes(screen, reported, report_of):
    finding = reported("x")
    text = screen(Confirmed(finding), Ended(report_of(findings=(finding,))), terminal=True)
    assert "S1 hostile values" in text
    assert "\x1b[2K" in text.rpartition("S1 hostile values")[2]

"""A red run on one screen: what it shows, what it counts instead, and what it never cuts."""

import io
import re

import msgspec
import pytest

from payloadproof.clauses.clause import clauses, named
from payloadproof.outcome.model import ClauseVerdict, found_broken
from payloadproof.report.brief import LINES, brief
from payloadproof.report.console import Terminal
from payloadproof.report.terminal import as_text
from payloadproof.scenario import steps as do

SCREEN = 40
GIVEN = do.Scenario(
    steps=(do.Capture(event="read", properties={"kind": "x"}), do.Flush()), env={}, now_ms=0
)


def verdict(clause, said=None, **also):
    level = clauses()[clause].level
    return ClauseVerdict(
        clause=clause,
        level=level,
        verdict=said or found_broken(level),
        scenarios=1,
        controls=1,
        findings=int(said is None),
        **also,
    )


@pytest.fixture
def red(reported, report_of):
    """A report in which these clauses are broken."""

    def make(*ids, **also):
        found = tuple(
            msgspec.structs.replace(
                reported("x", clause=one),
                scenario=GIVEN,
                observed=f"what was seen of {one} " + "and seen again " * 6,
                file=f".payloadproof/failures/{one}-01234567.json",
            )
            for one in ids
        )
        return report_of(*map(verdict, ids), findings=found, **also)

    return make


def printed(report, width, *, terminal):
    out = io.StringIO()
    console = Terminal(file=out, width=width, force_terminal=terminal, color_system=None)
    brief(report, console)
    return out.getvalue().splitlines()


def test_each_finding_has_a_line_with_its_file_and_its_name(red):
    ids = ("A1", "A7", "C1", "S1", "W1", "P1")
    lines = printed(red(*ids), 100, terminal=True)
    for one in ids:
        (line,) = (line for line in lines if f"{one}-01234567.json" in line)
        assert named(one) in line
    assert any("payloadproof replay .payloadproof/failures/FILE" in line for line in lines)


@pytest.mark.parametrize("width", [80, 100])
def test_a_terminals_line_is_cut_before_its_file(red, width):
    lines = printed(red("A1", "A7"), width, terminal=True)
    assert max(map(len, lines)) <= width
    assert sum(line.endswith("-01234567.json") for line in lines) == 2


def test_what_is_piped_is_whole_and_not_padded(red):
    lines = printed(red("A1", "A7"), 80, terminal=False)
    assert any(line.count("and seen again") == 6 for line in lines)
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("width", [80, 100])
def test_however_much_is_broken_it_is_a_screen_and_counts_the_rest(red, width):
    every = [one for one in clauses() if clauses()[one].level != "INFO"]
    lines = printed(red(*every), width, terminal=True)
    shown = " ".join(lines)
    for one in every:
        assert re.search(rf"\b{one}\b", shown), one
    if len(every) > LINES:
        assert "--verbose has all" in shown


def test_what_repeats_a_clause_gives_way_to_what_breaks_another(red):
    lines = printed(red(*("A7",) * LINES, "A1", "C1", "C2"), 100, terminal=True)
    for one in ("A7", "A1", "C1", "C2"):
        assert any(line.endswith(f"{one}-01234567.json") for line in lines), one


def test_eighteen_findings_fit_a_screen(red):
    leaks, opt_outs = ("A1", "A2", "A3", "A5", "A6", "A7"), ("C1", "C2", "C3", "C4", "C11")
    ids = (*leaks, *opt_outs, "B8", "P1", "S1", "S4", "S5", "S6", "W1")
    assert len(printed(red(*ids), 80, terminal=True)) <= SCREEN


def test_the_whole_of_it_is_in_the_verbose_form(red):
    report = red("A1", "A7")
    whole = as_text(report, verbose=True)
    assert "Finding 2: " in whole
    for one in ("A1", "A7"):
        assert clauses()[one].source in " ".join(whole.split())
    assert "source:" not in as_text(report)


def test_what_is_unsteady_has_its_line_and_its_file(red, reported, report_of):
    seen = msgspec.structs.replace(
        reported("x", clause="C4"), file=".payloadproof/failures/C4-0.json", observed="a late one"
    )
    report = report_of(
        verdict("C4", "unsteady", reason="seen broken, but not each time"), unsteady=(seen,)
    )
    (line, _, _more) = printed(report, 200, terminal=False)
    assert line.startswith("~ C4 prompt consent changes: seen, but not each time: a late one")
    assert line.endswith("C4-0.json")


def test_clauses_that_share_a_reason_share_a_line(report_of):
    ids = [*clauses()][:12]
    dark = report_of(*(verdict(one, "vacuous", reason="dark") for one in ids))
    lines = printed(dark, 100, terminal=False)
    assert len(lines) == 1
    assert lines[0].endswith("and 8 more (dark)")

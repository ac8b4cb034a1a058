"""The map of roads and promises: no cell stays empty but those that are said to be."""

import msgspec
import pytest

from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.promises import CANNOT, CONSENT, PROMISES, clauses_of, travelled
from payloadproof.clauses.registry import judge
from payloadproof.clauses.roads import RESTARTED, ROADS
from payloadproof.outcome.mapped import MapCell
from payloadproof.outcome.plan import Plan
from payloadproof.report.mapped import table
from payloadproof.run.check import check, running
from payloadproof.run.mapping import added, mapped
from payloadproof.run.properties import PROFILES, SUITE

#: Those that walk roads on purpose, and what else brings a cell that they do not.
WALKING = ("every road, laden", "every road while consent is off", "over the ceiling", "the past")


@pytest.fixture(scope="module")
def walked(contract):
    """What the tables of scenarios alone walk, whatever chance adds to them."""
    plan = Plan(contract, "claude_mem", connector(REFERENCE), tuple(clauses()), seed=1)
    with running(plan) as (runner, ground):
        cells = None
        for prop in SUITE:
            if prop.name in WALKING:
                for scenario in prop.cases(ground):
                    history = runner.run(scenario)
                    one = travelled(history, judge(history, clauses()).exercised)
                    cells = one if cells is None else cells + one
        return mapped(ground, tuple(clauses()), cells)


def named(cells, state):
    return {(cell.road, cell.promise) for cell in cells if cell.state == state}


def test_the_tables_alone_leave_no_cell_empty_but_those_that_cannot_be(walked):
    assert sorted(named(walked, "vacuous")) == []
    assert named(walked, "cannot_be") == set(CANNOT)
    # Only a process of its own starts a second time.
    assert {road for road, _ in named(walked, "not_applicable")} == {RESTARTED}
    assert len(walked) == len(ROADS) * len(PROMISES)


def test_every_cell_that_cannot_be_says_why(walked):
    assert all(cell.reason for cell in walked if cell.state not in ("judged", "vacuous"))
    assert all(len(reason.split()) > 4 for reason in CANNOT.values())


def test_a_cell_names_clauses_that_there_are():
    for road in ROADS:
        for promise in PROMISES:
            assert {*clauses_of(road, promise)} <= clauses().keys()


def test_one_clause_alone_walks_every_road(contract):
    plan = Plan(contract, "claude_mem", connector(REFERENCE), ("C4",), seed=1, examples=1)
    report = check(plan, suite=[prop for prop in SUITE if prop.name in WALKING])
    tried = {cell.road for cell in report.roads if cell.state == "judged"}
    assert tried == {*ROADS} - {RESTARTED}
    assert {cell.promise for cell in report.roads if cell.controls} == {CONSENT}
    assert {one.state for one in report.roads} == {
        *("judged", "not_run", "cannot_be", "not_applicable")
    }
    twice = added(report.roads, report.roads)
    assert all(
        both.controls == 2 * one.controls for one, both in zip(report.roads, twice, strict=True)
    )


@pytest.mark.parametrize(
    ("clause", "kinds"),
    [
        ("P1", {"every road, laden", "the past", "sessions over time", "windows over time"}),
        ("W5", {"slow ends", "after shutdown"}),
        ("B6", {"after shutdown", "every road while consent is off"}),
        ("C4", {"every road while consent is off", "crashes"}),
    ],
)
def test_what_can_break_a_clause_is_made_for_it_alone(clause, kinds):
    assert kinds <= {prop.name for prop in SUITE if clause in prop.aims}


def a_cell(**also):
    return MapCell(
        **{
            "road": "a retry",
            "promise": "values",
            "state": "judged",
            "controls": 3,
            "clauses": ("A2",),
            **also,
        }
    )


def test_a_cell_that_one_process_tried_is_no_hole():
    hole = a_cell(state="vacuous", controls=0)
    for pair in ((hole, a_cell()), (a_cell(), hole)):
        (cell,) = added(pair[:1], pair[1:])
        assert (cell.state, cell.controls) == ("judged", 3)


def test_the_table_shows_a_hole_and_says_what_it_means():
    cells = [a_cell(), a_cell(promise="id", state="vacuous", controls=0)]
    lines = [line.plain for line in table(cells)]
    row = next(line for line in lines if line.strip().startswith("a retry"))
    assert row.split()[-2:] == ["3", "○"]
    assert "2 cells: 1 tried, 1 no scenario came by" in lines[-1]
    assert not list(table([]))


def test_the_table_is_no_wider_than_a_page(walked):
    assert max(len(line.plain) for line in table(walked)) <= 150
    assert msgspec.json.encode(walked)


def test_the_profiles_all_make_the_tables():
    assert set(PROFILES) == {"quick", "ci", "deep"}
    assert {*WALKING} <= {prop.name for prop in SUITE}

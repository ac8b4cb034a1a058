import pytest
from machine import reach
from machine.reach import Look, kinds

from payloadproof.run.properties import SUITE

SOURCE = """LIMIT = 2


@some(
    1,
)
def over(
    some,
    most=3,
):
    if (
        some
        > most
    ):
        return [
            1,
            2,
        ]
    return 4
"""


@pytest.fixture
def part(tmp_path, monkeypatch):
    (tmp_path / "one.py").write_text(SOURCE)
    monkeypatch.setattr(reach, "PACKAGE", tmp_path)


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        (1, None),  # the import
        (5, None),  # a decorator, which the import runs
        (9, None),  # a default, likewise
        (11, {"a", "b"}),  # of a condition every line
        (13, {"a", "b"}),
        (16, {"a"}),  # of a value, too
        (19, set()),
    ],
)
def test_a_statement_is_reached_where_one_of_its_lines_is(part, line, reached):
    seen = {1: {""}, 4: {""}, 7: {""}, 12: {"a"}, 11: {"b"}, 15: {"a"}}
    known = {"one": {one: frozenset(of) for one, of in seen.items()}}
    assert kinds(known, "one", line) == (None if reached is None else frozenset(reached))


def test_a_part_that_nobody_looked_at_is_reached_by_nothing(part):
    assert kinds({}, "one", 19) == frozenset()


def test_what_a_kind_reaches_is_seen(monkeypatch):
    monkeypatch.setattr(reach, "SUITE", [one for one in SUITE if one.name == "status"])
    reached = Look(20_260, "quick")()
    assert {*reached} == {*reach.PARTS}
    asked = {kind for of in reached["consent"].values() for kind in of}
    assert "status" in asked
    assert not any("status" in of for of in reached["redaction/tokens"].values())

"""A clause is the matter of one folder, and of its mirrors in the tests."""

import sys
import tomllib
from pathlib import Path

import pytest

from payloadproof import clauses as package
from payloadproof.clauses.clause import FAMILIES, clauses, every_clause
from payloadproof.clauses.registry import CHECKS
from payloadproof.clauses.run_checks import RUN_CHECKS

# As in the conftest of the mutants.
sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants.mutant import MUTANTS, enter_all, families

TESTS = Path(__file__).parents[1]

enter_all()


def folders(where):
    return {one.name for one in where.iterdir() if one.is_dir() and one.name[0] != "_"}


def misplaced(placed, root):
    """Names, out of (name, clause, module), that do not lie in the folder of the clause's family.

    ``root``: the package whose folders are the families.
    """
    return [
        name
        for name, clause, module in placed
        if not module.startswith(f"{root}.{every_clause()[clause].family}.")
    ]


def test_no_family_is_left_out_of_those_that_may_not_import_each_other():
    settings = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())
    apart = [
        one["modules"]
        for one in settings["tool"]["importlinter"]["contracts"]
        if one["type"] == "independence"
    ]
    wanted = {f"payloadproof.clauses.{family}" for family in FAMILIES}
    assert [set(modules) for modules in apart] == [wanted]


@pytest.mark.parametrize(
    "where",
    [Path(package.__file__).parent, TESTS / "invariants" / "clauses"],
    ids=["checks", "tests"],
)
def test_there_is_a_folder_for_each_family_and_no_other(where):
    assert folders(where) == {*FAMILIES}


def test_there_are_mutants_of_each_family_that_scenarios_are_made_for():
    # What only the runs of a program show is proved by wrong programs.
    assert folders(TESTS / "mutants") == {one.family for one in clauses().values()}


def test_what_is_walked_for_mutants_is_the_folders_of_the_families():
    assert {one.name for one in families()} == {one.family for one in clauses().values()}


def test_each_check_lies_in_the_folder_of_its_clauses_family():
    placed = [(clause, clause, check.__module__) for clause, check in CHECKS.items()]
    assert {clause for clause, _, _ in placed} == {*clauses()}
    assert misplaced(placed, package.__name__) == []
    over_runs = [(clause, clause, check.__module__) for clause, check in RUN_CHECKS.items()]
    assert misplaced(over_runs, package.__name__) == []


def test_each_mutant_lies_in_the_folder_of_its_clauses_family():
    placed = [(name, one.clause, one.part.__module__) for name, one in MUTANTS.items()]
    assert misplaced(placed, "mutants") == []


@pytest.mark.parametrize("module", ["mutants.silence.calls", "mutants.mute", "elsewhere.consent.a"])
def test_what_lies_in_another_folder_is_found(module):
    placed = [("Right", "C4", "mutants.consent.decisions"), ("Wrong", "C4", module)]
    assert misplaced(placed, "mutants") == ["Wrong"]

"""A property draws the same examples in every run, and the nightly profile draws anew."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
LOCAL = f"WORDS = {[f'{n} kettles' for n in range(300)]}; NUMBERS = {[*range(1000, 1300)]}\n"
PROPERTY = """
import importlib, os
from pathlib import Path
from hypothesis import given, settings, strategies as st

if "LOADED" in os.environ:
    importlib.import_module(os.environ["LOADED"])

@settings(max_examples=400)
@given(st.text(), st.integers(), st.sampled_from(sorted({"a", "b", "c"})))
def test_something(one, two, three):
    with Path("drawn.txt").open("a") as file:
        print(ascii((one, two, three)), file=file)
"""


@pytest.fixture
def drawn(tmp_path):
    """What a property of a project with our conftest draws, in a process of its own."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_property.py").write_text(PROPERTY)
    (tmp_path / "words_of_ours.py").write_text(LOCAL)

    def run(*words, **env):
        file = tmp_path / "drawn.txt"
        file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
        path = os.pathsep.join(map(str, (tmp_path, *filter(None, sys.path))))
        subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": path} | env,
            check=True,
            capture_output=True,
            timeout=120,
        )
        return file.read_text().splitlines()

    return run


def test_two_runs_draw_the_same_whatever_is_loaded_and_however_names_are_hashed(drawn):
    first = drawn(PYTHONHASHSEED="1")
    assert len(first) > 300
    assert drawn(PYTHONHASHSEED="2", LOADED="words_of_ours") == first


def test_a_variable_of_a_ci_server_changes_nothing(drawn):
    assert drawn(CI="true") == drawn(CI="")


def test_the_nightly_profile_draws_anew(drawn):
    assert drawn("--hypothesis-profile", "nightly") != drawn("--hypothesis-profile", "nightly")


def test_every_session_that_makes_scenarios_says_by_which_seed():
    noxfile = ast.parse(Path(__file__).parents[1].joinpath("noxfile.py").read_text())
    commands = [
        words
        for node in ast.walk(noxfile)
        if isinstance(node, ast.Call | ast.Tuple)
        for words in [
            [
                one.value
                for one in getattr(node, "elts", None) or getattr(node, "args", ())
                if isinstance(one, ast.Constant)
            ]
        ]
        if {"payloadproof", "check"} <= {*words} or "tests/mutants/matrix.py" in words
    ]
    assert len(commands) >= 5
    assert all("--seed" in words for words in commands), commands

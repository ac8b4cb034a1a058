"""What our own tests leave to the night is run by night: no test falls between two sessions.

The noxfile is run with a stand-in of nox, which writes down what its sessions would run.
"""

import importlib.util
import sys
import types
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


class CommandFailedError(Exception):
    """What a session raises of a command that failed."""


class Session:
    """One whose commands are written down; those with a word of ``failing`` in them fail."""

    posargs = ()

    def __init__(self, failing=None):
        self.ran = []
        self.red = []
        self._failing = failing

    def run(self, *command, **also):
        self.ran.append(command)
        if self._failing in command:
            raise CommandFailedError

    def install(self, *words):
        pass

    log = install

    def error(self, message):
        self.red.append(message)


@pytest.fixture
def noxfile(monkeypatch):
    nox = types.ModuleType("nox")
    nox.session = lambda function=None, **_: function or (lambda inner: inner)
    nox.options = types.SimpleNamespace()
    nox.command = types.SimpleNamespace(CommandFailed=CommandFailedError)
    nox.project = types.SimpleNamespace(load_toml=lambda _: {"dependency-groups": {"test": []}})
    monkeypatch.setitem(sys.modules, "nox", nox)
    found = importlib.util.spec_from_file_location("noxfile_of_ours", ROOT / "noxfile.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def marked(command):
    """What a run of pytest selects by marks."""
    return command[command.index("-m") + 1] if command[0] == "pytest" and "-m" in command else None


def test_what_is_marked_for_the_night_is_left_out_by_day_and_run_by_night(noxfile):
    day, night = Session(), Session()
    noxfile.tests(day)
    noxfile.nightly(night)
    assert [marked(command) for command in day.ran] == ["not night"]
    (whole,) = (command for command in night.ran if marked(command) == "night")
    # Both look at the same rooms.
    left_out = [{word for word in one if word.startswith("--ignore")} for one in (*day.ran, whole)]
    assert left_out[0] == left_out[1]


def test_what_is_red_by_night_hides_nothing_after_it_and_is_told(noxfile):
    sound, night = Session(), Session(failing="night")
    noxfile.nightly(sound)
    noxfile.nightly(night)
    assert sound.red == []
    assert len(night.ran) == len(sound.ran)
    assert "pytest -m night" in night.red[0]


def test_who_names_tests_gets_them_by_day_whatever_their_marks_are(noxfile):
    session = Session()
    session.posargs = ("tests/test_night.py",)
    noxfile.tests(session)
    assert session.ran == [("pytest", "tests/test_night.py")]


def test_the_workflow_of_the_night_runs_that_session():
    text = (ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["draw"]["steps"]
    assert [one for one in steps if "nox -s nightly " in one.get("run", "")]

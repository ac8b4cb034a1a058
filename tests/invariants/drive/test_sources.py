"""The files that errors come from: those in the home are there, and no others."""

from pathlib import Path

import pytest

from payloadproof.drive.asking import asked
from payloadproof.drive.directories import Directories
from payloadproof.protocol.messages import Fault, Frame
from payloadproof.scenario import steps as do

SECRETS = "kettlesecret", "sourcesecret"
HOMEMADE = Frame(function="boil", file="{home}/{canary:0}/scale.py", source="key = '{canary:1}'")
LID = Frame(function="lift", file=HOMEMADE.file, source="lift()")


@pytest.fixture
def prepared(contract, tmp_path):
    """The home of a scenario in which an error comes through these frames."""

    def make(*frames, cause=None):
        fault = Fault(type="LidError", message="the lid is open", frames=frames, cause=cause)
        directories = Directories(tmp_path, contract, SECRETS)
        directories.prepare(do.Scenario(steps=(do.RaiseError(error=fault),), now_ms=0))
        return directories.home

    return make


def files(home):
    return {str(path.relative_to(home)) for path in home.rglob("*.py")}


def test_a_file_in_the_home_holds_the_sources_of_its_frames(prepared):
    home = prepared(HOMEMADE, LID)
    assert files(home) == {"kettlesecret/scale.py"}
    lines = (home / "kettlesecret/scale.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 20
    assert {*lines} == {"key = 'sourcesecret'", "lift()"}


def test_what_an_error_came_of_has_its_files_too(prepared):
    assert files(prepared(cause=Fault(type="A", message="", frames=(HOMEMADE,))))


@pytest.mark.parametrize(
    "frame",
    [
        Frame(function="boil", file="/srv/kettle/scale.py", source="boil()"),
        Frame(function="boil", file="{cwd}/kettle/scale.py", source="boil()"),
        Frame(function="boil", file="{home}/kettle/scale.py"),
    ],
    ids=["elsewhere", "the working directory", "no source"],
)
def test_no_other_file_is_written(prepared, frame):
    assert not files(prepared(frame))
    assert not Path("kettle").exists()


def test_a_frame_below_the_working_directory_is_named_from_the_root():
    frame = Frame(function="boil", file="{cwd}/{canary:0}/scale.py")
    step = do.RaiseError(error=Fault(type="A", message="in {home}", frames=(frame,)))
    scenario = do.Scenario(steps=(step,), now_ms=0)
    error = asked(step, scenario, SECRETS, "/home/kettle").error
    assert error.frames[0].file == f"{Path.cwd()}/kettlesecret/scale.py"
    assert error.message == "in /home/kettle"

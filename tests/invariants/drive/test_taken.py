"""What stands in the place of a file of the program's, and that nobody waits at it for ever."""

import threading

import pytest

from payloadproof.drive.directories import Directories
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import NO_FILES


@pytest.fixture
def prepared(contract, tmp_path):
    def make(**state):
        directories = Directories(tmp_path, contract, ())
        directories.prepare(do.Scenario(steps=(), now_ms=0, **state))
        return directories

    return make


@pytest.mark.parametrize("place", ["consent", "marker"])
@pytest.mark.parametrize("instead", NO_FILES)
def test_what_is_no_file_stands_in_the_place_of_one(prepared, place, instead):
    text = {"consent": "consent_text", "marker": "marker_text"}[place]
    directories = prepared(instead={place: instead}, **{text: "{"})
    names = {"consent": "telemetry.json", "marker": "backfill.json"}
    path = directories.data / names[place]
    stands = {"pipe": path.is_fifo, "folder": path.is_dir, "loop": path.is_symlink}
    assert stands[instead]()
    assert not path.is_file()
    shot = directories.snapshot(0)
    assert not shot.files
    # It counts as what its text says, though nobody can read that.
    assert shot.marker == ("{" if place == "marker" else None)


def test_a_file_stands_where_the_folder_of_the_log_should_be(prepared):
    directories = prepared(instead={"log": "file"})
    assert (directories.data / "logs").is_file()
    assert directories.log() == ""


def test_who_waits_at_a_pipe_goes_on_when_the_scenario_has_ended(prepared):
    directories = prepared(instead={"consent": "pipe"}, consent_text="{")
    path = directories.data / "telemetry.json"
    read = []
    waiting = threading.Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    waiting.start()
    while not read:
        directories.close()
        waiting.join(0.01)
    assert read == [b""]


def test_a_marker_that_was_put_in_the_place_of_a_pipe_is_read(prepared):
    directories = prepared(instead={"marker": "pipe"}, marker_text="{")
    path = directories.data / "backfill.json"
    path.unlink()
    path.write_text("{}", encoding="utf-8")
    assert directories.snapshot(0).marker == "{}"

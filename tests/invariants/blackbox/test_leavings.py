"""What a command left in its home: read as far as it is safe to."""

import os

import pytest

from payloadproof.blackbox import leavings
from payloadproof.blackbox.leavings import files, holding


def test_plain_files_are_found_at_any_depth_and_by_their_path_below_the_home(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "id").write_text("0193d3c8")
    assert files(tmp_path) == {"a/b/id"}


def test_what_is_no_plain_file_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for ever
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert not files(tmp_path)


def test_a_home_that_is_full_is_read_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr(leavings, "FILES", 3)
    for number in range(9):
        (tmp_path / str(number)).touch()
    assert len(files(tmp_path)) == 3


@pytest.mark.parametrize(("text", "held"), [("id=0193d3c8\n", True), ("id=0193\n", False)])
def test_a_file_holds_an_id_as_it_is(tmp_path, text, held):
    (tmp_path / "settings").write_text(text)
    assert bool(holding(tmp_path, {"settings", "gone"}, {"0193d3c8", ""})) is held

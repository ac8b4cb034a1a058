"""A file is whole or not there, and what is no file stays what it is."""

import os
import stat
import threading

import pytest

from payloadproof.scenario.whole import whole


def test_what_breaks_leaves_what_was_there(tmp_path):
    path = tmp_path / "kept"
    path.write_text("before")

    def broken():
        with whole(path) as file:
            file.write(b"half")
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - no disk says anything else
        broken()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    with whole(path) as file:
        file.write(b"all of it")
    reader.join(30)
    assert read == [b"all of it"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to("there/file")
    with whole(link) as file:
        file.write(b"all of it")
    assert link.is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == b"all of it"

import os

import pytest

from payloadproof_reference.worker.state import FILE, AlreadyRunningError, State, alone, previous


def test_nothing_is_known_of_a_first_worker(tmp_path):
    assert previous(tmp_path) == {"previous_shutdown": "unknown"}


@pytest.mark.parametrize(("ended", "end"), [(True, "clean"), (False, "crash")])
def test_the_one_before_is_told_of(ended, end, tmp_path):
    State(os.getpid(), 1, 42, ended).write(tmp_path)
    assert previous(tmp_path) == {"previous_shutdown": end, "previous_uptime_seconds": 42}
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("held", ["", "[]", "{", '{"ended": 1}', "[" * 5_000, "\xff"])
def test_what_cannot_be_read_says_nothing(held, tmp_path):
    (tmp_path / FILE).write_bytes(held.encode("latin-1"))
    assert previous(tmp_path) == {"previous_shutdown": "unknown"}


@pytest.mark.parametrize("uptime", ["-1", "true", '"9"', "1.5"])
def test_an_uptime_that_is_none_is_left_out(uptime, tmp_path):
    (tmp_path / FILE).write_text(f'{{"ended": true, "uptime_seconds": {uptime}}}')
    assert previous(tmp_path) == {"previous_shutdown": "clean"}


def test_a_pipe_in_its_place_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / FILE)
    assert previous(tmp_path) == {"previous_shutdown": "unknown"}


def test_a_directory_is_for_one_at_a_time(tmp_path):
    with alone(tmp_path / "data"), pytest.raises(AlreadyRunningError), alone(tmp_path / "data"):
        pass
    with alone(tmp_path / "data"):
        pass

import errno
import json
import os
import uuid

import pytest

from payloadproof_reference.past.marker import BACKFILL_VERSION, FILE, Completion, Marker

OURS = str(uuid.uuid4())
DONE = Completion("2025-01-05T00:00:00.000+00:00", "2025-01-02", 3, OURS, BACKFILL_VERSION)


@pytest.fixture
def put(tmp_path):
    def put(content):
        (tmp_path / FILE).write_bytes(
            content if isinstance(content, bytes) else json.dumps(content).encode()
        )
        return Marker(tmp_path).complete(OURS)

    return put


def test_without_a_marker_the_past_is_not_sent_yet(tmp_path):
    assert Marker(tmp_path).complete(OURS) is None
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"installId": OURS},
        {"installId": OURS, "version": 1},
        {"installId": OURS, "version": 1.0},
        {"installId": OURS, "version": -3},
        {"installId": OURS, "version": BACKFILL_VERSION - 1, "eventCount": "many"},
    ],
)
def test_an_older_marker_lets_it_run_again(put, content):
    assert put(content) is None


@pytest.mark.parametrize(
    "content",
    [
        {"installId": OURS, "version": BACKFILL_VERSION},
        {"installId": OURS, "version": BACKFILL_VERSION + 1},
        {"installId": OURS, "version": 1e300},
        {"version": BACKFILL_VERSION},
        {"installId": OURS, "version": "1"},
        {"installId": OURS, "version": None},
        {"installId": OURS, "version": True},
        {"installId": OURS, "version": [1]},
        {"installId": str(uuid.uuid4()), "version": 1},
        {"installId": str(uuid.uuid4())},
        {"installId": None, "version": 1},
        [],
        [{"version": 1}],
        "version",
        None,
        1,
        b"",
        b"{",
        b'{"version": NaN}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_any_other_marker_counts_as_complete(put, content):
    assert put(content)


def test_what_is_no_file_counts_as_complete(tmp_path):
    for number, make in enumerate((os.mkdir, os.mkfifo)):
        place = tmp_path / str(number)
        place.mkdir()
        make(place / FILE)
        assert Marker(place).complete(OURS)


def test_a_file_too_large_for_a_marker_counts_as_complete(put):
    assert put(b" " * 1_000_001)


def test_what_is_written_counts_as_complete(tmp_path):
    Marker(tmp_path).write(DONE)
    assert Marker(tmp_path).complete(OURS)
    assert json.loads((tmp_path / FILE).read_text()) == {
        "completedAt": "2025-01-05T00:00:00.000+00:00",
        "throughDay": "2025-01-02",
        "eventCount": 3,
        "installId": OURS,
        "version": BACKFILL_VERSION,
    }
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_marker_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / FILE).write_text("{}")

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        Marker(tmp_path).write(DONE)
    assert (tmp_path / FILE).read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_room_for_the_marker_has_no_name_and_is_given_back(tmp_path):
    marker = Marker(tmp_path)
    with marker.room() as give_back:
        assert not list(tmp_path.iterdir())
        give_back()
    assert not list(tmp_path.iterdir())


def test_without_room_there_is_an_error_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"), Marker(tmp_path).room():
        pass
    assert not list(tmp_path.iterdir())

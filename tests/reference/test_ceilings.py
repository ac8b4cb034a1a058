"""So many of an event in a day, by all processes of an installation."""

from __future__ import annotations

import os
import threading

import pytest

from payloadproof_reference.ceilings import FOLDER, Ceilings
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.log import Log

NOON = 1_760_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
def clock():
    return VirtualClock(NOON)


@pytest.fixture
def start(tmp_path, clock):
    """Starts a process's ceilings."""
    return lambda: Ceilings(clock, Log(tmp_path, clock), lambda: tmp_path)


def admitted(ceilings, times, ceiling, event="worker_started"):
    return sum(ceilings.admits(event, ceiling) for _ in range(times))


def test_a_new_process_goes_on_where_the_last_one_ended(start):
    assert admitted(start(), 3, 5) == 3
    assert admitted(start(), 9, 5) == 2
    assert admitted(start(), 9, 5) == 0


def test_two_processes_share_a_ceiling_and_take_all_of_it(start):
    one, other = start(), start()
    took = [each.admits("worker_started", 9) for _ in range(9) for each in (one, other)]
    assert sum(took) == 9


def test_processes_that_take_the_last_ones_at_once_never_take_too_many(start):
    began = threading.Barrier(4)
    took = []

    def take():
        ceilings = start()
        began.wait()
        took.append(admitted(ceilings, 400, 1_000))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(took) == 1_000


def test_events_and_days_are_counted_apart(start, clock):
    ceilings = start()
    assert admitted(ceilings, 9, 5) == admitted(ceilings, 9, 5, "worker_stopped") == 5
    clock.advance(DAY_MS)
    assert admitted(start(), 9, 5) == 5
    clock.set(NOON)
    assert admitted(start(), 9, 5) == 0


def test_a_process_that_runs_over_midnight_counts_in_the_file_of_the_new_day(start, clock):
    ceilings = start()
    assert admitted(ceilings, 3, 5) == 3
    clock.advance(DAY_MS)
    assert admitted(start(), 4, 5) == 4
    assert admitted(ceilings, 9, 5) == 1


def test_a_process_that_may_write_elsewhere_now_counts_there(clock, tmp_path):
    place = [tmp_path / "one"]
    ceilings = Ceilings(clock, Log(tmp_path, clock), lambda: place[0])
    assert admitted(ceilings, 3, 5) == 3
    place[0] = tmp_path / "other"
    assert admitted(ceilings, 1, 5) == 1
    counted = {path.parts[-4]: path.stat().st_size for path in tmp_path.glob(f"*/{FOLDER}/*/*")}
    assert counted == {"one": 3, "other": 1}


def test_without_a_ceiling_nothing_is_counted(start, tmp_path):
    assert admitted(start(), 9, None) == 9
    assert not (tmp_path / FOLDER).exists()


def test_a_storm_above_the_ceiling_touches_no_file(start, tmp_path):
    assert admitted(start(), 500, 5) == 5
    assert [path.stat().st_size for path in tmp_path.glob(f"{FOLDER}/*/*")] == [5]


def test_where_nothing_may_be_written_the_process_counts_for_itself(clock, tmp_path):
    ceilings = Ceilings(clock, Log(tmp_path, clock), lambda: None)
    assert admitted(ceilings, 9, 5) == 5
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("taken", ["file", "pipe", "folder"])
def test_a_place_that_is_taken_costs_what_was_sent_before(start, tmp_path, clock, taken):
    assert admitted(start(), 1, 5) == 1
    [path] = tmp_path.glob(f"{FOLDER}/*/*")
    path.unlink()
    match taken:
        case "file":
            path.parent.rmdir()
            path.parent.write_text("")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    assert admitted(start(), 9, 5) == 5


def test_what_was_removed_was_sent_all_the_same(start, tmp_path):
    ceilings = start()
    assert admitted(ceilings, 3, 5) == 3
    [path] = tmp_path.glob(f"{FOLDER}/*/*")
    path.unlink()
    assert admitted(ceilings, 9, 5) == 2


def test_a_few_days_are_kept(start, tmp_path, clock):
    for _ in range(12):
        clock.advance(DAY_MS)
        assert admitted(start(), 9, 5) == 5
    assert len(list((tmp_path / FOLDER).iterdir())) == 8


def test_only_the_installation_itself_can_read_them(start, tmp_path):
    start().admits("worker_started", 5)
    [path] = tmp_path.glob(f"{FOLDER}/*/*")
    assert path.stat().st_mode & 0o077 == 0

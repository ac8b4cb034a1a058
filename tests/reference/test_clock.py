from __future__ import annotations

import threading
import time

import pytest

from payloadproof_reference.clock import ASLEEP_MS, SystemClock, VirtualClock

PATIENCE_S = 10


@pytest.fixture
def clock():
    return VirtualClock(1_000)


@pytest.fixture
def ran(clock):
    """A timer each 100 ms, and when it ran."""
    times = []
    clock.every(100, lambda: times.append(clock.now_ms()))
    return times


def test_the_system_clock_counts_milliseconds_since_the_epoch():
    before = int(time.time() * 1000)
    assert before - 1 <= SystemClock().now_ms() <= int(time.time() * 1000) + 1


def test_a_timer_of_the_system_clock_runs_again_and_again():
    again = threading.Semaphore(0)
    stop = SystemClock().every(1, again.release)
    assert all(again.acquire(timeout=PATIENCE_S) for _ in range(3))
    stop()


def test_timers_of_the_system_clock_share_one_thread_that_ends_with_them():
    clock = SystemClock()
    ran = [threading.Event(), threading.Event()]
    threads = []

    def note(event):
        threads.append(threading.current_thread())
        event.set()

    long = clock.every(3_600_000, lambda: None)
    stops = [clock.every(1, lambda event=event: note(event)) for event in ran]
    assert all(event.wait(PATIENCE_S) for event in ran)
    (thread,) = set(threads)
    assert thread.daemon
    for stop in (*stops, long, long):
        stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    again = threading.Event()
    stop = clock.every(1, again.set)
    assert again.wait(PATIENCE_S)
    stop()


def test_a_virtual_clock_stands_still_until_it_is_moved(clock):
    assert clock.now_ms() == clock.now_ms() == 1_000
    clock.advance(250)
    assert clock.now_ms() == 1_250


def test_a_virtual_clock_loses_no_step_of_any_thread():
    clock = VirtualClock(0)
    threads = [
        threading.Thread(target=lambda: [clock.advance(1) for _ in range(1_000)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now_ms() == 8_000


def test_every_due_timer_has_run_at_its_time_when_the_clock_has_moved(clock, ran):
    clock.advance(99)
    assert ran == []
    clock.advance(251)
    assert ran == [1_100, 1_200, 1_300]
    assert clock.now_ms() == 1_350


def test_timers_run_in_the_order_in_which_they_are_due(clock):
    order = []
    clock.every(300, lambda: order.append("long"))
    clock.every(200, lambda: order.append("short"))
    clock.advance(450)
    assert order == ["short", "long", "short"]


def test_a_timer_that_was_stopped_runs_no_more(clock, ran):
    def once():
        stop()

    stop = clock.every(50, once)
    clock.advance(100)
    assert len(clock._timers) == 1
    clock.advance(100)
    assert ran == [1_100, 1_200]


def test_a_timer_can_be_made_by_a_timer(clock):
    times = []

    def begin():
        stop()
        clock.every(10, lambda: times.append(clock.now_ms()))

    stop = clock.every(100, begin)
    clock.advance(125)
    assert times == [1_110, 1_120]


@pytest.mark.parametrize("now_ms", [0, 1_050, 10**13])
def test_setting_the_clock_makes_nothing_due_and_delays_nothing(now_ms, clock, ran):
    clock.advance(90)
    clock.set(now_ms)
    assert (clock.now_ms(), ran) == (now_ms, [])
    clock.advance(100)
    assert ran == [now_ms + 100]


def test_a_jump_of_ten_years_runs_each_timer_once(clock, ran):
    years = 10 * 365 * ASLEEP_MS
    clock.advance(years)
    assert ran == [1_000 + years]
    clock.advance(100)
    assert ran == [1_000 + years, 1_100 + years]

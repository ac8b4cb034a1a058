from __future__ import annotations

import threading
import time

from payloadproof_reference.clock import SystemClock, VirtualClock


def test_the_system_clock_counts_milliseconds_since_the_epoch():
    before = int(time.time() * 1000)
    assert before - 1 <= SystemClock().now_ms() <= int(time.time() * 1000) + 1


def test_a_virtual_clock_stands_still_until_it_is_moved():
    clock = VirtualClock(1_000)
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

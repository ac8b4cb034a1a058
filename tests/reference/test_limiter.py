from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.limiter import MOST_KEYS, OVERFLOW, WINDOW_MS, Limiter

NOW_MS = 1_760_000_000_000


class Limited:
    """A limiter, and what it let be said: (time that passed, key, count)."""

    def __init__(self):
        self.clock = VirtualClock(NOW_MS)
        self.limiter = Limiter(self.clock, self.closed)
        self.passed = 0
        self.said = []

    def closed(self, key, held):
        if held:
            self.said.append((self.clock.now_ms(), key, held))

    def occur(self, key, times=1):
        for _ in range(times):
            counted, now = self.limiter.occurred(key)
            if now:
                self.said.append((self.clock.now_ms(), counted, 1))

    @property
    def counts(self):
        totals = Counter()
        for _, key, held in self.said:
            totals[key] += held
        return totals


@pytest.fixture
def limited():
    return Limited()


def test_the_first_occurrence_is_said_at_once_as_one(limited):
    limited.occur("a")
    assert limited.said == [(NOW_MS, "a", 1)]


def test_the_others_are_said_when_the_window_closes(limited):
    limited.occur("a", 5)
    limited.clock.advance(WINDOW_MS - 1)
    assert len(limited.said) == 1
    limited.clock.advance(1)
    assert limited.said[1:] == [(NOW_MS + WINDOW_MS, "a", 4)]


def test_a_window_that_closed_on_a_count_is_open_again(limited):
    limited.occur("a", 2)
    limited.clock.advance(WINDOW_MS)
    limited.occur("a")
    assert [held for _, _, held in limited.said] == [1, 1]
    limited.clock.advance(WINDOW_MS)
    assert limited.counts["a"] == 3


def test_a_steady_stream_is_said_each_window_and_not_put_off(limited):
    for _ in range(600):
        limited.occur("a")
        limited.clock.advance(1000)
    assert len(limited.said) == 11
    assert limited.counts["a"] == 600


def test_a_window_without_a_count_leaves_nothing_behind(limited):
    limited.occur("a")
    limited.clock.advance(WINDOW_MS)
    assert limited.limiter._open == {}
    limited.occur("a")
    assert len(limited.said) == 2


def test_beyond_the_most_keys_all_share_one_and_no_open_window_is_evicted(limited):
    for round_ in range(3):
        for number in range(MOST_KEYS + 50):
            limited.occur(number)
        assert len(limited.said) == MOST_KEYS + 1, round_
    limited.limiter.drain()
    assert limited.counts[OVERFLOW] == 150
    assert sum(limited.counts.values()) == 3 * (MOST_KEYS + 50)


def test_a_drain_gives_out_every_count_once(limited):
    limited.occur("a", 3)
    limited.occur("b")
    limited.limiter.drain()
    limited.limiter.drain()
    limited.clock.advance(10 * WINDOW_MS)
    assert limited.counts == {"a": 3, "b": 1}


def test_what_was_counted_before_a_clear_is_never_said(limited):
    limited.occur("a", 3)
    limited.limiter.clear()
    limited.clock.advance(WINDOW_MS)
    limited.limiter.drain()
    assert limited.counts == {"a": 1}


def test_a_clear_does_not_let_a_key_be_said_twice_in_its_window(limited):
    limited.occur("a")
    limited.limiter.clear()
    limited.occur("a")
    assert len(limited.said) == 1


@pytest.mark.parametrize("step", [-86_400_000, -1, 1, 86_400_000])
def test_after_a_step_of_the_clock_a_count_is_said_within_one_window(limited, step):
    limited.occur("a", 2)
    limited.clock.advance(WINDOW_MS // 2)
    limited.clock.set(NOW_MS + step)
    limited.clock.advance(WINDOW_MS)
    assert limited.counts["a"] == 2


steps = st.lists(
    st.one_of(
        st.tuples(st.just("occur"), st.integers(0, 5)),
        st.tuples(st.just("advance"), st.integers(0, 3 * WINDOW_MS)),
        st.tuples(st.just("set"), st.integers(-(10**9), 10**9)),
    ),
    max_size=40,
)


@given(steps)
def test_counts_add_up_and_no_window_says_a_thing_twice(script):
    limited = Limited()
    limited.limiter.most_keys = 3
    happened = 0
    quiet = {}  # how long each key has been quiet, by time that passed
    passed = 0
    for what, amount in script:
        before = len(limited.said)
        if what == "occur":
            limited.occur(amount)
            happened += 1
            for _, key, _ in limited.said[before:]:
                assert passed - quiet.get(key, -WINDOW_MS) >= WINDOW_MS
                quiet[key] = passed
        elif what == "advance":
            start = limited.clock.now_ms()
            limited.clock.advance(amount)
            for at, key, _ in limited.said[before:]:
                said_at = passed + at - start
                assert said_at - quiet[key] >= WINDOW_MS
                quiet[key] = said_at
            passed += amount
        else:
            limited.clock.set(NOW_MS + amount)
        assert len(limited.limiter._open) <= 4
    limited.limiter.drain()
    assert sum(limited.counts.values()) == happened


def test_threads_lose_nothing_and_count_nothing_twice(limited):
    start = threading.Barrier(4)

    def work():
        start.wait()
        for number in range(500):
            limited.occur(number % 7)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(limited.said) == 7
    limited.limiter.drain()
    assert sum(limited.counts.values()) == 2000

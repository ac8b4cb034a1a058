from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.rollup import (
    CONTEXT,
    MAX_FLUSHED,
    MAX_MODELS,
    MAX_SESSIONS,
    SAFETY_AGE_MS,
    SAFETY_RECORDS,
    TURN,
    Sessions,
    Window,
)
from payloadproof_reference.whitelist import EVENTS, WHITELIST

SUMMED = {
    "total_tokens_input": "tokens_input",
    "total_tokens_output": "tokens_output",
    "total_cost_usd": "cost_usd",
    "observations_created": "count",
    "obs_type_other": "obs_type_other",
}

amounts = st.integers(0, 10**6)
records = st.fixed_dictionaries(
    {},
    optional={
        "tokens_input": amounts,
        "tokens_output": amounts,
        "cost_usd": amounts.map(lambda n: n / 1024),
        "duration_ms": amounts,
        "count": amounts,
        "obs_type_other": amounts,
        "outcome": st.sampled_from(["ok", "error", "aborted", "invalid_output", "partial"]),
        "model": st.sampled_from(["m-1", "m-2"]),
    },
)


@pytest.fixture
def sessions(clock):
    return Sessions(clock)


@pytest.fixture
def window(clock):
    return Window(clock)


def test_a_session_without_values_still_says_everything(sessions):
    sessions.record(1, {})
    rollup = sessions.end(1)
    zeros = [key for key in rollup if key not in ("count", "window_start_ts", "rollup_reason")]
    assert all(rollup[key] == 0 for key in zeros)
    assert "top_model" not in rollup
    assert rollup["count"] == 1


def test_every_property_of_both_rollups_is_declared_and_fits(sessions, window, clock):
    sessions.record(1, {"model": "claude-x"})
    window.record({"tokens_injected": 3})
    for event, rollup in (
        ("observer_turn_rollup", sessions.end(1)),
        ("context_injected_rollup", window.drain()),
    ):
        assert WHITELIST.scrub(event, rollup) == rollup
        assert set(EVENTS[event].properties) >= set(rollup)
    assert set(TURN.sums) | set(TURN.means) | set(CONTEXT.sums) <= set(WHITELIST.shapes)


def test_averages_count_the_records_that_carried_the_value(sessions):
    for record in ({"duration_ms": 10}, {"duration_ms": 20}, {}, {}):
        sessions.record(1, record)
    assert sessions.end(1)["avg_duration_ms"] == 15


def test_the_top_model_is_the_most_frequent_not_the_first(sessions):
    for model in ("early", "often", "often"):
        sessions.record(1, {"model": model})
    assert sessions.end(1)["top_model"] == "often"


def test_the_number_of_models_kept_is_bounded(sessions):
    for number in range(10 * MAX_MODELS):
        sessions.record(1, {"model": f"m-{number}"})
    assert len(sessions._live[1].totals._models) == MAX_MODELS


@pytest.mark.parametrize("fold", [TURN, CONTEXT])
def test_each_key_of_a_record_goes_into_one_sum_and_one_mean(fold):
    assert {total: key for key, (total, _) in fold.by_key.items() if total} == fold.sums
    assert {mean: key for key, (_, mean) in fold.by_key.items() if mean} == fold.means


def test_whole_sums_stay_whole(sessions):
    sessions.record(1, {"tokens_input": 2, "cost_usd": 3})
    rollup = sessions.end(1)
    assert type(rollup["total_tokens_input"]) is int
    assert type(rollup["total_cost_usd"]) is int


def test_the_window_starts_with_the_first_record(sessions, clock):
    sessions.record(1, {})
    started = clock.now_ms()
    clock.advance(5_000)
    sessions.record(1, {})
    assert sessions.end(1)["window_start_ts"] == started


def test_ending_twice_gives_one_rollup(sessions):
    sessions.record(1, {})
    assert sessions.end(1) is not None
    assert sessions.end(1) is None
    assert sessions.end(2) is None


def test_an_ended_id_that_records_again_is_a_new_session(sessions):
    for _ in range(2):
        sessions.record(1, {"tokens_input": 5})
        rollup = sessions.end(1)
        assert (rollup["window_seq"], rollup["total_tokens_input"]) == (0, 5)


@pytest.mark.parametrize("session", [None, "1", 1.0, True, [], {}, object(), float("nan"), b"1"])
def test_what_is_no_integer_is_no_session(session, sessions):
    sessions.record(session, {})
    assert sessions.end(session) is None
    assert sessions.drain("worker_shutdown") == []


@pytest.mark.parametrize("session", [0, -1, 2**63, 10**400])
def test_any_integer_is_a_session(session, sessions):
    sessions.record(session, {})
    assert sessions.end(session)["count"] == 1


def test_a_safety_flush_goes_on_with_the_next_window_and_sends_nothing_empty(sessions):
    for number in range(3):
        sessions.record(1, {"tokens_input": number})
        (rollup,) = sessions.drain("safety_flush")
        assert (rollup["window_seq"], rollup["total_tokens_input"]) == (number, number)
        assert rollup["rollup_reason"] == "safety_flush"
        assert sessions.drain("safety_flush") == []
    sessions.record(1, {})
    assert sessions.end(1)["window_seq"] == 3


def test_a_session_that_was_flushed_empty_ends_in_silence(sessions):
    sessions.record(1, {})
    sessions.drain("safety_flush")
    assert sessions.end(1) is None
    sessions.record(1, {})
    assert sessions.end(1)["window_seq"] == 0


def test_draining_gives_each_live_session_once(sessions):
    for session in (1, 2, 3):
        sessions.record(session, {"tokens_input": session})
    sessions.end(2)
    rollups = sessions.drain("worker_shutdown")
    assert sorted(rollup["total_tokens_input"] for rollup in rollups) == [1, 3]
    assert {rollup["rollup_reason"] for rollup in rollups} == {"worker_shutdown"}
    assert sessions.drain("worker_shutdown") == []


def test_what_is_cleared_is_gone(sessions, window):
    sessions.record(1, {})
    window.record({})
    sessions.clear()
    window.clear()
    assert sessions.end(1) is None
    assert window.drain() is None


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.just("sweep"), records))))
def test_nothing_is_lost_and_nothing_counted_twice(steps):
    sessions = Sessions(VirtualClock(0))
    recorded: dict[int, list[Mapping[str, object]]] = {}
    rollups = []
    for session, step in steps:
        if step is None:
            rollups.append(sessions.end(session))
        elif step == "sweep":
            rollups += sessions.drain("safety_flush")
        else:
            recorded.setdefault(session, []).append(step)
            sessions.record(session, step)
    rollups += sessions.drain("worker_shutdown")
    rollups = [rollup for rollup in rollups if rollup is not None]
    every = [record for records_of in recorded.values() for record in records_of]
    assert sum(rollup["count"] for rollup in rollups) == len(every)
    for total, key in SUMMED.items():
        assert sum(r[total] for r in rollups) == sum(record.get(key, 0) for record in every)
    outcomes = Counter(record.get("outcome") for record in every)
    for outcome in ("ok", "error", "aborted", "invalid_output"):
        assert sum(rollup[f"outcomes_{outcome}"] for rollup in rollups) == outcomes[outcome]


@given(records=st.lists(records, min_size=1))
def test_the_order_of_records_does_not_matter(records):
    def fold(some):
        sessions = Sessions(VirtualClock(0))
        for record in some:
            sessions.record(1, {k: v for k, v in record.items() if k != "model"})
        return sessions.end(1)

    assert fold(records) == fold(records[::-1])


def test_ten_threads_lose_no_record(sessions):
    def work():
        for number in range(500):
            sessions.record(number % 3, {"tokens_input": 1})

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rollups = sessions.drain("worker_shutdown")
    assert sum(rollup["total_tokens_input"] for rollup in rollups) == 5_000


def test_a_sweep_takes_what_is_old_by_its_first_record(sessions, clock):
    sessions.record(1, {"tokens_input": 1})
    clock.advance(SAFETY_AGE_MS - 1)
    sessions.record(1, {"tokens_input": 2})
    sessions.record(2, {})
    assert sessions.sweep() == []
    clock.advance(1)
    (rollup,) = sessions.sweep()
    assert (rollup["total_tokens_input"], rollup["rollup_reason"]) == (3, "safety_flush")
    assert sessions.sweep() == []
    assert sessions.end(2)["window_seq"] == 0


def test_a_sweep_takes_what_is_large(sessions):
    for _ in range(SAFETY_RECORDS - 1):
        sessions.record(1, {})
    assert sessions.sweep() == []
    sessions.record(1, {})
    assert [rollup["count"] for rollup in sessions.sweep()] == [SAFETY_RECORDS]


def test_a_swept_session_goes_on_with_sums_of_its_own(sessions, clock):
    for number in range(3):
        sessions.record(1, {"tokens_input": number})
        clock.advance(SAFETY_AGE_MS)
        (rollup,) = sessions.sweep()
        assert (rollup["window_seq"], rollup["total_tokens_input"]) == (number, number)
    assert sessions.end(1) is None


def test_the_age_of_a_session_starts_over_when_the_clock_goes_backwards(sessions, clock):
    sessions.record(1, {})
    clock.advance(-10 * SAFETY_AGE_MS)
    assert sessions.sweep() == []
    clock.advance(SAFETY_AGE_MS)
    assert len(sessions.sweep()) == 1


def test_the_number_of_sessions_is_bounded_and_none_of_them_lost(sessions):
    made_room = [sessions.record(number, {}) for number in range(MAX_SESSIONS + 2)]
    assert [rollup["rollup_reason"] for rollup in made_room if rollup] == ["safety_flush"] * 2
    assert len(sessions._live) == MAX_SESSIONS
    assert sessions.end(0) is None
    assert len(sessions.drain("worker_shutdown")) == MAX_SESSIONS


def test_a_session_that_made_room_goes_on_with_the_next_number(sessions):
    for number in (*range(MAX_SESSIONS + 1), 0):
        sessions.record(number, {})
    assert sessions.end(0)["window_seq"] == 1


def test_a_swept_session_makes_room_in_silence(sessions):
    sessions.record(0, {})
    sessions.drain("safety_flush")
    assert [sessions.record(number, {}) for number in range(1, MAX_SESSIONS + 1)] == (
        [None] * MAX_SESSIONS
    )
    assert len(sessions._live) == MAX_SESSIONS


def test_the_number_of_sessions_that_may_go_on_is_bounded(sessions):
    for number in range(MAX_FLUSHED + 1):
        sessions.record(number, {})
        sessions.drain("safety_flush")
    assert len(sessions._flushed) == MAX_FLUSHED
    for number, known in ((0, 0), (MAX_FLUSHED, 1)):
        sessions.record(number, {})
        assert sessions.end(number)["window_seq"] == known


def test_no_number_of_an_ended_session_is_kept(sessions):
    for number in range(3):
        sessions.record(number, {})
        sessions.drain("safety_flush")
        sessions.end(number)
    assert not sessions._flushed


def test_a_window_is_drained_once(window):
    window.record({"outcome": "error", "tokens_injected": 1})
    window.record({"tokens_saved_vs_naive": 7, "tokens_injected": 2})
    rollup = window.drain()
    assert (rollup["count"], rollup["total_tokens"], rollup["avg_tokens"]) == (2, 3, 1.5)
    assert (rollup["outcomes_error"], rollup["total_tokens_saved_vs_naive"]) == (1, 7)
    assert window.drain() is None

from __future__ import annotations

import io
import json
import threading
import uuid

import pytest

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import MAX_SESSIONS
from payloadproof_reference.whitelist import EVENTS, PERSON


def lines(data_dir):
    return (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").read_text().splitlines()


def test_an_event_carries_its_properties_the_base_and_no_profile(pipeline, healthy, clock):
    pipeline.capture("search_performed", {"result_count": 3, "query": "secret"})
    pipeline.flush()
    (event,) = healthy.events
    properties = event["properties"]
    assert properties["result_count"] == 3
    assert properties["runtime"] == "python"
    assert properties["$process_person_profile"] is False
    assert "query" not in properties
    assert event["timestamp"].startswith("2025-10-09T08:53:20")
    assert uuid.UUID(event["uuid"])


def test_all_events_of_an_installation_have_its_id(pipeline, healthy, data_dir):
    pipeline.capture("search_performed")
    pipeline.capture("worker_started", transport="cli")
    pipeline.flush()
    stored = json.loads((data_dir / "telemetry.json").read_text())["installId"]
    assert {event["distinct_id"] for event in healthy.events} == {stored}


def test_a_lifecycle_event_describes_the_installation_when_asked(pipeline, healthy):
    properties = {"ide": "vscode", "duration_ms": 5}
    pipeline.capture("worker_started", properties, person=True)
    pipeline.capture("worker_started", properties)
    pipeline.flush()
    described, plain = healthy.named("worker_started")
    assert set(described["$set"]) <= set(PERSON)
    assert described["$set"]["ide"] == "vscode"
    assert "duration_ms" not in described["$set"]
    assert "$set" not in plain
    assert all("$process_person_profile" not in found for found in (described, plain))


def test_other_events_never_describe_a_person(pipeline, healthy):
    pipeline.capture("search_performed", {"result_count": 1}, person=True)
    pipeline.flush()
    (properties,) = healthy.named("search_performed")
    assert "$set" not in properties
    assert properties["$process_person_profile"] is False


@pytest.mark.parametrize(
    "event",
    [
        "session_compressed",
        "test_event",
        "observer_turn_rollup",
        "context_injected_rollup",
        "historical_activity",
        "$exception",
        "",
        None,
        7,
        ["search_performed"],
    ],
)
def test_only_direct_and_lifecycle_events_can_be_captured(event, pipeline, healthy):
    pipeline.capture(event, {"count": 1})
    pipeline.shutdown()
    assert len(healthy.mock.calls) == 0


def test_records_of_a_session_become_one_rollup_at_its_end(pipeline, healthy):
    for tokens in (1, 2, 4):
        pipeline.record("session_compressed", {"tokens_input": tokens}, session=10**12)
    pipeline.end_session(10**12)
    pipeline.end_session(10**12)
    pipeline.flush()
    pipeline.flush()
    (rollup,) = healthy.named("observer_turn_rollup")
    assert (rollup["count"], rollup["total_tokens_input"]) == (3, 7)
    assert rollup["rollup_reason"] == "session_end"
    assert rollup["$process_person_profile"] is False
    assert str(10**12) not in json.dumps(healthy.requests)


def test_invalid_numbers_count_as_absent(pipeline, healthy):
    for value in (float("nan"), -1, "5", True, 10**400, 8):
        pipeline.record("session_compressed", {"duration_ms": value, "count": value}, session=1)
    pipeline.end_session(1)
    pipeline.flush()
    (rollup,) = healthy.named("observer_turn_rollup")
    assert (rollup["count"], rollup["avg_duration_ms"], rollup["observations_created"]) == (6, 8, 8)


def test_injected_context_is_one_rollup_per_window(pipeline, healthy, clock):
    pipeline.record("context_injected", {"tokens_injected": 2})
    clock.advance(300_000)
    pipeline.record("context_injected", {"tokens_injected": 5})
    clock.advance(900_000)
    pipeline.flush()
    totals = [rollup["total_tokens"] for rollup in healthy.named("context_injected_rollup")]
    assert totals == [2, 5]


def test_a_window_is_sent_though_the_clock_was_set_back(pipeline, healthy, clock):
    pipeline.record("context_injected", {"tokens_injected": 2})
    clock.set(clock.now_ms() - 10 * 86_400_000)
    clock.advance(300_000)
    clock.advance(300_000)
    pipeline.flush()
    assert [found["total_tokens"] for found in healthy.named("context_injected_rollup")] == [2]


def test_a_session_of_hours_is_swept_and_goes_on(pipeline, healthy, clock):
    for tokens in (1, 2, 4):
        pipeline.record("session_compressed", {"tokens_input": tokens}, session=1)
        pipeline.respawn(1)
        clock.advance(40 * 60_000)
    pipeline.end_session(1)
    pipeline.flush()
    rollups = healthy.named("observer_turn_rollup")
    told = [(r["window_seq"], r["rollup_reason"], r["total_tokens_input"]) for r in rollups]
    assert told == [(0, "safety_flush", 3), (1, "session_end", 4)]


def test_a_session_that_makes_room_for_another_is_sent(pipeline, healthy):
    for session in range(MAX_SESSIONS + 1):
        pipeline.record("session_compressed", {}, session=session)
    pipeline.flush()
    (rollup,) = healthy.named("observer_turn_rollup")
    assert rollup["rollup_reason"] == "safety_flush"


def test_a_respawn_sends_nothing(pipeline, healthy):
    pipeline.record("session_compressed", {}, session=1)
    pipeline.respawn(1)
    pipeline.flush()
    assert len(healthy.mock.calls) == 0


def test_no_timer_outlives_the_pipeline(env, data_dir, clock):
    for end in (Pipeline.shutdown, Pipeline.abandon):
        pipeline = Pipeline(env, data_dir, clock)
        assert clock._timers
        end(pipeline)
        assert not clock._timers


def test_a_flush_ends_neither_session_nor_window(pipeline, healthy):
    pipeline.record("context_injected", {})
    pipeline.record("session_compressed", {}, session=1)
    pipeline.flush()
    assert len(healthy.mock.calls) == 0


def test_shutdown_sends_what_is_open_and_then_nothing(pipeline, healthy):
    for session in (1, 2):
        pipeline.record("session_compressed", {"tokens_input": session}, session=session)
    pipeline.record("context_injected", {})
    pipeline.shutdown()
    rollups = healthy.named("observer_turn_rollup")
    assert sorted(rollup["total_tokens_input"] for rollup in rollups) == [1, 2]
    assert {rollup["rollup_reason"] for rollup in rollups} == {"worker_shutdown"}
    assert len(healthy.named("context_injected_rollup")) == 1
    requests = len(healthy.mock.calls)
    pipeline.capture("search_performed")
    pipeline.capture("worker_started", transport="cli")
    pipeline.record("session_compressed", {}, session=1)
    pipeline.end_session(1)
    pipeline.flush()
    pipeline.shutdown()
    assert len(healthy.mock.calls) == requests


def test_the_door_is_shut_though_the_draining_fails(pipeline, healthy, monkeypatch):
    pipeline.capture("search_performed")
    monkeypatch.setattr(pipeline._sessions, "drain", lambda _: 1 / 0)
    pipeline.shutdown()
    assert len(healthy.events) == 1
    pipeline.capture("search_performed")
    assert pipeline._transport._closed.is_set()


OPT_OUTS = [
    {"DO_NOT_TRACK": "1"},
    {"CLAUDE_MEM_TELEMETRY": "off"},
    {"DO_NOT_TRACK": "1", "CLAUDE_MEM_TELEMETRY": "1"},
]


@pytest.mark.parametrize("opt_out", OPT_OUTS)
def test_without_consent_nothing_is_opened_and_nothing_written(opt_out, env, data_dir, clock, wire):
    pipeline = Pipeline({**env, **opt_out}, data_dir, clock)
    threads = set(threading.enumerate())
    pipeline.capture("worker_started", person=True)
    pipeline.capture("worker_started", transport="cli")
    pipeline.record("session_compressed", {}, session=1)
    pipeline.end_session(1)
    pipeline.record("context_injected", {})
    pipeline.respawn(1)
    clock.advance(300_000)
    pipeline.flush()
    assert pipeline._transport._client is None
    assert set(threading.enumerate()) <= threads
    pipeline.shutdown()
    assert not data_dir.exists()
    assert len(wire.mock.calls) == 0


def test_what_was_recorded_before_an_opt_out_is_not_sent_after_an_opt_in(
    env, pipeline, healthy, clock
):
    pipeline.record("session_compressed", {"tokens_input": 1}, session=1)
    pipeline.record("context_injected", {"tokens_injected": 1})
    env["DO_NOT_TRACK"] = "1"
    clock.advance(15_000)
    del env["DO_NOT_TRACK"]
    pipeline.record("session_compressed", {"tokens_input": 4}, session=1)
    pipeline.shutdown()
    (rollup,) = healthy.named("observer_turn_rollup")
    assert rollup["total_tokens_input"] == 4
    assert healthy.named("context_injected_rollup") == []


def test_an_opt_out_before_shutdown_sends_nothing(env, pipeline, healthy):
    pipeline.record("session_compressed", {}, session=1)
    env["CLAUDE_MEM_TELEMETRY"] = "0"
    pipeline.shutdown()
    assert len(healthy.mock.calls) == 0


def test_debug_mode_prints_sends_nothing_and_writes_nothing(env, data_dir, clock, wire):
    out = io.StringIO()
    env["CLAUDE_MEM_TELEMETRY_DEBUG"] = "1"
    pipeline = Pipeline(env, data_dir, clock, stderr=out)
    pipeline.capture("search_performed", {"result_count": 3})
    pipeline.record("session_compressed", {}, session=1)
    pipeline.shutdown()
    printed = [line.removeprefix("[telemetry] ") for line in out.getvalue().splitlines()]
    first, second = (json.loads(line) for line in printed)
    assert (first["event"], first["properties"]["result_count"]) == ("search_performed", 3)
    assert second["event"] == "observer_turn_rollup"
    assert len(wire.mock.calls) == 0
    assert not data_dir.exists()


def test_debug_mode_without_consent_prints_nothing(env, data_dir, clock):
    out = io.StringIO()
    env |= {"CLAUDE_MEM_TELEMETRY_DEBUG": "1", "DO_NOT_TRACK": "1"}
    Pipeline(env, data_dir, clock, stderr=out).capture("search_performed")
    assert out.getvalue() == ""


def test_each_event_stays_under_its_ceiling_on_one_day(pipeline, healthy, clock, data_dir):
    ceiling = EVENTS["worker_started"].ceiling
    for _ in range(ceiling + 3):
        pipeline.capture("worker_started")
    pipeline.capture("worker_stopped")
    clock.advance(86_400_000)
    pipeline.capture("worker_started")
    pipeline.shutdown()
    assert len(healthy.named("worker_started")) == ceiling + 1
    assert len(healthy.named("worker_stopped")) == 1
    assert len([line for line in lines(data_dir) if "dropped today" in line]) == 1


def test_a_clock_that_goes_to_and_fro_over_midnight_raises_no_ceiling(pipeline, healthy, clock):
    ceiling = EVENTS["worker_started"].ceiling
    for day in (0, 1, 0, 1):
        clock.set(1_760_000_000_000 + day * 86_400_000)
        for _ in range(ceiling):
            pipeline.capture("worker_started")
    pipeline.shutdown()
    assert len(healthy.named("worker_started")) == 2 * ceiling

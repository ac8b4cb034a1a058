from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest

from payloadproof.adapters.serve import operations
from payloadproof_reference import adapter as module
from payloadproof_reference.adapter import ReferenceAdapter

NOW_MS = 1_760_000_000_000


def started(env, data_dir, now_ms, history_db=None):
    return SimpleNamespace(
        env=env, data_dir=str(data_dir), now_ms=now_ms, history_db=history_db and str(history_db)
    )


@pytest.fixture
def adapter(env, data_dir):
    built = ReferenceAdapter()
    built.start(started(env, data_dir, NOW_MS))
    yield built
    built.end()


def test_a_scenario_goes_through_the_pipeline(adapter, healthy):
    adapter.record("session_compressed", {"tokens_input": 2}, session=10**12)
    adapter.end_session(10**12)
    adapter.capture("worker_started", {"ide": "vscode"}, person=True, transport="cli")
    adapter.flush()
    adapter.shutdown()
    assert healthy.named("observer_turn_rollup")[0]["total_tokens_input"] == 2
    assert healthy.named("worker_started")[0]["$set"]["ide"] == "vscode"


def test_the_environment_of_a_scenario_can_change(adapter, healthy):
    adapter.set_env({"DO_NOT_TRACK": "1"})
    adapter.capture("search_performed", {"result_count": 1}, person=False, transport="worker")
    adapter.set_env({"DO_NOT_TRACK": None, "NEVER_SET": None})
    adapter.capture("search_performed", {"result_count": 2}, person=False, transport="worker")
    adapter.shutdown()
    assert [found["result_count"] for found in healthy.named("search_performed")] == [2]


def test_moving_the_clock_does_what_is_due(adapter, healthy):
    adapter.record("context_injected", {}, session=None)
    adapter.advance(300_000)
    adapter.flush()
    assert healthy.named("context_injected_rollup")[0]["window_start_ts"] == NOW_MS


def test_a_clock_set_back_and_a_respawn_lose_nothing(adapter, healthy):
    adapter.record("session_compressed", {}, session=1)
    adapter.record("context_injected", {}, session=None)
    adapter.respawn(1)
    adapter.set_clock(NOW_MS - 86_400_000)
    adapter.advance(300_000)
    adapter.end_session(1)
    adapter.flush()
    assert len(healthy.named("context_injected_rollup")) == 1
    assert len(healthy.named("observer_turn_rollup")) == 1


def test_a_new_scenario_forgets_the_one_before(adapter, healthy, env, data_dir):
    adapter.record("session_compressed", {}, session=1)
    adapter.start(started(env, data_dir, NOW_MS))
    adapter.shutdown()
    assert len(healthy.mock.calls) == 0


def test_the_past_is_that_of_the_scenarios_database(adapter, healthy, env, data_dir, database):
    adapter.backfill()
    assert not healthy.events
    made = database()
    made.begin({"started_at_epoch": NOW_MS - 10 * 86_400_000})
    adapter.start(started(env, data_dir, NOW_MS, made.path))
    adapter.backfill()
    assert len(healthy.named("historical_activity")) == 1


def test_the_scenarios_own_environment_is_not_changed(adapter, env):
    adapter.set_env({"DO_NOT_TRACK": "1"})
    assert "DO_NOT_TRACK" not in env


def test_every_operation_is_supported():
    supported = operations(ReferenceAdapter())
    assert {"capture", "record", "session/end", "clock/advance", "flush", "shutdown"} <= {
        *supported
    }


def test_without_a_scenario_it_says_so():
    with pytest.raises(RuntimeError, match="no scenario"):
        ReferenceAdapter().flush()


def test_the_adapter_has_nothing_of_the_pipelines_work():
    source = inspect.getsource(module).split('"""', 2)[2]
    for word in (
        "DO_NOT_TRACK",
        "telemetry.json",
        "WHITELIST",
        "scrub(",
        "reference.rollup",
        "requests",
    ):
        assert word not in source

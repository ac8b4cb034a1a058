import io
import os
import sys
import threading
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof_reference import pipeline as module
from payloadproof_reference.pipeline import Pipeline


def lines(data_dir):
    return (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").read_text().splitlines()


class Hostile:
    def __getattribute__(self, name):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


def test_the_callers_object_is_neither_kept_nor_changed(pipeline, healthy):
    properties = {"result_count": 3, "nested": {"a": [1]}}
    record = {"tokens_input": 3}
    pipeline.capture("search_performed", properties)
    pipeline.record("session_compressed", record, session=1)
    assert properties == {"result_count": 3, "nested": {"a": [1]}}
    assert record == {"tokens_input": 3}
    properties["result_count"] = 99
    record["tokens_input"] = 99
    pipeline.shutdown()
    assert healthy.named("search_performed")[0]["result_count"] == 3
    assert healthy.named("observer_turn_rollup")[0]["total_tokens_input"] == 3


anything = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.builds(Hostile),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    st.sampled_from(["worker_started", "session_compressed", "context_injected", "cli"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(a=anything, b=anything, c=anything)
@pytest.mark.usefixtures("healthy", "silent_console")
def test_nothing_a_caller_passes_raises(a, b, c, pipeline):
    for call in (
        lambda: pipeline.capture(a, b, person=c, transport=c),
        lambda: pipeline.record(a, b, session=c),
        lambda: pipeline.end_session(a),
        pipeline.capture,
        lambda: pipeline.record(a, b, c, wrong=1),
    ):
        assert call() is None


@pytest.mark.parametrize(
    "call",
    [
        lambda pipeline, n: pipeline.capture("search_performed", {"result_count": n}),
        lambda pipeline, n: pipeline.record("session_compressed", {"tokens_input": n}, session=1),
    ],
    ids=["capture", "record"],
)
@pytest.mark.usefixtures("healthy")
def test_the_end_of_the_stack_raises_nothing(call, pipeline):
    def descend(depth):
        call(pipeline, depth)
        descend(depth + 1)

    with pytest.raises(RecursionError) as caught:
        descend(0)
    # The stack ends in the test's own frames, or in entering the method: not inside of it.
    assert caught.traceback[-1].name in {"descend", "silent", "<lambda>"}


def test_an_interrupt_is_not_swallowed(pipeline, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline._consent, "allowed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pipeline.capture("search_performed")


def test_an_error_is_logged_by_its_type_alone(pipeline, monkeypatch, data_dir):
    def broken():
        raise RuntimeError("with a secret")

    monkeypatch.setattr(pipeline._consent, "allowed", broken)
    pipeline.capture("search_performed")
    pipeline.record("session_compressed", {})
    capture, record = lines(data_dir)
    assert capture.endswith("ERROR PIPELINE capture: RuntimeError")
    assert record.endswith("ERROR PIPELINE record: RuntimeError")


@pytest.mark.parametrize("wrong", [((1, 2, 3), {}), ((), {"sesion": 1})])
def test_a_record_with_arguments_that_it_does_not_take_is_logged(wrong, pipeline, data_dir):
    pipeline.record(*wrong[0], **wrong[1])
    (line,) = lines(data_dir)
    assert line.endswith("ERROR PIPELINE record: TypeError")


def test_a_flush_after_shutdown_waits_for_nothing(pipeline, monkeypatch):
    pipeline.shutdown()
    waited = []
    monkeypatch.setattr(pipeline._transport, "flush", waited.append)
    pipeline.flush()
    assert waited == []


def file_in_place(data_dir):
    data_dir.write_text("")


def full_log(data_dir):
    (data_dir / "logs").mkdir(parents=True)
    (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").symlink_to("/dev/full")


def directory_for_a_file(data_dir):
    (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").mkdir(parents=True)


@pytest.mark.parametrize("spoil", [file_in_place, full_log, directory_for_a_file])
@pytest.mark.usefixtures("silent_console")
def test_a_spoilt_data_directory_changes_nothing(spoil, env, data_dir, clock, healthy):
    spoil(data_dir)
    pipeline = Pipeline(env, data_dir, clock)
    pipeline.capture("search_performed", {"result_count": 3})
    pipeline.capture("nonsense")
    pipeline.record("session_compressed", {}, session=1)
    pipeline.shutdown()
    assert {event["event"] for event in healthy.events} == {
        "search_performed",
        "observer_turn_rollup",
    }


def test_ten_threads_and_a_sweeping_clock_lose_none_of_100_000_records(
    pipeline, clock, monkeypatch
):
    rollups = []
    monkeypatch.setattr(pipeline, "_emit", lambda event, rollup: rollups.append((event, rollup)))
    record = {"tokens_input": 1, "tokens_injected": 1}

    def work(number):
        for turn in range(5_000):
            pipeline.record("session_compressed", record, session=(number + turn) % 7)
            pipeline.record("context_injected", record)
            if turn % 1_000 == 0:
                pipeline.end_session(turn % 7)
                clock.advance(300_000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipeline.shutdown()
    turns = [rollup for event, rollup in rollups if event == "observer_turn_rollup"]
    contexts = [rollup for event, rollup in rollups if event == "context_injected_rollup"]
    assert {rollup["rollup_reason"] for rollup in turns} >= {"safety_flush", "worker_shutdown"}
    for sums, key in ((turns, "total_tokens_input"), (contexts, "total_tokens")):
        assert sum(rollup["count"] for rollup in sums) == 50_000
        assert sum(rollup[key] for rollup in sums) == 50_000


def test_abandoning_sends_nothing_and_stops_the_threads(pipeline, healthy):
    pipeline.record("session_compressed", {}, session=1)
    pipeline.abandon()
    pipeline.shutdown()
    assert healthy.named("observer_turn_rollup") == []


def test_stderr_is_the_one_of_the_moment(env, data_dir, clock, monkeypatch):
    env["CLAUDE_MEM_TELEMETRY_DEBUG"] = "1"
    pipeline = Pipeline(env, data_dir, clock)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    pipeline.capture("search_performed")
    assert sys.stderr.getvalue().startswith("[telemetry] {")


def test_the_environment_of_the_process_is_not_read(data_dir, clock, wire, monkeypatch):
    monkeypatch.setitem(os.environ, "CLAUDE_MEM_TELEMETRY_KEY", "phc_of_the_process")
    pipeline = Pipeline({}, data_dir, clock)
    pipeline.capture("search_performed")
    pipeline.shutdown()
    assert len(wire.mock.calls) == 0


@pytest.mark.parametrize(("drained_after_s", "left_s"), [(0, 3.0), (1, 2.0), (5, 0.0)])
def test_shutdown_has_three_seconds_for_all_of_it(pipeline, monkeypatch, drained_after_s, left_s):
    budgets, now = [], [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(pipeline, "_drain", lambda: now.append(now.pop() + drained_after_s))
    monkeypatch.setattr(pipeline._transport, "close", budgets.append)
    pipeline.shutdown()
    assert budgets == [left_s]

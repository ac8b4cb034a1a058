import io
import json
import uuid

import pytest

from payloadproof_reference.exceptions import OFF, SWITCH, Builder
from payloadproof_reference.limiter import MOST_KEYS, WINDOW_MS
from payloadproof_reference.pipeline import Pipeline

NAME = f"quaddle{uuid.uuid4().hex[:8]}"


def raised(error, cause=None):
    try:
        raise error from cause  # noqa: TRY301 - it is to have a traceback
    except BaseException as caught:
        return caught


def test_the_others_are_sent_when_the_window_closes(pipeline, reports, clock):
    error = raised(ValueError("again"))
    for _ in range(5):
        pipeline.exception(error)
    clock.advance(WINDOW_MS)
    assert [sent["occurrence_count"] for sent in reports()] == [1, 4]
    clock.advance(10 * WINDOW_MS)
    assert len(reports()) == 2
    assert pipeline._exceptions._reports == {}


def test_the_tail_is_sent_at_shutdown(pipeline, healthy):
    error = raised(ValueError("again"))
    for _ in range(3):
        pipeline.exception(error)
    pipeline.shutdown()
    assert [sent["occurrence_count"] for sent in healthy.named("$exception")] == [1, 2]
    pipeline.exception(error)
    assert len(healthy.named("$exception")) == 2


def test_beyond_the_most_kinds_one_event_stands_for_all(pipeline, healthy):
    for number in range(MOST_KEYS + 20):
        pipeline.exception(type(f"Error{number}", (Exception,), {})())
    pipeline.shutdown()
    counts = {}
    for sent in healthy.named("$exception"):
        kind = sent["error_type"]
        counts[kind] = counts.get(kind, 0) + sent["occurrence_count"]
    assert len(counts) == MOST_KEYS + 1
    assert counts["TooManyErrors"] == 20


def test_what_was_counted_before_an_opt_out_is_gone(pipeline, env, reports, clock):
    error = raised(ValueError("again"))
    for _ in range(4):
        pipeline.exception(error)
    reports()
    env["DO_NOT_TRACK"] = "1"
    pipeline.exception(error)
    del env["DO_NOT_TRACK"]
    clock.advance(WINDOW_MS)
    assert [sent["occurrence_count"] for sent in reports()] == [1]


@pytest.mark.parametrize("word", [*sorted(OFF), " Off ", "FALSE"])
def test_the_kill_switch_stops_errors_only(pipeline, env, healthy, word):
    env[SWITCH] = word
    pipeline.exception(ValueError("x"))
    pipeline.capture("search_performed", {"result_count": 1})
    pipeline.shutdown()
    assert [event["event"] for event in healthy.events] == ["search_performed"]


@pytest.mark.parametrize("word", ["", "1", "on", "true", "perhaps"])
def test_any_other_word_leaves_errors_on(pipeline, env, reports, word):
    env[SWITCH] = word
    pipeline.exception(ValueError("x"))
    assert len(reports()) == 1


def test_what_was_counted_before_the_switch_is_gone(pipeline, env, reports, clock):
    for _ in range(3):
        pipeline.exception(ValueError("x"))
    env[SWITCH] = "0"
    clock.advance(WINDOW_MS // 2)
    del env[SWITCH]
    clock.advance(WINDOW_MS)
    assert [sent["occurrence_count"] for sent in reports()] == [1]


def test_debug_mode_prints_the_report_and_sends_nothing(env, data_dir, clock, wire):
    out = io.StringIO()
    built = Pipeline({**env, "CLAUDE_MEM_TELEMETRY_DEBUG": "1"}, data_dir, clock, stderr=out)
    built.exception(ValueError(f"/home/{NAME}"))
    built.shutdown()
    assert json.loads(out.getvalue().partition(" ")[2])["properties"]["error_message"] == "<path>"
    assert not wire.requests


def test_an_error_that_is_logged_is_reported_once(pipeline, reports, logged):
    error = raised(ValueError(f"at /home/{NAME}/x"))
    pipeline.log.error("WORKER", "it failed", error)  # noqa: PLE1205 - our own log
    assert len(reports()) == 1
    assert NAME in logged()[0]


def test_a_failure_within_reporting_is_logged_and_ends(pipeline, reports, monkeypatch, logged):
    def broken(*_, **__):
        raise ValueError(NAME)

    monkeypatch.setattr(Builder, "report", broken)
    pipeline.log.error("WORKER", "it failed", ValueError("x"))  # noqa: PLE1205 - as above
    assert reports() == []
    assert logged()[1].endswith("exception: ValueError")

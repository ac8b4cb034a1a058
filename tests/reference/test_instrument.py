from __future__ import annotations

import pytest

from payloadproof.protocol import codec
from payloadproof_reference.instrument import Instrumentation

OFF = "DO_NOT_TRACK"


@pytest.fixture
def instrument(pipeline):
    return Instrumentation(pipeline)


def test_a_call_that_describes_nothing_is_a_line_and_no_more(instrument, healthy, pipeline, logged):
    instrument("WORKER", "info", "listening on 37777")
    pipeline.shutdown()
    assert [line.split(" ", 1)[1] for line in logged()] == ["INFO WORKER listening on 37777"]
    assert healthy.events == []


def test_what_is_described_is_captured_once(instrument, healthy, pipeline, logged):
    instrument("DB", "info", "found", event="search_performed", properties={"result_count": 3})
    pipeline.shutdown()
    assert len(logged()) == 1
    [sent] = healthy.named("search_performed")
    assert sent["result_count"] == 3


def test_the_line_holds_what_may_not_be_sent(instrument, healthy, pipeline, logged):
    private = {"query": "what did I write about Ada?", "result_count": 3}
    instrument("DB", "warn", "found", event="search_performed", properties=private)
    pipeline.shutdown()
    assert logged()[0].endswith(
        'WARN DB found "query": "what did I write about Ada?" "result_count": 3'
    )
    assert "query" not in healthy.named("search_performed")[0]


def test_an_occurrence_of_a_session_is_recorded_once(instrument, healthy, pipeline, logged):
    for _ in range(2):
        instrument(
            "SESSION",
            "info",
            "compressed",
            event="session_compressed",
            rollup="session",
            properties={"count": 2},
            session=7,
        )
    pipeline.end_session(7)
    pipeline.shutdown()
    [rollup] = healthy.named("observer_turn_rollup")
    assert (rollup["count"], rollup["observations_created"]) == (2, 4)
    assert [event["event"] for event in healthy.events] == ["observer_turn_rollup"]
    assert len(logged()) == 2


def test_an_occurrence_of_the_window_is_recorded_once(instrument, healthy, pipeline):
    instrument("HTTP", "debug", "injected", event="context_injected", rollup="window")
    pipeline.shutdown()
    [rollup] = healthy.named("context_injected_rollup")
    assert rollup["count"] == 1


def test_without_consent_there_is_a_line_and_nothing_on_the_wire(
    instrument, env, healthy, pipeline, logged
):
    env[OFF] = "1"
    instrument("DB", "info", "found", event="search_performed")
    pipeline.shutdown()
    assert len(logged()) == 1
    assert healthy.events == []


def test_after_shutdown_there_is_a_line_still(instrument, healthy, pipeline, logged):
    pipeline.shutdown()
    instrument("DB", "info", "found", event="search_performed")
    assert logged()[0].endswith("INFO DB found")
    assert healthy.events == []


@pytest.mark.usefixtures("healthy", "silent_console")
@pytest.mark.parametrize("kind", codec.HOSTILE)
def test_hostile_values_anywhere_cost_no_line_and_raise_nothing(kind, instrument, logged):
    evil = codec.HOSTILE[kind]
    known = {"event": "search_performed"}
    instrument("DB", "info", "beside", **known, properties={"result_count": 1, "more": evil()})
    instrument("DB", "info", "instead", **known, properties=evil())
    instrument("DB", evil(), "graded", event=evil(), rollup=evil(), session=evil())
    instrument(evil(), "info", evil(), event=evil(), properties=evil(), person=evil())
    # The pipeline says for itself what it dropped.
    beside, instead, graded, _ = (line for line in logged() if " PIPELINE " not in line)
    assert 'INFO DB beside "result_count": 1 "more": ' in beside
    assert "INFO DB instead " in instead
    assert graded.endswith("INFO DB graded")


@pytest.mark.usefixtures("healthy")
def test_a_rollup_that_cannot_be_compared_raises_nothing(instrument, logged):
    class Incomparable:
        __hash__ = None

        def __eq__(self, other):
            raise RuntimeError("compared")

    instrument("DB", "info", "found", event="search_performed", rollup=Incomparable())
    assert len(logged()) == 1

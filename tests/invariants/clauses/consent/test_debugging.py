"""C9: debug mode prints what each road would send, sends nothing, and writes the log alone."""

from __future__ import annotations

import msgspec
import pytest

from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table

SEARCH = "search_performed"
DEBUG = {"CLAUDE_MEM_TELEMETRY_DEBUG": "1"}
CAPTURED = do.Capture(event=SEARCH, properties={"result_count": 1_000})
RECORDED = do.Record(event="session_compressed", properties={}, session=1)
RAISED = do.RaiseError(error=Fault(type="LidError", message="open"), via="capture")
PAST = Database(tables={"sessions": Table(columns=("n",), rows=(Row(values={"n": 1}),))})


def printing(history, *steps, printed=b"", past=None, marker_text=None):
    """What was printed on standard error in debug mode, on the first day of 1970."""
    seen = history(*steps, env=DEBUG, stderr=printed)
    scenario = msgspec.structs.replace(seen.scenario, history=past, marker_text=marker_text)
    return msgspec.structs.replace(seen, scenario=scenario)


def test_c9_passes_what_is_printed_alone(history, snapshots, found, fired):
    files = snapshots({-1: {}, 1: {"data/logs/a.log": "line"}})
    judged = history(CAPTURED, env=DEBUG, stderr=b"search_performed {}", snapshots=files)
    assert not found("C9", judged)
    assert fired("C9", judged)


def test_c9_finds_a_request_a_file_and_silence(history, arrived, snapshots, found):
    files = snapshots({-1: {}, 1: {"data/telemetry.json": "{}"}})
    sent = arrived(0, SEARCH, result_count=1_000)
    judged = history(CAPTURED, env=DEBUG, requests=[sent], snapshots=files)
    mute, request, file = found("C9", judged)
    assert "prints search_performed" in mute.expected
    assert not mute.definite
    assert "sends nothing" in request.expected
    assert "data/telemetry.json" in file.observed


def test_c9_is_for_the_value_1_alone(history, arrived, found):
    env = {"CLAUDE_MEM_TELEMETRY_DEBUG": "true"}
    sent = arrived(0, SEARCH, result_count=1_000)
    assert not found("C9", history(CAPTURED, env=env, requests=[sent]))


@pytest.mark.parametrize(
    ("step", "printed"),
    [
        (RECORDED, b"observer_turn_rollup {}"),
        (RAISED, b"$exception {}"),
    ],
)
def test_c9_wants_rollups_and_errors_printed_too(step, printed, history, found, fired):
    steps = (step, do.Shutdown())
    (mute,) = found("C9", printing(history, *steps, printed=b"nothing of interest"))
    assert "does not print" in mute.kind
    shown = printing(history, *steps, printed=printed)
    assert not found("C9", shown)
    assert fired("C9", shown)


def test_c9_owes_no_rollup_to_what_names_no_session_or_is_never_ended(history, found):
    alone = do.Record(event="session_compressed", properties={}, session=None)
    assert not found("C9", printing(history, alone, do.Shutdown()))
    assert not found("C9", printing(history, RECORDED))


@pytest.mark.parametrize("printed", [b"historical_activity", b"3 events, 1969-12-29 to 1969-12-30"])
def test_c9_wants_the_past_printed_by_name_or_by_its_days(printed, history, found):
    backfill = do.Backfill()
    (mute,) = found("C9", printing(history, backfill, past=PAST, printed=b"1970-01-01 started"))
    assert "a backfill would send" in mute.expected
    assert not found("C9", printing(history, backfill, past=PAST, printed=printed))


def test_c9_owes_nothing_of_a_past_that_is_none_or_was_sent(history, found):
    assert not found("C9", printing(history, do.Backfill(), past=Database()))
    assert not found("C9", printing(history, do.Backfill()))
    assert not found("C9", printing(history, do.Backfill(), past=PAST, marker_text="{}"))

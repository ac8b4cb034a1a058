"""Each wrong backfill sends, prints or remembers something else than the reference."""

import io
import json
import sqlite3
import uuid
from contextlib import closing

import pytest
import responses
from mutants.backfill import days, marker
from mutants.mutant import MUTANTS

from payloadproof_reference import transport
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.consent import DEBUG, DO_NOT_TRACK
from payloadproof_reference.past.backfill import LAG_MS
from payloadproof_reference.past.history import DAY_MS, FLOOR_MS
from payloadproof_reference.past.marker import FILE
from payloadproof_reference.pipeline import Pipeline

HOST = "http://127.0.0.1:9"
NOW_MS = 1_760_000_000_000
LAST = (NOW_MS - LAG_MS) // DAY_MS
INSTALL = str(uuid.uuid4())

MODULES = {days.__name__, marker.__name__}
WRONG = [name for name, mutant in MUTANTS.items() if mutant.part.__module__ in MODULES]

OK = {"json": {"status": "Ok"}}
#: What the marker, the environment and the service are like.
SITUATIONS = {
    "sound": (None, {}, OK),
    "off": (None, {DO_NOT_TRACK: "1"}, OK),
    "debug": (None, {DEBUG: "1"}, OK),
    "refused": (None, {}, {"status": 402, "json": {"status": "Ok"}}),
    "garbage": (None, {}, {"body": "<html>"}),
    "limited": (None, {}, {"json": {"status": "Ok", "quota_limited": ["events"]}}),
    "unreadable": (None, {}, OK),
    "older": ({"version": 1, "installId": INSTALL}, {}, OK),
    "newer": ({"version": 3, "installId": INSTALL}, {}, OK),
    "current": ({"version": 2, "installId": INSTALL}, {}, OK),
    "foreign": ({"version": 1, "installId": "another"}, {}, OK),
    "damaged": ([], {}, OK),
}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Four months of every other day, with each case that a defect needs."""
    path = tmp_path_factory.mktemp("product") / "claude-mem.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            CREATE TABLE sdk_sessions (
                project TEXT, platform_source TEXT, started_at_epoch INTEGER, status TEXT);
            CREATE TABLE observations (
                project TEXT, text TEXT, type TEXT, agent_type TEXT, created_at_epoch INTEGER,
                discovery_tokens INTEGER);
            CREATE TABLE session_summaries (created_at_epoch INTEGER, discovery_tokens INTEGER);
            CREATE TABLE user_prompts (created_at_epoch INTEGER);
        """)
        for day in range(LAST - 240, LAST + 4, 2):
            for hour in (1, 23):
                ms = day * DAY_MS + hour * 3_600_000
                session = ("p", "claude-next", ms // 1000 if hour == 1 else ms, "active")
                connection.execute("INSERT INTO sdk_sessions VALUES (?, ?, ?, ?)", session)
                for text in ("ä", "abcde"):
                    observation = ("p", text, "mine", None, ms, 7)
                    connection.execute(
                        "INSERT INTO observations VALUES (?, ?, ?, ?, ?, ?)", observation
                    )
            if day % 4:
                connection.execute("INSERT INTO session_summaries VALUES (?, 7)", (ms,))
        before = ("p", None, FLOOR_MS - 5 * DAY_MS, None)
        connection.execute("INSERT INTO sdk_sessions VALUES (?, ?, ?, ?)", before)
        connection.commit()
    return path


@pytest.fixture
def outcome(tmp_path, history, monkeypatch):
    """What a pipeline sends, prints and remembers in a situation."""
    monkeypatch.setattr(transport, "BACKOFF_S", ())
    key = f"phc_{uuid.uuid4().hex}"

    def outcome(kind, situation):
        marker, changed, answer = SITUATIONS[situation]
        data_dir = tmp_path / uuid.uuid4().hex
        data_dir.mkdir()
        (data_dir / "telemetry.json").write_text(json.dumps({"installId": INSTALL}))
        if marker is not None:
            (data_dir / FILE).write_text(json.dumps(marker))
        env = {transport.HOST: HOST, transport.KEY: key, **changed}
        pipeline = kind(env, data_dir, VirtualClock(NOW_MS))
        pipeline._stderr = io.StringIO()
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            mock.add(responses.POST, HOST + "/batch/", **answer)
            pipeline.backfill(tmp_path if situation == "unreadable" else history)
            bodies = [json.loads(call.request.body) for call in mock.calls]
        pipeline.abandon()
        for body in bodies:
            del body["sent_at"]
        kept = json.loads((data_dir / FILE).read_text()) if (data_dir / FILE).exists() else None
        return bodies, pipeline._stderr.getvalue(), kept

    return outcome


@pytest.fixture(scope="module")
def expected():
    return {}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_backfill_is_told_from_the_reference(name, outcome, expected):
    for situation in SITUATIONS:
        if situation not in expected:
            expected[situation] = outcome(Pipeline, situation)
        if outcome(MUTANTS[name].pipeline_type, situation) != expected[situation]:
            return
    pytest.fail(f"{name} does what the reference does")


def test_the_reference_does_the_same_each_time(outcome):
    for situation in SITUATIONS:
        assert outcome(Pipeline, situation) == outcome(Pipeline, situation)

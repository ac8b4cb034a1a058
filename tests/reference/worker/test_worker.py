import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from worker_child import WAIT_S, NotStartedError, until
from wrong_workers import WRONG

from payloadproof.audit.asked import WIRE
from payloadproof.clauses.registry import judge
from payloadproof.contract import load
from payloadproof.evidence.history import History

LIVE = 50


def properties(events):
    return [event.properties for event in events]


def test_sigterm_with_fifty_live_sessions_sends_fifty_rollups_before_the_exit(worker, lease, sent):
    child = worker()
    for number in range(LIVE):
        child.turn(number, tokens_input=number)
    child.ask("POST", "/context", {"tokens_injected": 5})
    assert child.end(signal.SIGTERM) == 0
    left_by = time.monotonic()
    rollups = properties(sent("observer_turn_rollup"))
    assert len(rollups) == LIVE
    assert {one["rollup_reason"] for one in rollups} == {"worker_shutdown"}
    assert sum(one["total_tokens_input"] for one in rollups) == sum(range(LIVE))
    assert len(sent("context_injected_rollup")) == 1
    (stopped,) = properties(sent("worker_stopped"))
    assert stopped["shutdown_reason"] == "signal"
    last = [event.name for request in lease.requests() for event in request.events][-1]
    assert last == "worker_stopped"
    assert all(request.began_at < left_by for request in lease.requests())
    assert json.loads(child.state.read_text())["ended"] is True


#: A worker, and a thread in it that a signal hits when standard input ends.
HIT_ELSEWHERE = """
import signal, sys, threading
from payloadproof_reference.worker.worker import main

def hit():
    sys.stdin.read()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=hit, daemon=True).start()
main()
"""


def test_a_signal_is_heard_though_the_main_thread_does_not_notice_it(worker, sent):
    child = worker("-c", HIT_ELSEWHERE)
    child.turn(1)
    assert child.end() == 0
    assert len(sent("observer_turn_rollup")) == 1
    assert len(sent("worker_stopped")) == 1


def test_killed_it_sends_nothing_twice_and_the_next_one_tells_of_a_crash(worker, sent, lease):
    child = worker()
    child.turn(1)
    assert child.ask("POST", "/sessions/1/end") == (200, {})
    until(lambda: sent("worker_started") and sent("observer_turn_rollup"))
    child.turn(2)
    assert child.end(signal.SIGKILL) == -signal.SIGKILL
    again = worker()
    again.turn(3)
    assert again.end(signal.SIGINT) == 0
    first, second = properties(sent("worker_started"))
    assert first["previous_shutdown"] == "unknown"
    assert second["previous_shutdown"] == "crash"
    assert second["previous_uptime_seconds"] >= 0
    # The turn that was not sent yet is lost; what was sent is sent once.
    reasons = [one["rollup_reason"] for one in properties(sent("observer_turn_rollup"))]
    assert reasons == ["session_end", "worker_shutdown"]
    uuids = [event.uuid for request in lease.requests() for event in request.events]
    assert len(uuids) == len(set(uuids))


def test_it_is_stopped_through_its_api_and_the_next_one_tells_of_a_clean_end(worker, sent):
    child = worker()
    assert child.ask("POST", "/shutdown", {"reason": "restart"}) == (200, {})
    assert child.end() == 0
    (stopped,) = properties(sent("worker_stopped"))
    assert stopped["shutdown_reason"] == "restart"
    assert worker().end(signal.SIGTERM) == 0
    before = [one["previous_shutdown"] for one in properties(sent("worker_started"))]
    assert before == ["unknown", "clean"]


def test_an_end_and_a_deletion_send_their_session_at_once(worker, sent):
    child = worker()
    child.turn(1)
    child.turn(2)
    assert child.ask("POST", "/sessions/1/end") == (200, {})
    assert child.ask("DELETE", "/sessions/2") == (200, {})
    assert child.end(signal.SIGTERM) == 0
    reasons = [one["rollup_reason"] for one in properties(sent("observer_turn_rollup"))]
    assert reasons == ["session_end", "session_end"]


def test_a_respawn_sends_nothing_and_the_session_goes_on(worker, sent):
    child = worker()
    child.turn(1)
    assert child.ask("POST", "/sessions/1/respawn") == (200, {})
    child.turn(1)
    assert child.ask("POST", "/sessions/1/end") == (200, {})
    assert child.end(signal.SIGTERM) == 0
    rollups = properties(sent("observer_turn_rollup"))
    assert [(one["count"], one["window_seq"]) for one in rollups] == [(2, 0)]


def test_the_past_is_sent_once(worker, lease, database, data_dir):
    made = database()
    today = time.time_ns() // 1_000_000
    made.observe(*({"created_at_epoch": today - day * 86_400_000} for day in range(11, 20)))
    data_dir.mkdir()
    made.path.rename(data_dir / "claude-mem.db")
    first = worker()
    until(lambda: first.log().count(" BACKFILL ") == 1)
    assert first.end(signal.SIGTERM) == 0
    second = worker()
    until(lambda: second.log().count(" BACKFILL ") == 2)
    assert second.end(signal.SIGTERM) == 0
    events = [event for request in lease.requests() for event in request.events]
    past = [event.uuid for event in events if not event.name.startswith("worker_")]
    assert len(past) == 10  # the days, and the install
    assert len(past) == len(set(past))


def test_what_it_sends_passes_the_audit(worker, lease):
    child = worker()
    child.turn(1, tokens_input=5, project="ours", cwd="/home/somebody/ours")
    child.ask("POST", "/context", {"tokens_injected": 5, "prompt": "why?"})
    child.ask("POST", "/search", {"query": "kettle"})
    assert child.end(signal.SIGTERM) == 0
    history = History(contract=load("claude_mem"), requests=lease.requests())
    assert judge(history, WIRE).findings == ()
    used = {"observer_turn_rollup", "context_injected_rollup", "search_performed"}
    assert used < {sent.event.name for sent in history.sent}


def test_it_listens_on_the_one_address(worker):
    child = worker()
    assert child.ask("GET", "/health")[0] == 200
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", child.port)) != 0


def test_the_default_is_announced_once(worker):
    for _ in range(2):
        child = worker()
        assert child.end(signal.SIGTERM) == 0
    assert child.log().count("telemetry disable") == 1


def test_each_request_is_one_line_and_a_wrong_one_is_told_why(worker, sent):
    child = worker()
    status, health = child.ask("GET", "/health")
    assert (status, health["sessions"]) == (200, 0)
    assert child.ask("POST", "/sessions/9/respawn") == (404, {"error": "no session 9 is live"})
    assert child.ask("DELETE", "/sessions/9")[0] == 404
    assert child.ask("POST", "/context", "{")[1] == {"error": "the body is no JSON"}
    assert child.ask("POST", "/context", "[1]")[1] == {"error": "the body is no JSON object"}
    assert child.ask("POST", "/search", {"query": 5}) == (400, {"error": "query is a text"})
    assert child.ask("POST", "/search", {"query": "kettle"})[0] == 503
    assert child.ask("POST", "/shutdown", {"reason": "whim"})[0] == 400
    assert child.ask("GET", "/nowhere")[1] == {"error": "there is no GET /nowhere"}
    for name, value in (("Host", "attacker.example"), ("Origin", "http://127.0.0.1")):
        assert child.ask("POST", "/shutdown", headers={name: value})[0] == 403
    assert child.end(signal.SIGTERM) == 0
    lines = [line for line in child.log().splitlines() if " HTTP " in line]
    assert len(lines) == 11
    (search,) = properties(sent("search_performed"))
    assert search["outcome"] == "error"


def test_a_search_counts_and_its_text_stays_here(worker, sent, lease, database, data_dir):
    secret = f"kettle-{uuid.uuid4().hex}"
    made = database()
    made.observe({"text": f"about a {secret}", "created_at_epoch": 1_700_000_000_000})
    data_dir.mkdir()
    made.path.rename(data_dir / "claude-mem.db")
    child = worker()
    assert child.ask("POST", "/search", {"query": secret}) == (200, {"result_count": 1})
    assert child.end(signal.SIGTERM) == 0
    (search,) = properties(sent("search_performed"))
    assert (search["outcome"], search["result_count"]) == ("ok", 1)
    assert properties(sent("worker_started"))[0]["db_observation_count"] == 1
    assert not any(secret.encode() in (request.body or b"") for request in lease.requests())


def test_without_consent_it_serves_and_nothing_is_contacted(worker, lease):
    child = worker(DO_NOT_TRACK="1")
    child.turn(1)
    assert child.end(signal.SIGTERM) == 0
    assert lease.connections() == ()
    assert not (child.data_dir / "telemetry.json").exists()
    assert "POST /sessions/1/turn 200" in child.log()


def test_a_client_that_hangs_does_not_hold_up_the_end(worker, sent):
    child = worker()
    with socket.create_connection(("127.0.0.1", child.port), timeout=WAIT_S) as hanging:
        hanging.sendall(b"POST /context HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
        child.turn(1)
        assert child.end(signal.SIGTERM) == 0
    assert len(sent("observer_turn_rollup")) == 1


def test_a_second_one_in_the_same_directory_says_so_and_exits(worker, data_dir):
    first = worker()
    second = subprocess.run(
        [sys.executable, "-m", "payloadproof_reference.worker"],
        env={
            **os.environ,
            "CLAUDE_MEM_DATA_DIR": str(data_dir),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        check=False,
        text=True,
    )
    assert second.returncode == 1
    said = f"worker: another worker (pid {first.process.pid}, port {first.port}) has {data_dir}"
    assert second.stderr == f"{said}: stop it first\n"
    assert first.ask("GET", "/health")[0] == 200


def test_what_never_listens_is_told_at_once_with_what_it_said(worker):
    with pytest.raises(NotStartedError, match="exit code 1: no worker"):
        worker("-c", "raise SystemExit('no worker')")


def _run(name):
    return (str(Path(__file__).with_name("wrong_workers.py")), name)


@pytest.mark.parametrize(
    ("program", "told_by"),
    [pytest.param(_run(name), wrong.told_by, id=name) for name, wrong in WRONG.items()],
)
def test_a_wrong_worker_is_told_from_the_right_one(told_by, request, program):
    judging = globals()[told_by]
    fixtures = [request.getfixturevalue(name) for name in inspect.signature(judging).parameters]
    # A tuple of another length is what a test unpacks where an event is missing.
    with pytest.raises((AssertionError, ValueError)):
        judging(*fixtures)

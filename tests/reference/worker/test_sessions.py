import threading

import pytest

from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.worker import sessions as module
from payloadproof_reference.worker.sessions import SessionManager


@pytest.fixture
def sessions(pipeline):
    return SessionManager(pipeline)


@pytest.fixture
def turn(pipeline, sessions):
    instrument = Instrumentation(pipeline)

    def taken(number, **properties):
        sessions.enter(number)
        instrument(
            "SESSION",
            "info",
            "compressed",
            event="session_compressed",
            rollup="session",
            properties=properties,
            session=number,
        )

    return taken


def rollups(wire):
    found = wire.named("observer_turn_rollup")
    return [(one["count"], one["rollup_reason"], one["window_seq"]) for one in found]


@pytest.mark.parametrize("end", ["remove", "delete"])
def test_an_end_sends_the_rollup_once(end, sessions, turn, healthy, pipeline):
    turn(1)
    turn(1)
    assert getattr(sessions, end)(1)
    assert not sessions.remove(1)
    assert not sessions.delete(1)
    pipeline.shutdown()
    assert rollups(healthy) == [(2, "session_end", 0)]


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("end", ["remove", "delete", "shut_down_all"])
def test_it_flushes_while_the_session_still_exists(end, sessions, turn, pipeline, monkeypatch):
    seen = []
    for hook in ("end_session", "drain"):
        monkeypatch.setattr(pipeline, hook, lambda *_: seen.append(len(sessions)))
    turn(1)
    getattr(sessions, end)(*() if end == "shut_down_all" else (1,))
    assert seen[0] == 1
    assert len(sessions) == 0


def test_a_respawn_flushes_nothing_and_the_session_goes_on(sessions, turn, healthy, pipeline):
    turn(1)
    session = sessions.enter(1)
    poisoned = session.aborted
    assert sessions.respawn(1)
    assert poisoned.is_set()
    assert not session.aborted.is_set()
    assert sessions.enter(1) is session
    pipeline.flush()
    assert healthy.events == []
    turn(1)
    sessions.remove(1)
    pipeline.shutdown()
    assert rollups(healthy) == [(2, "session_end", 0)]


def test_a_session_that_is_not_there_cannot_be_respawned(sessions):
    assert not sessions.respawn(7)


def test_only_a_deletion_tells_the_generator_to_stop(sessions):
    done, broken_off = sessions.enter(1), sessions.enter(2)
    sessions.remove(1)
    sessions.delete(2)
    assert (done.aborted.is_set(), broken_off.aborted.is_set()) == (False, True)


def test_shutting_down_sends_each_session_once_and_the_window(sessions, turn, healthy, pipeline):
    for number in range(3):
        turn(number)
    pipeline.record("context_injected", {})
    sessions.shut_down_all()
    assert len(sessions) == 0
    pipeline.capture("worker_stopped", {"shutdown_reason": "stop"})
    pipeline.shutdown()
    assert rollups(healthy) == [(1, "worker_shutdown", 0)] * 3
    names = [event["event"] for event in healthy.events]
    assert names[3:] == ["context_injected_rollup", "worker_stopped"]


def test_without_consent_an_end_sends_nothing(sessions, turn, env, healthy, pipeline):
    turn(1)
    env["DO_NOT_TRACK"] = "1"
    assert sessions.remove(1)
    pipeline.shutdown()
    assert healthy.events == []


def test_a_session_nobody_ends_makes_room(sessions, turn, healthy, pipeline, monkeypatch):
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    for number in range(3):
        turn(number)
    assert len(sessions) == 2
    pipeline.shutdown()
    assert sorted(rollups(healthy)) == [
        (1, "session_end", 0),
        (1, "worker_shutdown", 0),
        (1, "worker_shutdown", 0),
    ]


def test_ten_threads_lose_no_turn_of_a_thousand_sessions(sessions, turn, healthy, pipeline):
    failed = []

    def work(first):
        try:
            for number in range(first, 10_000, 10):
                turn(number % 1_000, tokens_input=number, count=1)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(0, 1_000, 2):
        sessions.remove(number)
    sessions.shut_down_all()
    pipeline.shutdown()
    found = healthy.named("observer_turn_rollup")
    assert failed == []
    assert len(found) == 1_000
    assert sum(one["count"] for one in found) == 10_000
    assert sum(one["total_tokens_input"] for one in found) == sum(range(10_000))
    assert {one["count"] for one in found} == {10}

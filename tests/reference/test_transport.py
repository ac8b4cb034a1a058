from __future__ import annotations

import atexit
import logging
import threading
import time
import uuid

import pytest
import requests
import responses
from payloadproof_reference import transport as module
from payloadproof_reference.log import Log
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import WHITELIST
from requests import exceptions as rex

HOST = "http://127.0.0.1:9"
ATTEMPTS = 4

PASSING = [
    rex.ConnectionError,
    rex.ProxyError,
    rex.SSLError,
    rex.Timeout,
    rex.ConnectTimeout,
    rex.ReadTimeout,
    rex.ChunkedEncodingError,
    rex.ContentDecodingError,
]
LASTING = [
    rex.RequestException,
    rex.HTTPError,
    rex.InvalidJSONError,
    rex.URLRequired,
    rex.TooManyRedirects,
    rex.MissingSchema,
    rex.InvalidSchema,
    rex.InvalidURL,
    rex.InvalidHeader,
    rex.InvalidProxyURL,
    rex.StreamConsumedError,
    rex.RetryError,
    rex.UnrewindableBodyError,
    ValueError,
    UnicodeError,
    OSError,
    MemoryError,
    RecursionError,
]
RETRIED = [408, 429, 500, 502, 503, 504]
FINAL = [200, 204, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 413, 422]


def message(event="search_performed", **properties):
    return {
        "event": event,
        "distinct_id": str(uuid.uuid4()),
        "properties": {"$process_person_profile": False, **properties},
        "timestamp": "2025-10-09T08:53:20.000+00:00",
        "uuid": str(uuid.uuid4()),
    }


@pytest.fixture
def consent():
    return {"given": True}


@pytest.fixture
def door(env, data_dir, clock, consent):
    built = Transport(env, lambda: consent["given"], WHITELIST, Log(data_dir, clock))
    yield built
    built.close(0.0)
    for consumer in built._consumers():
        consumer.join(5)


@pytest.fixture
def logged(data_dir):
    return lambda: (data_dir / "logs" / "payloadproof-reference.log").read_text().splitlines()


class Held:
    """A server that takes requests and answers none until it is told to."""

    def __init__(self):
        self.arrived = threading.Event()
        self.release = threading.Event()

    def __call__(self, request):
        self.arrived.set()
        assert self.release.wait(30)
        return 503, {}, ""


def test_nothing_exists_before_the_first_message(door, wire):
    threads = threading.active_count()
    door.flush(1)
    door.purge()
    assert door._client is None
    assert threading.active_count() == threads


def test_there_is_one_client_however_many_threads_come_first(door, healthy, monkeypatch):
    built = []
    client_type = module.Client
    monkeypatch.setattr(module, "Client", lambda *a, **k: built.append(1) or client_type(*a, **k))
    threads = [threading.Thread(target=door.send, args=(message(), "worker")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    door.flush(10)
    assert built == [1]
    assert len(healthy.events) == 8


def test_without_a_key_nothing_is_sent(env, data_dir, clock, wire):
    door = Transport({**env, module.KEY: " "}, lambda: True, WHITELIST, Log(data_dir, clock))
    for route in ("worker", "cli"):
        door.send(message(), route)
    door.close(1)
    assert door._client is None
    assert len(wire.mock.calls) == 0


def test_a_batch_is_what_posthog_takes(door, healthy, env):
    sent = [message(result_count=number) for number in range(3)]
    for one in sent:
        door.send(one, "worker")
    door.flush(10)
    bodies = healthy.requests
    assert {body["api_key"] for body in bodies} == {env[module.KEY]}
    assert {body["historical_migration"] for body in bodies} == {False}
    assert [event["uuid"] for event in healthy.events] == [one["uuid"] for one in sent]
    assert {call.request.headers["Content-Type"] for call in healthy.mock.calls} == {
        "application/json"
    }


def test_a_cli_event_is_one_post_of_one_event(door, healthy, env):
    sent = message("worker_started", trigger="start")
    door.send(sent, "cli")
    door.flush(10)
    (call,) = healthy.mock.calls
    (body,) = healthy.requests
    assert call.request.url == HOST + "/capture/"
    assert (body["api_key"], body["event"], body["uuid"], body["timestamp"]) == (
        env[module.KEY],
        "worker_started",
        sent["uuid"],
        sent["timestamp"],
    )
    assert door._client is None


@pytest.mark.parametrize("error", PASSING)
def test_a_passing_failure_is_tried_again_and_then_given_up(error, door, wire, logged):
    wire.answer(body=error())
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == ATTEMPTS
    assert len([line for line in logged() if error.__name__ in line]) == 1


@pytest.mark.parametrize("error", LASTING)
def test_a_lasting_failure_is_not_tried_again(error, door, wire, logged):
    wire.answer(body=error())
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == 1
    assert len([line for line in logged() if error.__name__ in line]) == 1


@pytest.mark.parametrize("error", [*PASSING, *LASTING])
def test_a_cli_event_is_tried_once_whatever_fails(error, door, wire, capfd):
    wire.answer(body=error())
    door.send(message("worker_started"), "cli")
    door.flush(10)
    assert len(wire.mock.calls) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("status", RETRIED)
def test_these_statuses_are_tried_again(status, door, wire):
    wire.answer(status=status)
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == ATTEMPTS


@pytest.mark.parametrize("status", FINAL)
def test_these_statuses_are_final(status, door, wire):
    wire.answer(status=status, headers={"Location": "http://127.0.0.1:10/elsewhere"})
    door.send(message(), "worker")
    door.send(message("worker_started"), "cli")
    door.flush(10)
    assert sorted(call.request.url for call in wire.mock.calls) == [
        HOST + "/batch/",
        HOST + "/capture/",
    ]


def test_a_retry_repeats_uuid_and_timestamp_and_then_succeeds(door, wire):
    answers = iter([(503, {}, ""), (200, {}, '{"status":"Ok"}')])
    wire.answer_by(lambda _: next(answers))
    door.send(message(result_count=1), "worker")
    door.flush(10)
    first, second = wire.events
    assert first == second


def test_an_outage_is_logged_once_and_again_after_a_success(door, wire, logged):
    statuses = iter([500, 500, 200, 500, 200])
    wire.answer_by(lambda _: (next(statuses), {}, ""))
    for _ in range(2):
        door.send(message(), "worker")
        door.flush(10)
    assert len([line for line in logged() if "status 500" in line]) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2.0), ("1e9", module.MAX_RETRY_AFTER_S), ("soon", 0.0), ("-1", 0.0), ("nan", 0.0)],
)
def test_retry_after_is_a_bounded_floor(header, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = header
    assert module._retry_after_s(response) == seconds


@responses.activate
def test_no_cookie_is_kept(door):
    responses.add(responses.POST, HOST + "/batch/", headers={"Set-Cookie": "who=alice"})
    for _ in range(2):
        door.send(message(), "worker")
        door.flush(10)
    assert all("Cookie" not in call.request.headers for call in responses.calls)
    assert len(responses.calls) == 2


def test_sending_does_not_wait_for_the_answer(door, wire):
    held = Held()
    wire.answer_by(held)
    for route in ("worker", "cli"):
        door.send(message("worker_started"), route)
    assert held.arrived.wait(10)
    held.release.set()  # the calls above had returned before any answer


def test_no_request_begins_after_closing_though_the_server_hangs(door, wire):
    held = Held()
    wire.answer_by(held)
    for number in range(3 * module.FLUSH_AT):
        door.send(message(result_count=number), "worker")
    assert held.arrived.wait(10)
    door.close(0.0)
    begun = len(wire.mock.calls)
    door.send(message(), "worker")
    door.send(message("worker_started"), "cli")
    held.release.set()
    for consumer in door._consumers():
        consumer.join(10)
        assert not consumer.is_alive()
    # The one that was under way is recorded by the mock when it is answered.
    assert (begun, len(wire.mock.calls)) == (0, 1)


def test_closing_sends_what_is_queued_first(door, healthy):
    for number in range(5):
        door.send(message(result_count=number), "worker")
    door.send(message("worker_started"), "cli")
    door.close(10)
    assert len(healthy.events) == 6


def test_closing_ends_a_pause_that_outlasts_it(door):
    rested = []
    thread = threading.Thread(target=lambda: rested.append(door._rest(60.0)))
    thread.start()
    door._deadline = time.monotonic() + 30.0
    door._closing.set()
    thread.join(20)
    assert rested == [False]


def test_closing_leaves_time_for_a_pause_that_fits(door):
    door._deadline = time.monotonic() + 30.0
    door._closing.set()
    assert door._rest(0.001)
    door._closed.set()
    assert not door._rest(0.001)


def test_no_attempt_begins_shortly_before_the_end(door, wire):
    wire.answer(status=200)
    door.send(message(), "worker")
    door.close(module.LAST_ENTRY_S / 2)
    for consumer in door._consumers():
        consumer.join(10)
    assert len(wire.mock.calls) == 0


def test_closing_twice_is_harmless(door, healthy):
    door.send(message(), "worker")
    door.close(10)
    door.close(10)
    assert len(healthy.events) == 1


def test_what_was_purged_does_not_leave(door, wire, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_INTERVAL_S", 0.05)
    held = Held()
    wire.answer_by(held)
    door.send(message(result_count=1), "worker")
    assert held.arrived.wait(10)
    door.send(message(result_count=2), "worker")
    door.purge()
    held.release.set()
    door.flush(10)
    assert [event["properties"]["result_count"] for event in wire.events] == [1]


def test_a_retry_asks_for_consent_again(door, wire, consent):
    def opt_out(_):
        consent["given"] = False
        return 503, {}, ""

    wire.answer_by(opt_out)
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == 1


def test_what_is_queued_is_bounded(door, wire, monkeypatch, logged):
    monkeypatch.setattr(module, "MAX_QUEUED", 3)
    held = Held()
    wire.answer_by(held)
    for _ in range(10):
        door.send(message("worker_started"), "cli")
    assert len(door._cleared) <= 3
    assert len([line for line in logged() if "the queue is full" in line]) == 7
    held.release.set()
    door.flush(10)
    assert not door._cleared


def test_the_sdk_keeps_no_exit_hook_of_its_own(door, healthy, monkeypatch):
    hooks = []
    monkeypatch.setattr(atexit, "register", hooks.append)
    monkeypatch.setattr(atexit, "unregister", hooks.remove)
    door.send(message(), "worker")
    assert hooks == []
    assert door._client is not None


def test_the_sdk_says_nothing_on_the_console(door, healthy, capfd, logged):
    door.send(message(), "worker")
    logging.getLogger("posthog").error("a complaint")
    door.close(10)
    logging.getLogger("posthog").error("a late one")
    assert capfd.readouterr() == ("", "")
    assert [line for line in logged() if "a complaint" in line]
    assert not [line for line in logged() if "a late one" in line]


@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_strips_all_that_is_not_listed(route, door, healthy, monkeypatch):
    monkeypatch.setenv("POSTHOG_RELEASE_ID", "r1")
    door.send(
        message(
            **{
                "result_count": 3,
                "endpoint": "/home/alice",
                "secret": "x",
                "nested": {"a": 1},
                "$ip": "1.2.3.4",
                "$set": {"ide": "vscode"},
                "$set_once": {"a": 1},
                "$groups": {},
            }
        ),
        route,
    )
    door.flush(10)
    (event,) = healthy.events
    stamps = {"$lib", "$lib_version"} if route == "worker" else set()
    assert set(event["properties"]) == {"result_count", "$process_person_profile", *stamps}


def test_the_door_lets_a_lifecycle_event_describe_the_installation(door, healthy):
    person = {"ide": "vscode", "path": "/home/alice", "duration_ms": 3}
    door.send(message("worker_started", **{"$set": person}), "cli")
    door.flush(10)
    (event,) = healthy.events
    assert event["properties"] == {"$set": {"ide": "vscode"}}


@pytest.mark.parametrize("flag", [None, True, "false", 0])
@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_fails_closed_without_the_profile_directive(flag, route, door, healthy):
    door.send(message(**{"$process_person_profile": flag}), route)
    door.flush(10)
    assert len(healthy.mock.calls) == 0
    assert not door._cleared


@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_knows_no_other_event(route, door, healthy):
    door.send(message("session_compressed"), route)
    door.flush(10)
    assert len(healthy.mock.calls) == 0


@pytest.mark.parametrize("route", ["worker", "cli"])
@pytest.mark.usefixtures("silent_console")
def test_a_check_that_breaks_lets_nothing_through(route, env, data_dir, clock, healthy):
    class Broken(type(WHITELIST)):
        def scrub(self, event, properties):
            raise RuntimeError

    door = Transport(env, lambda: True, Broken(), Log(data_dir, clock))
    door.send(message(), route)
    door.close(10)
    assert len(healthy.mock.calls) == 0


@pytest.mark.parametrize("host", ["", "nonsense", "http://", "ftp://127.0.0.1", "http://[::1"])
@pytest.mark.usefixtures("silent_console", "wire")
def test_a_host_that_is_none_costs_the_event_only(host, env, data_dir, clock, monkeypatch):
    monkeypatch.setattr(module, "DEFAULT_HOST", "http://127.0.0.1:9")
    door = Transport({**env, module.HOST: host}, lambda: True, WHITELIST, Log(data_dir, clock))
    for route in ("worker", "cli"):
        door.send(message(), route)
    door.close(10)
    assert not door._cleared

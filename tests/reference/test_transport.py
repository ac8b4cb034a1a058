from __future__ import annotations

import atexit
import logging
import threading
import time
import uuid

import pytest
import requests
import responses
from requests import exceptions as rex

from payloadproof_reference import answers
from payloadproof_reference import transport as module
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import WHITELIST

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


class Held:
    """A server that takes requests and answers none until it is told to."""

    def __init__(self, *statuses):
        self._statuses = iter(statuses)
        self.arrived = threading.Event()
        self.release = threading.Event()

    def __call__(self, request):
        self.arrived.set()
        assert self.release.wait(30)
        return next(self._statuses, 503), {}, ""


def test_nothing_exists_before_the_first_message(door, wire, message):
    threads = threading.active_count()
    door.flush(1)
    door.purge()
    assert door._client is None
    assert threading.active_count() == threads


def test_there_is_one_client_however_many_threads_come_first(door, healthy, monkeypatch, message):
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


def test_without_a_key_nothing_is_sent(env, log, wire, message):
    door = Transport({**env, module.KEY: " "}, lambda: True, WHITELIST, log)
    for route in ("worker", "cli"):
        door.send(message(), route)
    door.close(1)
    assert door._client is None
    assert len(wire.mock.calls) == 0


def test_a_batch_is_what_posthog_takes(door, healthy, env, message):
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


def test_a_cli_event_is_one_post_of_one_event(door, healthy, env, message):
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
def test_a_passing_failure_is_tried_again_and_then_given_up(error, door, wire, logged, message):
    wire.answer(body=error())
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == ATTEMPTS
    assert len([line for line in logged() if error.__name__ in line]) == 1


@pytest.mark.parametrize("error", LASTING)
def test_a_lasting_failure_is_not_tried_again(error, door, wire, logged, message):
    wire.answer(body=error())
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == 1
    assert len([line for line in logged() if error.__name__ in line]) == 1


@pytest.mark.parametrize("error", [*PASSING, *LASTING])
def test_a_cli_event_is_tried_once_whatever_fails(error, door, wire, capfd, message):
    wire.answer(body=error())
    door.send(message("worker_started"), "cli")
    door.flush(10)
    assert len(wire.mock.calls) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("status", RETRIED)
def test_these_statuses_are_tried_again(status, door, wire, message):
    wire.answer(status=status)
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == ATTEMPTS


@pytest.mark.parametrize("status", FINAL)
def test_these_statuses_are_final(status, door, wire, message):
    wire.answer(status=status, headers={"Location": "http://127.0.0.1:10/elsewhere"})
    door.send(message(), "worker")
    door.send(message("worker_started"), "cli")
    door.flush(10)
    assert sorted(call.request.url for call in wire.mock.calls) == [
        HOST + "/batch/",
        HOST + "/capture/",
    ]


def test_a_retry_repeats_uuid_and_timestamp_and_then_succeeds(door, wire, message):
    answers = iter([(503, {}, ""), (200, {}, '{"status":"Ok"}')])
    wire.answer_by(lambda _: next(answers))
    door.send(message(result_count=1), "worker")
    door.flush(10)
    first, second = wire.events
    assert first == second


def test_an_outage_is_logged_once_and_again_after_a_success(door, wire, logged, message):
    statuses = iter([500, 500, 200, 500, 200])
    wire.answer_by(lambda _: (next(statuses), {}, ""))
    for _ in range(2):
        door.send(message(), "worker")
        door.flush(10)
    assert len([line for line in logged() if "status 500" in line]) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2.0), ("1e9", answers.MAX_RETRY_AFTER_S), ("soon", 0.0), ("-1", 0.0), ("nan", 0.0)],
)
def test_retry_after_is_a_bounded_floor(header, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = header
    assert answers._retry_after_s(response) == seconds


@responses.activate
def test_no_cookie_is_kept(door, message):
    responses.add(responses.POST, HOST + "/batch/", headers={"Set-Cookie": "who=alice"})
    for _ in range(2):
        door.send(message(), "worker")
        door.flush(10)
    assert all("Cookie" not in call.request.headers for call in responses.calls)
    assert len(responses.calls) == 2


def test_neither_netrc_nor_proxy_of_the_machine_is_used(
    door, healthy, monkeypatch, tmp_path, message
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password " + uuid.uuid4().hex)
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:10")
    door.send(message(), "worker")
    door.flush(10)
    (call,) = healthy.mock.calls
    assert "Authorization" not in call.request.headers
    assert not call.request.req_kwargs["proxies"]


def test_sending_does_not_wait_for_the_answer(door, wire, message):
    held = Held()
    wire.answer_by(held)
    for route in ("worker", "cli"):
        door.send(message("worker_started"), route)
    assert held.arrived.wait(10)
    held.release.set()  # the calls above had returned before any answer


def test_no_request_begins_after_closing_though_the_server_hangs(door, wire, message):
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


def test_closing_sends_what_is_queued_first(door, healthy, message):
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


def test_no_attempt_begins_shortly_before_the_end(door, wire, message):
    wire.answer(status=200)
    door.send(message(), "worker")
    door.close(module.LAST_ENTRY_S / 2)
    for consumer in door._consumers():
        consumer.join(10)
    assert len(wire.mock.calls) == 0


def test_closing_twice_is_harmless(door, healthy, message):
    door.send(message(), "worker")
    door.close(10)
    door.close(10)
    assert len(healthy.events) == 1


def test_what_was_purged_does_not_leave(door, wire, monkeypatch, message):
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


def test_a_retry_asks_for_consent_again(door, wire, consent, message):
    def opt_out(_):
        consent["given"] = False
        return 503, {}, ""

    wire.answer_by(opt_out)
    door.send(message(), "worker")
    door.flush(10)
    assert len(wire.mock.calls) == 1


def test_the_queue_of_the_sdk_holds_uuids_alone(door, wire, message):
    held = Held()
    wire.answer_by(held)
    for _ in range(module.FLUSH_AT):
        door.send(message(), "worker")
    assert held.arrived.wait(10)
    sent = message()
    door.send(sent, "worker")
    assert list(door._client.queue.queue) == [sent["uuid"]]
    # So that nothing of what was purged is kept.
    door.purge()
    assert not door._cleared
    held.release.set()
    door.flush(10)
    assert len(wire.events) == module.FLUSH_AT


def held_up(door, wire, *waiting):
    """How many events each request holds, when so much waits behind an answer that is withheld."""
    held = Held(200, 200, 200)
    wire.answer_by(held)
    for one in waiting[: module.FLUSH_AT]:
        door.send(one, "worker")
    assert held.arrived.wait(10)
    for one in waiting[module.FLUSH_AT :]:
        door.send(one, "worker")
    held.release.set()
    door.flush(10)
    assert not door._cleared
    assert len({event["uuid"] for event in wire.events}) == len(waiting)
    return [len(body["batch"]) for body in wire.requests]


def test_a_request_takes_along_what_else_is_queued(door, wire, message):
    waiting = [message() for _ in range(2 * module.MOST_TOGETHER)]
    sizes = held_up(door, wire, *waiting)
    assert sizes == [module.FLUSH_AT, module.MOST_TOGETHER, module.MOST_TOGETHER - module.FLUSH_AT]


def test_a_request_takes_few_reports_along(door, wire, message):
    report = {
        "error_type": "ValueError",
        "error_message": "",
        "error_stack": "",
        "occurrence_count": 1,
        "$exception_list": [],
        "$exception_level": "error",
    }
    waiting = [message("$exception", **report) for _ in range(4 * module.FLUSH_AT)]
    sizes = held_up(door, wire, *waiting)
    assert sizes == [module.FLUSH_AT, 2 * module.FLUSH_AT, module.FLUSH_AT]


def test_what_was_taken_along_and_refused_is_acknowledged(door, wire, message):
    held = Held(200, 400)
    wire.answer_by(held)
    for _ in range(module.FLUSH_AT):
        door.send(message(), "worker")
    assert held.arrived.wait(10)
    for _ in range(3 * module.FLUSH_AT):
        door.send(message(), "worker")
    held.release.set()
    door.flush(10)
    assert door._client.queue.unfinished_tasks == 0
    assert len(wire.requests) == 2


def test_a_queue_that_is_full_of_what_was_purged_drops_and_says_so(
    door, wire, monkeypatch, logged, message
):
    monkeypatch.setattr(module, "MAX_QUEUED", module.FLUSH_AT)
    held = Held()
    wire.answer_by(held)
    for _ in range(module.FLUSH_AT):
        door.send(message(), "worker")
    assert held.arrived.wait(10)
    for _ in range(module.FLUSH_AT):
        door.purge()
        door.send(message(), "worker")
    door.purge()
    door.send(message(), "worker")
    assert not door._cleared
    assert len([line for line in logged() if "the queue is full" in line]) == 1
    held.release.set()
    door.flush(10)


def test_a_forked_child_sends_through_the_same_door(door, healthy, message):
    door.send(message(result_count=1), "worker")
    door.flush(10)
    before = door._consumers()
    door._begin()  # as in the child
    door.send(message(result_count=2, secret="x"), "worker")
    door.flush(10)
    assert [event["properties"].get("result_count") for event in healthy.events] == [1, 2]
    assert "secret" not in healthy.events[1]["properties"]
    for consumer in before:
        consumer.pause()
        consumer.join(10)


def test_what_is_queued_is_bounded(door, wire, monkeypatch, logged, message):
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


def test_the_sdk_keeps_no_exit_hook_of_its_own(door, healthy, monkeypatch, message):
    hooks = []
    monkeypatch.setattr(atexit, "register", hooks.append)
    monkeypatch.setattr(atexit, "unregister", hooks.remove)
    door.send(message(), "worker")
    assert hooks == []
    assert door._client is not None


def test_the_sdk_says_nothing_on_the_console(door, healthy, capfd, logged, message):
    door.send(message(), "worker")
    logging.getLogger("posthog").error("a complaint")
    door.close(10)
    logging.getLogger("posthog").error("a late one")
    assert capfd.readouterr() == ("", "")
    assert [line for line in logged() if "a complaint" in line]
    assert not [line for line in logged() if "a late one" in line]

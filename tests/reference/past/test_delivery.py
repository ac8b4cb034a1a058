import threading
import uuid

import pytest
import requests

from payloadproof_reference import transport
from payloadproof_reference.past.delivery import BATCH, Delivery
from payloadproof_reference.whitelist import WHITELIST


@pytest.fixture
def delivery(env, log, consent):
    return Delivery(env, lambda: consent["given"], WHITELIST, log, budget_s=20.0)


@pytest.fixture
def batch():
    return [
        {
            "event": "historical_activity",
            "distinct_id": "install",
            "properties": {"backfilled": True, "$process_person_profile": False},
            "timestamp": "2025-01-05T12:00:00.000+00:00",
            "uuid": str(uuid.uuid4()),
        }
        for _ in range(BATCH)
    ]


@pytest.mark.parametrize("answer", [{"status": "Ok"}, {"status": 1}, {"status": 1, "more": []}])
def test_a_batch_has_arrived_when_the_service_says_so(delivery, wire, batch, answer):
    wire.answer(json=answer)
    assert delivery.deliver(batch) is None
    (sent,) = wire.requests
    assert sent["historical_migration"] is True
    assert [event["uuid"] for event in sent["batch"]] == [event["uuid"] for event in batch]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 402, "json": {"status": "Ok"}},
        {"status": 204},
        {"status": 201, "json": {"status": "Ok"}},
        {"status": 302, "headers": {"Location": "http://example.org"}},
        {"status": 400, "body": "failed to parse request"},
        {"status": 413, "body": "too large"},
        {"json": {"status": "Ok", "quota_limited": ["events"]}},
        {"json": {"status": "Ok", "quota_limited": []}},
        {"json": {"status": "ok"}},
        {"json": {"status": True}},
        {"json": {"status": 0}},
        {"json": {"status": None}},
        {"json": {}},
        {"json": ["Ok"]},
        {"json": "Ok"},
        {"body": "Ok"},
        {"body": ""},
        {"body": b"\xff\x00"},
        {"body": "[" * 4000},
        {"body": '{"status":"Ok","pad":"' + "x" * 5000 + '"}'},
    ],
)
def test_any_other_answer_confirms_nothing_and_is_not_asked_again(delivery, wire, batch, answer):
    wire.answer(**answer)
    assert "not confirmed" in delivery.deliver(batch)
    assert len(wire.requests) == 1


def test_a_failure_that_may_pass_is_tried_again_with_the_same_events(delivery, wire, batch):
    answers = iter([(503, {}, ""), (429, {}, ""), (200, {}, '{"status":"Ok"}')])
    wire.answer_by(lambda _: next(answers))
    assert delivery.deliver(batch) is None
    first, *others = wire.requests
    assert len(others) == 2
    assert all(other["batch"] == first["batch"] for other in others)


def test_attempts_come_to_an_end(delivery, wire, batch):
    wire.answer(status=500)
    assert delivery.deliver(batch) == "arrival was not confirmed: status 500"
    assert len(wire.requests) == len(transport.BACKOFF_S) + 1


def test_a_hang_is_not_asked_twice(delivery, wire, batch):
    wire.answer(body=requests.ReadTimeout("slow"))
    assert "ReadTimeout" in delivery.deliver(batch)
    assert len(wire.requests) == 1


def test_a_long_rest_is_left_to_the_next_start(delivery, wire, batch):
    wire.answer(status=503, headers={"Retry-After": "29"})
    assert "503" in delivery.deliver(batch)
    assert len(wire.requests) == 1


def test_an_opt_out_between_two_attempts_is_the_last_word(delivery, wire, batch, consent):
    def refuse(_):
        consent["given"] = False
        return 503, {}, ""

    wire.answer_by(refuse)
    assert "stopped" in delivery.deliver(batch)
    assert len(wire.requests) == 1


def test_nothing_begins_after_a_halt(delivery, healthy, batch):
    delivery.halt()
    assert "stopped" in delivery.deliver(batch)
    assert not healthy.requests


def test_a_halt_waits_for_who_is_just_about_to_send(delivery, wire, batch):
    asked, halted = threading.Event(), threading.Event()

    def slow(_):
        asked.set()
        halted.wait(5)
        return 503, {}, ""

    wire.answer_by(slow)
    sender = threading.Thread(target=delivery.deliver, args=(batch,))
    sender.start()
    asked.wait(5)
    delivery.halt()
    halted.set()
    sender.join(5)
    assert len(wire.requests) == 1


def test_a_budget_that_is_spent_sends_nothing(env, log, healthy, batch):
    spent = Delivery(env, lambda: True, WHITELIST, log, budget_s=0.0)
    assert "no time left" in spent.deliver(batch)
    assert not healthy.requests


def test_without_a_key_nothing_is_sent(env, log, healthy, batch):
    del env[transport.KEY]
    keyless = Delivery(env, lambda: True, WHITELIST, log, budget_s=9.0)
    assert keyless.deliver(batch) == "there is no project key"
    assert not healthy.requests


def test_the_whitelist_comes_last(delivery, healthy, batch):
    batch[0]["properties"] |= {"os": "linux", "project": "acme", "$lib": "posthog-python", "x": 1}
    assert delivery.deliver(batch) is None
    assert healthy.events[0]["properties"] == {
        "backfilled": True,
        "$process_person_profile": False,
        "$lib": "posthog-python",
    }


def test_a_batch_with_an_event_that_may_not_leave_is_not_sent(delivery, healthy, batch):
    batch[-1] = {**batch[-1], "event": "test_event"}
    assert delivery.deliver(batch) == "the whitelist refused an event"
    assert not healthy.requests

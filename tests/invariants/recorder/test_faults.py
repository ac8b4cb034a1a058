import contextlib
import http.client

import msgspec
import pytest

from payloadproof.recorder import exchange
from payloadproof.recorder.script import (
    Answer,
    Behaviour,
    Cut,
    Hang,
    HangBeforeReading,
    Healthy,
    LoseAnswer,
    Refuse,
    Reset,
    Slow,
    Times,
    Withhold,
    stores,
)

OK = '{"status":"Ok"}'


@pytest.mark.parametrize(
    "behaviour",
    [
        LoseAnswer(),
        HangBeforeReading(),
        Slow(head_s=0.1, body_s=0.2),
        Times(2, Answer(status=503, headers={"Retry-After": "1"})),
        Times(1, Slow(body_s=0.1)),
    ],
)
def test_a_fault_survives_json(behaviour):
    assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour


@pytest.mark.parametrize(
    "text",
    [
        b'{"kind":"slow","head_s":6}',
        b'{"kind":"slow","body_s":-1}',
        b'{"kind":"times","n":0,"behaviour":{"kind":"reset"}}',
        b'{"kind":"times","n":1,"behaviour":{"kind":"refuse"}}',
        b'{"kind":"times","n":1,"behaviour":{"kind":"hang_before_reading"}}',
    ],
)
def test_a_fault_that_cannot_be_played_is_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Behaviour)


@pytest.mark.parametrize(
    ("behaviour", "kept"),
    [
        (Healthy, True),
        (Answer(status=200, body="<html>"), True),
        (Answer(status=307, headers={"Location": "/elsewhere"}), False),
        (Answer(status=429), False),
        (Answer(status=500), False),
        (Withhold(), True),
        (Slow(), True),
        (LoseAnswer(), True),
        (Cut(), True),
        (Reset(), False),
        (Hang(), False),
        (Refuse(), False),
        (HangBeforeReading(), False),
    ],
)
def test_each_behaviour_says_whether_the_service_keeps_it(behaviour, kept):
    assert stores(behaviour) is kept


def test_a_lost_answer_is_a_reset_after_the_request_was_stored(lease, post, make_body):
    for behaviour, stored in ((LoseAnswer(), True), (Reset(), False)):
        lease.script(behaviour)
        with pytest.raises(ConnectionResetError):
            post(lease, make_body(lease.token))
        request = lease.requests()[-1]
        assert (request.status, request.answered, request.stored) == (200, None, stored)


def test_it_behaves_so_a_number_of_times_and_healthily_from_then_on(lease, post, make_body):
    body = make_body(lease.token)
    lease.script(Times(2, Answer(status=503)))
    assert [post(lease, body)[0] for _ in range(4)] == [503, 503, 200, 200]
    assert [request.stored for request in lease.requests()] == [False, False, True, True]


def test_a_new_script_counts_anew(lease, post, make_body):
    body = make_body(lease.token)
    for _ in range(2):
        lease.script(Times(1, Answer(status=500)))
        assert [post(lease, body)[0] for _ in range(2)] == [500, 200]


def test_a_slow_answer_is_the_strict_verdict_in_two_parts(lease, post, make_body, monkeypatch):
    waited = []

    async def pause(seconds):
        waited.append((seconds, lease.requests()[-1].answered))

    monkeypatch.setattr(exchange, "pause", pause)
    lease.script(Slow(head_s=1.5, body_s=2.5))
    assert post(lease, make_body(lease.token)) == (200, OK)
    assert post(lease, b"not json")[0] == 400
    # Until the head is written the sender has no answer.
    assert waited == [(1.5, None), (2.5, 200), (1.5, None), (2.5, 400)]


@pytest.mark.parametrize("at", [0, 1], ids=["before the head", "before the body"])
def test_a_sender_that_goes_before_a_slow_answer_breaks_nothing(
    lease, post, make_body, monkeypatch, at
):
    slowly, senders, waited = exchange.trickle, [], []

    async def told(slow, request, sender, answered):
        senders.append(sender)
        return await slowly(slow, request, sender, answered)

    async def pause(seconds):
        waited.append(seconds)
        if len(waited) == at + 1:
            senders[0].transport.abort()

    monkeypatch.setattr(exchange, "trickle", told)
    monkeypatch.setattr(exchange, "pause", pause)
    lease.script(Times(1, Slow(head_s=1.5, body_s=2.5)))
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        post(lease, make_body(lease.token))
    # A recorder that has failed would say so to whoever reads what it has.
    assert [request.answered for request in lease.requests()] == [(None, 200)[at]]
    assert post(lease, make_body(lease.token)) == (200, OK)


def test_a_hang_before_reading_accepts_and_takes_nothing(recorder, lease, raw, make_body):
    kept_alive = raw(lease)
    lease.script(HangBeforeReading())
    body = make_body(lease.token)
    head = f"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    fresh = raw(lease, head.encode() + body)
    kept_alive.sendall(head.encode() + body)
    assert recorder.ledger.wait_for(lambda: len(lease.connections()) == 2, timeout=10)
    # What they sent stays unread for good: the next behaviour drops them.
    lease.script(Healthy)
    for sock in (fresh, kept_alive):
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""
    assert lease.requests() == ()


def test_the_service_is_well_again_after_a_hang(lease, post, make_body):
    lease.script(HangBeforeReading())
    lease.script(Healthy)
    assert post(lease, make_body(lease.token)) == (200, OK)


def test_a_redirect_is_an_answer_with_a_place_to_go(lease, connect, make_body):
    lease.script(Answer(status=307, headers={"Location": "/e/"}))
    connection = connect(lease)
    connection.request("POST", "/batch/", make_body(lease.token))
    response = connection.getresponse()
    assert isinstance(response, http.client.HTTPResponse)
    assert (response.status, response.headers["Location"]) == (307, "/e/")
    assert not lease.requests()[0].stored

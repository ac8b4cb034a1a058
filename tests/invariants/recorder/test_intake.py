"""What comes in at once, and what takes long: others are answered meanwhile, and all of it is kept.

No test here looks at a clock: an answer that is awaited comes, or the client's patience ends.
"""

import gzip
import http.client
import json
import random
import resource
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from payloadproof.recorder import exchange
from payloadproof.recorder.intake import Intake
from payloadproof.recorder.ledger import MEMORY_LIMIT, Ledger
from payloadproof.recorder.server import Recorder

PATIENCE_S = 120
EVENT = {"event": "e", "distinct_id": "d", "properties": {}}


def large(token, size):
    """A sound batch of about so many bytes."""
    event = {**EVENT, "properties": {"text": "x" * 60_000}}
    return json.dumps({"api_key": token, "batch": [event] * (size // 60_000)}).encode()


def packed(*parts):
    """Gzip of parts, each of them a text and how often it is said."""
    packer = zlib.compressobj(1, wbits=31)
    whole = [packer.compress(text) for text, times in parts for _ in range(times)]
    return b"".join(whole) + packer.flush()


@pytest.fixture
def patient(connect):
    """POST with patience: the status."""

    def send(lease, body, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", lease.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/batch/", body, headers or {})
            return connection.getresponse().status
        finally:
            connection.close()

    return send


@pytest.fixture
def judging(monkeypatch):
    """Large bodies are not judged before this is set."""
    go = threading.Event()
    judge = exchange.judged

    def judged(head, body, *others):
        if len(body) > 1_000_000:
            assert go.wait(PATIENCE_S)
        return judge(head, body, *others)

    monkeypatch.setattr(exchange, "judged", judged)
    yield go
    go.set()


def test_others_are_answered_while_a_large_body_is_judged(judging, lease, patient, make_body):
    with ThreadPoolExecutor(1) as others:
        answer = others.submit(patient, lease, large(lease.token, 2_000_000))
        # Never answered if it had to wait for the other, which waits for it.
        assert [patient(lease, make_body(lease.token)) for _ in range(3)] == [200] * 3
        assert not answer.done()
        judging.set()
        assert answer.result() == 200
    assert len(lease.requests()) == 4


def test_a_large_body_is_kept_although_its_sender_has_gone(judging, lease, raw):
    body = large(lease.token, 2_000_000)
    head = f"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    raw(lease, head.encode() + body).close()
    judging.set()
    assert lease.wait_for_requests(1, PATIENCE_S)
    (request,) = lease.requests()
    assert request.wire == body or request.reason.startswith("the connection was lost")


def test_what_waits_for_room_is_kept_when_there_is_some(make_token, patient):
    with Recorder(listeners=1) as recorder:
        lease = recorder.lease(make_token())
        lease.will_be_taken()
        body = large(lease.token, 15_000_000)
        most = 0
        with ThreadPoolExecutor(8) as clients:
            answers = [clients.submit(patient, lease, body) for _ in range(8)]
            kept = 0
            while kept < len(answers):
                assert lease.wait_for_requests(1, PATIENCE_S)
                taken = lease.take()
                most = max(most, sum(len(one.wire) for one in taken))
                assert {(one.wire == body, one.answered) for one in taken} == {(True, 200)}
                kept += len(taken)
            assert [answer.result() for answer in answers] == [200] * 8
    assert most <= MEMORY_LIMIT + len(body)


def test_closing_does_not_wait_for_room(make_token, patient, raw):
    recorder = Recorder(listeners=1)
    lease = recorder.lease(make_token())
    lease.will_be_taken()
    body = large(lease.token, 15_000_000)
    while recorder.ledger.has_room():
        assert patient(lease, body) == 200
    head = f"POST /e/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    waits = raw(lease, head.encode() + body)
    recorder.close()
    with suppress(ConnectionResetError):
        assert waits.recv(1) == b""


def test_bodies_beyond_the_bound_lie_in_files_and_are_whole():
    intake = Intake(Ledger(), limit=1_000)
    first, second = intake.body(), intake.body()
    for number in range(300):
        first += bytes([number % 256]) * 7
        second += bytes([number % 256]) * 7
    assert intake.held <= 1_000
    expected = b"".join(bytes([number % 256]) * 7 for number in range(300))
    assert bytes(first) == bytes(second) == expected
    assert len(first) == len(expected)
    first.close()
    second.close()
    assert intake.held == 0
    intake.close()


HEAD = b'{"api_key":"phc_x","batch":[{"event":"e","distinct_id":"d","properties":'
GZIP = {"Content-Encoding": "gzip"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BOMBS = {
    "gzip of 1 GB": (lambda: packed((b" " * 1_000_000, 1_000)), GZIP, 413),
    "gzip of one long text": (
        lambda: packed((HEAD + b'{"a":"', 1), (b"x" * 1_000_000, 60), (b'"}}]}', 1)),
        GZIP,
        413,
    ),
    "object of many keys": (
        lambda: HEAD + b"{" + b",".join(b'"%d":1' % n for n in range(300_000)) + b"}}]}",
        {},
        413,
    ),
    "many lists": (lambda: b"[" + b"[]," * 249_990 + b"1]", {}, 400),
    "nesting": (lambda: b"[" * 2_000_000 + b"]" * 2_000_000, {}, 413),
    "form of many pairs": (lambda: b"data=%7B%7D" + b"&a=b" * 3_000_000, FORM, 400),
    "lz-string": (lambda: b"AAAA" * 3_000_000, {"Content-Encoding": "lz64"}, 413),
    "base64 in base64": (lambda: b"ZXlK" * 2_000_000, {}, 400),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_and_others_are_answered_meanwhile(kind, lease, patient, make_body):
    make, headers, status = BOMBS[kind]
    bomb = make()
    with ThreadPoolExecutor(1) as others:
        answer = others.submit(patient, lease, bomb, headers)
        while not answer.done():
            assert patient(lease, make_body(lease.token)) == 200
        assert answer.result() == status


def test_random_bytes_and_half_requests_keep_nobody_from_an_answer(lease, patient, make_body):
    rng = random.Random(15)
    body = make_body(lease.token)
    halves = [
        b"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le",
        b"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n" + body,
        b"POST /e/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nab",
        b"\x16\x03\x01\x02\x00\x01",
        b"",
    ]
    opened = []
    try:
        for number in range(200):
            sock = socket.create_connection(("127.0.0.1", lease.port), PATIENCE_S)
            opened.append(sock)
            sock.sendall(halves[number // 2 % len(halves)] if number % 2 else rng.randbytes(300))
        assert patient(lease, body) == 200
    finally:
        for sock in opened:
            sock.close()
    assert patient(lease, body) == 200
    sound = [one for one in lease.requests() if one.answered == 200]
    assert [one.wire for one in sound] == [body, body]


def room_for(descriptors):
    """Whether this process may open so many."""
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < descriptors + 200 <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors + 200, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= descriptors + 200


def test_a_thousand_idle_connections_keep_nobody_from_an_answer(lease, patient, make_body):
    idle = []
    try:
        for _ in range(1_000 if room_for(2_000) else 400):
            idle.append(  # noqa: PERF401 - those that are open are closed if one fails
                socket.create_connection(("127.0.0.1", lease.port), PATIENCE_S)
            )
        assert patient(lease, make_body(lease.token)) == 200
    finally:
        for sock in idle:
            sock.close()
    assert len(lease.requests()) == 1


def test_what_gzip_says_of_its_size_is_not_believed(lease, patient, make_body):
    lie = gzip.compress(b" " * 30_000_000)[:-4] + (10).to_bytes(4, "little")
    assert patient(lease, lie, GZIP) == 400
    assert patient(lease, make_body(lease.token)) == 200

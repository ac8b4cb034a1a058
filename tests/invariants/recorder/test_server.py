import asyncio.selector_events
import contextlib
import gzip
import http.client
import json
import select
import socket

import posthog
import pytest

from payloadproof.recorder import exchange
from payloadproof.recorder.decode import SIZE_LIMIT
from payloadproof.recorder.ledger import RecorderBroken
from payloadproof.recorder.listener import NotLoopbackError, bind, require_loopback
from payloadproof.recorder.script import Answer, Cut, Hang, Healthy, Refuse, Reset, Withhold
from payloadproof.recorder.server import Recorder

OK = '{"status":"Ok"}'


def http_post(body, path="/batch/", length=None):
    length = length or len(body)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


def is_silent(sock):
    return select.select([sock], [], [], 0) == ([], [], [])


def test_it_records_what_came_and_answers_as_posthog_does(recorder, lease, post, make_body):
    body = make_body(lease.token)
    status, text = post(
        lease, gzip.compress(body), headers={"Content-Encoding": "gzip", "X-A": "é"}
    )
    assert (status, text) == (200, OK)
    (request,) = lease.requests()
    assert gzip.decompress(request.wire) == request.body == body
    assert (request.method, request.path, request.port) == ("POST", "/batch/", lease.port)
    assert ("Content-Encoding", "gzip") in request.headers
    assert ("X-A", "\\xe9") in request.headers
    assert (request.status, request.answered, request.wire_size) == (200, 200, len(request.wire))
    assert [event.name for event in request.events] == ["session_compressed"]
    (connection,) = lease.connections()
    assert (connection.number, connection.port) == (request.connection, lease.port)
    assert connection.began_at <= request.began_at


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (("GET", "/", b""), 200),
        (("GET", "/nowhere", b""), 404),
        (("DELETE", "/batch/?x=%C3%A9", b"not json"), 405),
        (("POST", "/decide/?v=3", b"\xff\x00"), 401),
        (("POST", "/batch", b"not json"), 400),
        (("PROPFIND", "/e", b""), 405),
        (("HEAD", "/batch/", b""), 400),
    ],
)
def test_it_records_every_request(lease, connect, sent, status):
    connection = connect(lease)
    connection.request(*sent)
    assert connection.getresponse().status == status
    (request,) = lease.requests()
    assert (request.method, request.path, request.wire) == sent
    assert request.status == request.answered == status


def test_it_records_what_is_no_http(lease, raw):
    sock = raw(lease, b"\x16\x03\x01 hello over TLS\r\n\r\n")
    assert sock.recv(1000).startswith(b"HTTP/1.0 400")
    (request,) = lease.requests()
    assert (request.method, request.status, request.answered) == ("?", 400, 400)
    assert b"hello over TLS" in request.wire


def test_it_records_a_body_that_breaks_off(lease, raw):
    raw(lease, http_post(b"half of it", length=100)).close()
    assert lease.wait_for_requests(1, timeout=10)
    (request,) = lease.requests()
    assert (request.wire, request.status, request.answered) == (b"half of it", 400, None)
    assert "connection was lost" in request.reason


def test_it_records_a_body_whose_chunks_are_garbage(lease, raw):
    head = b"POST /e HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    sock = raw(lease, head + b"Expect: 100-continue\r\n\r\n")
    assert sock.recv(1000).startswith(b"HTTP/1.1 100")
    sock.sendall(b"3\r\nabc\r\nno size\r\n")
    sock.close()
    assert lease.wait_for_requests(1, timeout=10)
    request = lease.requests()[0]
    assert (request.method, request.path, request.status) == ("POST", "/e", 400)


def test_it_keeps_the_start_of_a_body_that_is_too_large(lease, connect):
    connection = connect(lease)
    connection.request("POST", "/batch/", b"x" * (SIZE_LIMIT + 5_000_000))
    assert connection.getresponse().status == 413
    (request,) = lease.requests()
    assert request.wire_size == SIZE_LIMIT + 5_000_000
    assert len(request.wire) == 1024 * 1024


def test_it_tells_a_client_that_asks_to_go_on(lease, raw, make_body):
    body = make_body(lease.token)
    head = http_post(body).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n", 1)
    sock = raw(lease, head[: -len(body)])
    assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    sock.sendall(body)
    assert sock.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_scripted_answer_is_sent_and_the_verdict_recorded(lease, post, make_body):
    lease.script(Answer(status=503, body="later", headers={"Retry-After": "7"}))
    assert post(lease, make_body(lease.token)) == (503, "later")
    lease.script(Answer(status=429))
    assert post(lease, b"not json") == (429, "Too Many Requests")
    lease.script(Answer(status=200))
    assert post(lease, b"not json") == (200, OK)
    lease.script(Answer(body="garbage"))
    assert post(lease, make_body(lease.token)) == (200, "garbage")
    verdicts = [(request.status, request.answered) for request in lease.requests()]
    assert verdicts == [(200, 503), (400, 429), (400, 200), (200, 200)]


def test_scripted_headers_reach_the_client(lease, connect):
    lease.script(Answer(status=503, headers={"Retry-After": "7", "Content-Type": "text/html"}))
    connection = connect(lease)
    connection.request("POST", "/batch/", b"")
    headers = connection.getresponse().headers
    assert (headers["Retry-After"], headers["Content-Type"]) == ("7", "text/html")


def test_withheld_requests_are_answered_on_release_and_not_before(lease, raw, make_body):
    lease.script(Withhold())
    held = [raw(lease, http_post(make_body(lease.token))), raw(lease, http_post(b"not json"))]
    assert lease.wait_for_requests(2, timeout=10)
    assert lease.held() == 2
    assert [request.answered for request in lease.requests()] == [None, None]
    assert all(is_silent(sock) for sock in held)
    lease.release()
    assert lease.held() == 0
    assert sorted(sock.recv(12) for sock in held) == [b"HTTP/1.1 200", b"HTTP/1.1 400"]
    assert sorted(request.answered for request in lease.requests()) == [200, 400]
    later = raw(lease, http_post(make_body(lease.token)))
    assert later.recv(12) == b"HTTP/1.1 200"
    lease.script(Withhold())
    again = raw(lease, http_post(make_body(lease.token)))
    assert lease.wait_for_requests(4, timeout=10)
    assert lease.held() == 1
    assert is_silent(again)


def test_a_withheld_request_whose_client_left_is_no_longer_held(lease, raw, make_body):
    lease.script(Withhold())
    sock = raw(lease, http_post(make_body(lease.token)))
    assert lease.wait_for_requests(1, timeout=10)
    sock.close()
    lease.script(Healthy)
    other = raw(lease, http_post(make_body(lease.token)))
    assert other.recv(12) == b"HTTP/1.1 200"
    lease.end()
    assert lease.held() == 0
    assert lease.requests()[0].answered is None


def test_the_end_of_a_lease_answers_what_it_withheld_and_returns_with_that_on_record(
    lease, raw, make_body
):
    lease.script(Withhold())
    socks = [raw(lease, http_post(make_body(lease.token))) for _ in range(8)]
    assert lease.wait_for_requests(8, timeout=10)
    lease.end()
    assert [request.answered for request in lease.requests()] == [200] * 8
    assert {sock.recv(12) for sock in socks} == {b"HTTP/1.1 200"}


def test_a_hung_request_is_closed_when_its_lease_ends(lease, raw, make_body):
    lease.script(Hang())
    sock = raw(lease, http_post(make_body(lease.token)))
    assert lease.wait_for_requests(1, timeout=10)
    lease.release()
    assert is_silent(sock)
    lease.end()
    assert sock.recv(1000) == b""
    assert lease.requests()[0].answered is None


def test_a_reset_is_seen_as_one(lease, raw, make_body):
    lease.script(Reset())
    sock = raw(lease, http_post(make_body(lease.token)))
    with pytest.raises(ConnectionResetError):
        sock.recv(1000)
    (request,) = lease.requests()
    assert (request.status, request.answered) == (200, None)


def test_a_cut_answer_ends_in_the_middle_of_its_body(lease, connect, make_body):
    lease.script(Cut())
    connection = connect(lease)
    connection.request("POST", "/batch/", make_body(lease.token))
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    assert (cut.value.partial, cut.value.expected) == (OK[:7].encode(), 8)
    assert lease.requests()[0].answered is None


def test_a_refusing_port_refuses_until_the_script_changes(lease, raw, post, make_body):
    before = raw(lease)
    before.sendall(http_post(make_body(lease.token)))
    assert before.recv(12) == b"HTTP/1.1 200"
    lease.script(Refuse())
    lease.script(Refuse())
    with pytest.raises(ConnectionRefusedError):
        raw(lease)
    with contextlib.suppress(ConnectionResetError):
        while before.recv(1000):
            pass
    lease.script(Healthy)
    assert post(lease, make_body(lease.token))[0] == 200
    assert len(lease.requests()) == 2


def test_the_end_of_a_lease_opens_a_refusing_port(recorder, lease, post, make_body):
    lease.script(Refuse())
    lease.end()
    lease.end()
    assert post(lease, make_body(lease.token))[0] == 200
    with pytest.raises(RuntimeError, match="the lease has ended"):
        lease.script(Hang())


def test_late_arrivals_are_attributed_by_token_when_the_port_is_leased_again(
    recorder, make_token, post, make_body
):
    first = recorder.lease(make_token())
    post(first, make_body(first.token))
    first.end()
    post(first, b"no token, while the port is still its own")
    recorder.lease(make_token()).end()
    second = recorder.lease(make_token())
    assert second.port == first.port
    second.script(Hang())
    # The straggler meets the real service, not the script of the port's next tenant.
    assert post(second, make_body(first.token)) == (200, OK)
    assert len(first.requests()) == 1
    assert [request.tokens for request in first.late] == [(), (first.token,)]
    assert second.requests() == second.connections() == ()
    assert len(first.connections()) == 3


def test_a_kept_connection_outlives_its_lease(recorder, make_token, connect, make_body):
    first, other = recorder.lease(make_token()), recorder.lease(make_token())
    connection = connect(first)

    def send(token):
        connection.request("POST", "/batch/", make_body(token))
        return connection.getresponse().read()

    assert send(first.token) == OK.encode()
    first.end()
    second = recorder.lease(make_token())
    assert send(second.token) == OK.encode()
    assert second.requests()[0].connection == first.requests()[0].connection
    assert len(first.connections()) == 1
    assert second.connections() == other.connections() == ()


def test_a_lease_gets_the_listener_that_was_free_the_longest(recorder, make_token):
    first, second = recorder.lease(make_token()), recorder.lease(make_token())
    with pytest.raises(RuntimeError, match="all 2 listeners are leased"):
        recorder.lease(make_token())
    second.end()
    first.end()
    assert recorder.lease(make_token()).port == second.port


def test_head_and_body_leave_in_one_write(monkeypatch, lease, post, make_body):
    transport = asyncio.selector_events._SelectorSocketTransport
    written, write, writelines = [], transport.write, transport.writelines
    monkeypatch.setattr(transport, "write", lambda t, d: (written.append(d), write(t, d))[1])
    monkeypatch.setattr(
        transport, "writelines", lambda t, d: (written.append(d), writelines(t, d))[1]
    )
    post(lease, make_body(lease.token))
    lease.script(Answer(body="x" * 100_000))
    post(lease, make_body(lease.token))
    lease.script(Answer(status=204, body=""))
    post(lease, make_body(lease.token))
    assert len(written) == 3


def test_small_writes_are_not_delayed(monkeypatch, lease, post, make_body):
    seen = []

    async def look(request, body):
        sock = request.transport.get_extra_info("socket")
        seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return await read(request, body)

    read = exchange.read
    monkeypatch.setattr(exchange, "read", look)
    post(lease, make_body(lease.token))
    assert seen == [1]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "localhost", "", "example.org"])
def test_it_binds_loopback_only(host):
    with pytest.raises(NotLoopbackError, match="loopback"):
        require_loopback(host)
    with pytest.raises(NotLoopbackError):
        bind(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_addresses_pass_the_guard(host):
    assert require_loopback(host) == host


def test_a_bug_of_the_recorder_is_no_silence(monkeypatch, lease, post):
    def broken(*args):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(exchange, "judged", broken)
    assert post(lease, b"{}")[0] == 500
    with pytest.raises(RecorderBroken, match="a bug"):
        lease.requests()


def test_closing_ends_every_connection_and_keeps_the_record(make_token, raw, make_body):
    recorder = Recorder(listeners=3)
    leases = [recorder.lease(make_token()) for _ in range(3)]
    for lease, behaviour in zip(leases, (Hang(), Withhold(), Healthy), strict=True):
        lease.script(behaviour)
    socks = [raw(lease, http_post(make_body(lease.token))) for lease in leases]
    idle = raw(leases[2])
    assert all(lease.wait_for_requests(1, timeout=10) for lease in leases)
    assert socks[2].recv(12) == b"HTTP/1.1 200"
    recorder.close()
    recorder.close()
    for sock in (*socks, idle):
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(1000):
                pass
    assert [len(lease.requests()) for lease in leases] == [1, 1, 1]
    with pytest.raises(RuntimeError, match="the recorder is closed"):
        recorder.lease("any")


def test_it_serves_the_real_sdk(lease):
    client = posthog.Posthog(lease.token, host=lease.host, gzip=True, sync_mode=True)
    client.capture("install", distinct_id="d", properties={"answer": 42})
    client.shutdown()
    (request,) = lease.requests()
    assert (request.status, request.answered, request.tokens) == (200, 200, (lease.token,))
    (event,) = request.events
    assert (event.name, event.distinct_id) == ("install", "d")
    assert event.properties["answer"] == 42
    assert json.loads(request.body)["api_key"] == lease.token

"""What is read from many connections at once, and what is held of it.

No test here looks at a clock: what was sent is awaited where it comes in.
"""

import socket
import threading
import tracemalloc

import pytest

from payloadproof.recorder import intake, reader
from payloadproof.recorder.reader import TURN, Inlet

PATIENCE_S = 60
BODY = 100_000  # bytes of a body that come of one that never ends
HEAD = b"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n"


@pytest.fixture
def arriving(monkeypatch):
    """Wait until so many bytes of bodies have come."""
    came = threading.Condition()
    total = 0
    add = intake.Body.__iadd__

    def added(body, chunk):
        nonlocal total
        made = add(body, chunk)
        with came:
            total += len(chunk)
            came.notify_all()
        return made

    def wait(size):
        with came:
            assert came.wait_for(lambda: total >= size, PATIENCE_S)

    monkeypatch.setattr(intake.Body, "__iadd__", added)
    return wait


@pytest.mark.parametrize("connections", [0, 1, 100, 1_000, 8_000])
def test_what_one_turn_of_the_loop_reads_is_bounded(connections):
    inlet = Inlet()
    inlet.connections = connections
    share = len(inlet.share())
    assert share > 0
    assert share * connections <= TURN


def test_each_connection_is_read_by_its_share(monkeypatch, recorder, lease, raw, arriving):
    monkeypatch.setattr(reader, "TURN", 30 * 8_192)
    chunks = []
    received = reader.Reader.data_received

    def seen(self, data):
        chunks.append((recorder.inlet.connections, len(data)))
        received(self, data)

    monkeypatch.setattr(reader.Reader, "data_received", seen)
    sockets = [raw(lease, HEAD + b"x" * BODY) for _ in range(30)]
    arriving(len(sockets) * BODY)
    assert {size * connections <= 30 * 8_192 for connections, size in chunks} == {True}
    assert max(size for _, size in chunks) > 4_096


def test_a_connection_that_is_closed_gives_its_share_back(recorder, lease, raw, make_body):
    body = make_body(lease.token)
    head = f"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    for _ in range(5):
        sock = raw(lease, f"{head}Connection: close\r\n\r\n".encode() + body)
        while sock.recv(65_536):
            pass
    raw(lease, HEAD + b"x")
    recorder.close()
    assert recorder.inlet.connections == 0


@pytest.mark.parametrize("size", [30_000, BODY])  # aiohttp stops reading for the larger
def test_nothing_of_a_half_request_is_held_beside_its_body(recorder, lease, arriving, size):
    # Bodies lie in files, so that memory holds what is kept of them beside.
    recorder._intake.limit = 0
    sockets = [socket.create_connection(("127.0.0.1", lease.port), PATIENCE_S) for _ in range(60)]
    try:
        for sock in sockets:
            sock.sendall(HEAD + b"x")
        arriving(len(sockets))
        tracemalloc.start()
        for sock in sockets:
            sock.sendall(b"x" * size)
        arriving(len(sockets) * (size + 1))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        for sock in sockets:
            sock.close()
    assert held < len(sockets) * size / 4


def test_bytes_that_are_no_http_are_kept_whichever_way_they_come(lease, raw):
    begun = b"POST /e/ HTTP/1.1\r\n"
    for first, rest in ((b"no http at all\r\n\r\n", b""), (begun, b"\0\r\n\r\n")):
        sock = raw(lease, first)
        sock.sendall(rest)
        assert b" 400 " in sock.recv(65_536)
    one, other = lease.requests()
    assert one.wire == b"no http at all\r\n\r\n"
    assert other.wire.endswith(b"\0\r\n\r\n")

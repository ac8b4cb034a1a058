import http.client
import json
import secrets
import socket

import pytest

from payloadproof.recorder.server import Recorder


@pytest.fixture
def recorder():
    with Recorder(listeners=2) as opened:
        yield opened


@pytest.fixture
def make_token():
    return lambda: f"phc_{secrets.token_hex(16)}"


@pytest.fixture
def lease(recorder, make_token):
    return recorder.lease(make_token())


@pytest.fixture
def make_body():
    def make(token, name="session_compressed"):
        event = {"event": name, "distinct_id": "install-1", "properties": {"n": 1}}
        return json.dumps({"api_key": token, "batch": [event]}).encode()

    return make


@pytest.fixture
def connect():
    """An http.client connection to a lease, closed after the test."""
    opened = []

    def open_to(lease):
        connection = http.client.HTTPConnection("127.0.0.1", lease.port, timeout=10)
        opened.append(connection)
        return connection

    yield open_to
    for connection in opened:
        connection.close()


@pytest.fixture
def raw():
    """A raw socket to a lease that has sent the bytes given, closed after the test."""
    opened = []

    def send(lease, payload=b""):
        sock = socket.create_connection(("127.0.0.1", lease.port), timeout=10)
        opened.append(sock)
        sock.sendall(payload)
        return sock

    yield send
    for sock in opened:
        sock.close()


@pytest.fixture
def post(connect):
    """POST over a connection of its own; the status and the text."""

    def send(lease, body, path="/batch/", headers=None):
        connection = connect(lease)
        connection.request("POST", path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()

    return send

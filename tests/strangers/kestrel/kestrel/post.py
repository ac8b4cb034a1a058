"""One POST of one body, with a deadline for all of it.

The standard library's timeout is for each read, so a server that dribbles can hold it for ever.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_ANSWER_MAX = 65_536
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")


@dataclass(frozen=True)
class Answer:
    """What came back: a status of 0 is no answer at all."""

    status: int
    body: bytes = b""
    whole: bool = False


NONE = Answer(0)


class Post:
    """A request that another thread can abort."""

    def __init__(self, host: str, path: str) -> None:
        parts = urlsplit(host)
        self._tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/") + path
        self._mutex = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False

    def send(self, body: bytes, seconds: float, still_allowed: Callable[[], bool]) -> Answer:
        deadline = time.monotonic() + seconds
        try:
            connection = socket.create_connection((self._host, self._port), timeout=seconds)
        except OSError:
            return NONE
        try:
            with self._mutex:
                if self._aborted:
                    return NONE
                self._socket = connection
            if self._tls:
                connection.settimeout(max(0.01, deadline - time.monotonic()))
                context = ssl.create_default_context()
                connection = context.wrap_socket(connection, server_hostname=self._host)
                with self._mutex:
                    self._socket = connection
            # Connecting may have taken long: the last moment to ask is now.
            if not still_allowed():
                return NONE
            self._write(connection, self._head(len(body)) + body, deadline)
            return self._read(connection, deadline)
        except (OSError, ValueError):
            return NONE
        finally:
            with self._mutex:
                self._socket = None
            connection.close()

    def abort(self) -> None:
        with self._mutex:
            self._aborted = True
            if self._socket is not None:
                try:
                    self._socket.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _head(self, length: int) -> bytes:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return (
            f"POST {self._path} HTTP/1.1\r\nHost: {host}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
            "User-Agent: kestrel\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        ).encode("ascii")

    @staticmethod
    def _write(connection: socket.socket, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            view = view[connection.send(view) :]

    @staticmethod
    def _read(connection: socket.socket, deadline: float) -> Answer:
        data = b""
        closed = False
        while len(data) < _ANSWER_MAX:
            answer = _parse(data, closed)
            if answer is not None:
                return answer
            left = deadline - time.monotonic()
            if left <= 0:
                return NONE
            connection.settimeout(left)
            piece = connection.recv(16_384)
            closed = not piece
            data += piece
        return NONE


def _parse(data: bytes, closed: bool) -> Answer | None:
    """The answer in ``data``; None where more has to be read, and NONE where nothing can help."""
    match = _STATUS.match(data)
    head_end = data.find(b"\r\n\r\n")
    if match is None or head_end < 0:
        hopeless = match is None and (b"\n" in data or len(data) > 200)
        return NONE if closed or hopeless else None
    status = int(match[1])
    body = data[head_end + 4 :]
    if 100 <= status < 200:
        return _parse(body, closed)  # an interim answer: the real one follows
    headers = data[match.end() : head_end].decode("latin-1").lower()
    if "transfer-encoding: chunked" in headers:
        return _unchunk(status, body, closed)
    length = re.search(r"^content-length: *([0-9]+) *\r?$", headers, re.MULTILINE)
    if length is None:
        return Answer(status, body, True) if closed or status == 204 else None
    if len(body) >= int(length[1]):
        return Answer(status, body[: int(length[1])], True)
    return Answer(status, body, False) if closed else None


def _unchunk(status: int, data: bytes, closed: bool) -> Answer | None:
    body = b""
    while True:
        size, found, rest = data.partition(b"\r\n")
        if not found:
            return Answer(status, body, False) if closed else None
        try:
            length = int(size.split(b";")[0], 16)
        except ValueError:
            return NONE
        if length == 0:
            return Answer(status, body, True)
        if len(rest) < length + 2:
            return Answer(status, body, False) if closed else None
        body += rest[:length]
        data = rest[length + 2 :]

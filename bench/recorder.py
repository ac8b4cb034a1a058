"""What a recorder costs: events per second of processor time, and the most memory it takes.

``python bench/recorder.py`` sends the same batches, over one connection, to ``payloadproof record``
and to a server of the standard library that only unpacks and parses, in turn; ``--mock DIRECTORY``
adds PostHog's own mock, the ``src`` of a checkout of PostHog/posthog-sdk-test-harness (it wants
Flask, and is in no registry). Each is a process of its own, and its own processor time is what is
compared: user and system, as ``getrusage`` has it.

``--memory N`` sends N events instead, made on the fly, and prints the most memory that took;
``--bodies`` sends sixteen bodies of 15 MB at once and 150 of 2 MB in a row; ``--floods`` prints
what a flood of each kind takes, and how long somebody else waited for an answer at the most.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import os
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from measure import CONSOLE
from rich.console import Console
from rich.table import Table

OURS = "payloadproof record"
STDLIB = "http.server, gunzip, json.loads"
MOCK = "PostHog's mock"
_BODIES = 32  # that are sent in turn
_OK = 200


def _event(rng: random.Random) -> dict[str, Any]:
    """As posthog-python sends it."""
    return {
        "event": rng.choice(("session_compressed", "search_performed", "worker_started")),
        "distinct_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "properties": {
            "duration_ms": rng.randrange(5_000),
            "outcome": rng.choice(("ok", "error")),
            "score": rng.random() * 100,
            "model": rng.choice(("small", "large")),
            "version": "1.2.3",
            "arch": "x86_64",
            "$lib": "posthog-python",
            "$lib_version": "7.91.1",
            "$python_runtime": "CPython",
            "$python_version": "3.12.1",
            "$os": "Linux",
            "$os_version": "6.1",
            "$geoip_disable": True,
            "$is_server": True,
            "$process_person_profile": False,
        },
        "timestamp": f"2026-11-29T14:{rng.randrange(60):02}:00.123456+00:00",
        "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    }


def body(rng: random.Random, events: int) -> bytes:
    """A batch, as JSON."""
    batch = [_event(rng) for _ in range(events)]
    whole = {"batch": batch, "historical_migration": False, "api_key": "phc_bench"}
    return json.dumps(whole).encode()


def request(content: bytes, *, packed: bool) -> bytes:
    """A POST of it."""
    wire = gzip.compress(content, 6) if packed else content
    encoding = "Content-Encoding: gzip\r\n" if packed else ""
    head = (
        "POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: posthog-python/7.91.1\r\n"
        f"Accept-Encoding: gzip, deflate\r\nContent-Type: application/json\r\n{encoding}"
        f"Content-Length: {len(wire)}\r\n\r\n"
    )
    return head.encode() + wire


class Spent(NamedTuple):
    """What a process took so far: seconds of processor time, and bytes at most."""

    seconds: float
    memory: int


def _spent() -> Spent:
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = used.ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():  # where the other still counts what this process was forked from
        most = int(re.findall(r"VmHWM:\s+(\d+)", status.read_text())[0])
    return Spent(used.ru_utime + used.ru_stime, most * 1024)


class Server:
    """A subject in a process of its own: whatever it serves, it says what it took when asked."""

    def __init__(self, name: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.port = int(self._said())
        self.kept = 0  # requests in its recording, once it is closed

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a server ended before it was told to")
        return line

    def spent(self) -> Spent:
        """What it took so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        seconds, memory = self._said().split()
        return Spent(float(seconds), int(memory))

    def close(self) -> None:
        """End it, and wait until it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        self.kept = int(self._process.stdout.read() or 0)
        self._process.wait(60)


class Client:
    """One connection that is kept, and made again where the server closes it."""

    def __init__(self, port: int, timeout: float = 120) -> None:
        self._port = port
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def send(self, whole: bytes) -> int:
        """Send a request and wait for its answer: the status."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout)
        self._socket.sendall(whole)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length is not None and len(rest) < int(length[1]):
            rest += self._more()
        if head.startswith(b"HTTP/1.0") or re.search(rb"(?i)connection: close", head):
            self.close()
        return int(head.split(None, 2)[1])

    def _more(self) -> bytes:
        assert self._socket is not None
        # Who writes head and body apart has the body held back until the head is acknowledged,
        # which takes 40 ms where nobody asks for it: minutes of waiting, in all.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        chunk = self._socket.recv(65536)
        if not chunk:
            raise SystemExit("a server closed a connection before it had answered")
        return chunk

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def compared(subjects: dict[str, tuple[str, ...]], *, rounds: int, events: int) -> None:
    """Print what each takes for the same load; ``events`` is how many are sent in a round."""
    for size, packed in ((100, True), (100, False), (10, False), (1, False)):
        rng = random.Random(15)  # noqa: S311 - the same load each time
        load = [request(body(rng, size), packed=packed) for _ in range(_BODIES)]
        requests = max(events // size // (10 if size == 1 else 1), 20)
        rates: dict[str, list[float]] = {name: [] for name in subjects}
        with contextlib.ExitStack() as stack:
            servers: dict[str, Server] = {}
            for name, arguments in subjects.items():
                servers[name] = Server(name, *arguments)
                stack.callback(servers[name].close)
            clients = {name: Client(server.port) for name, server in servers.items()}
            for one in range(rounds + 1):
                for name, server in servers.items():
                    before = server.spent().seconds
                    for number in range(requests):
                        if clients[name].send(load[number % _BODIES]) != _OK:
                            raise SystemExit(f"{name} refused a sound batch")
                    if one:  # the first does not count
                        rates[name].append(requests * size / (server.spent().seconds - before))
            for client in clients.values():
                client.close()
        way = "gzip" if packed else "plain"
        _show(f"batches of {size}, {way}: events per second of processor time", rates)


def remembered(events: int) -> None:
    """Print the most memory that so many events take, in batches of 100 made on the fly."""
    server = Server(OURS)
    client = Client(server.port)
    rng = random.Random(15)  # noqa: S311 - the same load each time
    pieces = [body(rng, 100) for _ in range(_BODIES)]
    before = server.spent()
    for number in range(events // 100):
        # Another id in each, so that no batch is the last one again.
        fresh = str(uuid.UUID(int=rng.getrandbits(128))).encode()
        content = re.sub(rb'(?<="uuid": ")[^"]+', fresh, pieces[number % _BODIES], count=1)
        if client.send(request(content, packed=True)) != _OK:
            raise SystemExit("a sound batch was refused")
    after = server.spent()
    client.close()
    server.close()
    seconds = after.seconds - before.seconds
    CONSOLE.print(
        f"{events:,} events: {after.memory / 1e6:.0f} MB at most ({before.memory / 1e6:.0f} MB "
        f"before), {events / seconds:,.0f} events per second of processor time"
    )


def bodies() -> None:
    """Print what large bodies take, at once and in a row."""
    for size, at_once, in_turn in ((15_000_000, 16, 1), (2_000_000, 1, 150)):
        event = {"event": "e", "distinct_id": "d", "properties": {"text": "x" * 9_000}}
        batch = {"api_key": "phc_bench", "batch": [event] * (size // 9_070)}
        whole = request(json.dumps(batch).encode(), packed=False)
        server = Server(OURS)
        said: list[int] = []

        def send(port: int, times: int, whole: bytes = whole, said: list[int] = said) -> None:
            client = Client(port)
            said.extend(client.send(whole) for _ in range(times))

        clients = [
            threading.Thread(target=send, args=(server.port, in_turn)) for _ in range(at_once)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        spent = server.spent()
        server.close()
        CONSOLE.print(
            f"{at_once} at once of {in_turn} x {size / 1e6:.0f} MB: {said.count(_OK)} of"
            f" {at_once * in_turn} taken, {server.kept} in the recording,"
            f" {spent.memory / 1e6:.0f} MB at most"
        )


_HEAD = b'{"api_key":"phc_bench","batch":[{"event":"e","distinct_id":"d","properties":'
_TAIL = b"}]}"
_SMALL_EVENT = b',{"event":"e","distinct_id":"d","properties":{"a":"' + b"x" * 930 + b'"}}'


def _packed(*parts: tuple[bytes, int]) -> bytes:
    """Gzip of texts, each as often as it says."""
    packer = zlib.compressobj(6, wbits=31)
    pieces = [packer.compress(text) for text, times in parts for _ in range(times)]
    return b"".join(pieces) + packer.flush()


def _posted(content: bytes, *headers: str) -> bytes:
    given = "".join(f"{header}\r\n" for header in headers)
    length = f"Content-Length: {len(content)}\r\n\r\n"
    return f"POST /batch/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{given}{length}".encode() + content


_PACKED = "Content-Encoding: gzip"
FLOODS: dict[str, Callable[[], list[bytes]]] = {
    "1,000 idle connections": lambda: [b""] * 1_000,
    "1,000 half requests of 100 kB": lambda: [_posted(b"x" * 200_000)[:100_000]] * 1_000,
    "300 times random bytes": lambda: [os.urandom(1_000) for _ in range(300)],
    "an object of 900,000 keys": lambda: [
        _posted(_HEAD + b"{%s}" % b",".join(b'"k%07d":1' % n for n in range(900_000)) + _TAIL)
    ],
    "a list of 700,000 texts": lambda: [
        _posted(
            _HEAD + b'{"a":[%s]}' % b",".join(b'"text %07d"' % n for n in range(700_000)) + _TAIL
        )
    ],
    "250,000 lists": lambda: [_posted(b"[" + b"[]," * 249_990 + b"1]")],
    "ten million levels": lambda: [_posted(b"[" * 10_000_000 + b"]" * 10_000_000)],
    "a form of 4 million pairs": lambda: [
        _posted(b"data=e30" + b"&a=b" * 4_000_000, f"Content-Type: {_FORM}")
    ],
    "gzip of 5 GB of blanks": lambda: [_posted(_packed((b" " * 1_000_000, 5_000)), _PACKED)],
    "gzip of one text of 100 MB": lambda: [
        _posted(
            _packed((_HEAD + b'{"a":"', 1), (b"x" * 1_000_000, 99), (b'"}' + _TAIL, 1)), _PACKED
        )
    ],
    "gzip of 99,000 sound events": lambda: [
        _posted(_packed((_HEAD + b"{}}", 1), (_SMALL_EVENT, 99_000), (b"]}", 1)), _PACKED)
    ],
    "20 MB of lz-string": lambda: [_posted(b"AAAA" * 4_900_000, "Content-Encoding: lz64")],
    "20 MB of base64": lambda: [_posted(b"eyJh" * 4_900_000)],
}
_FORM = "application/x-www-form-urlencoded"


def flooded() -> None:
    """Print what each flood takes; somebody else sends a batch all the while."""
    table = Table("flood", title="floods of payloadproof record")
    for heading in ("most memory", "processor time", "longest wait of others"):
        table.add_column(heading, justify="right")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for name, make in FLOODS.items():
        sent = make()
        server = Server(OURS)
        small = request(body(random.Random(15), 1), packed=False)  # noqa: S311 - as above
        other = Client(server.port)
        other.send(small)
        before = server.spent().seconds
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in sent]
        done = threading.Event()

        def flood(
            sockets: list[socket.socket] = sockets,
            sent: list[bytes] = sent,
            done: threading.Event = done,
        ) -> None:
            for one, what in zip(sockets, sent, strict=True):
                with contextlib.suppress(OSError):
                    one.sendall(what)
            if len(sent) == 1:
                sockets[0].recv(1)
            done.set()

        threading.Thread(target=flood).start()
        longest = 0.0
        last = False
        while not last:
            last = done.wait(0.02)
            began = time.perf_counter()
            other.send(small)
            longest = max(longest, time.perf_counter() - began)
        for one in sockets:
            one.close()
        other.send(small)
        spent = server.spent()
        other.close()
        server.close()
        memory, seconds = f"{spent.memory / 1e6:.0f} MB", f"{spent.seconds - before:.1f} s"
        table.add_row(name, memory, seconds, f"{longest:.2f} s")
    CONSOLE.print(table)


def _show(title: str, rates: dict[str, list[float]]) -> None:
    rounds = len(next(iter(rates.values())))
    table = Table("subject", title=f"{title}, median of {rounds}")
    for heading in ("median", "lowest", "highest", "a request", "ours is"):
        table.add_column(heading, justify="right")
    ours = rates[OURS]
    size = int(re.findall(r"\d+", title)[0])
    for name, measured in rates.items():
        median = statistics.median(measured)
        # Of each round by itself: what else the machine did then, it did to both.
        ratio = statistics.median(mine / its for mine, its in zip(ours, measured, strict=True))
        table.add_row(
            name,
            *(f"{value:,.0f}" for value in (median, min(measured), max(measured))),
            f"{size / median * 1e6:,.0f} µs",
            f"{ratio:.2f} times",
        )
    CONSOLE.print(table)


def _say(*values: float) -> None:
    sys.stdout.write(" ".join(map(str, values)) + "\n")
    sys.stdout.flush()


def _served(port: int) -> None:
    """Say the port, and on each line what was spent, until there are no more lines."""
    CONSOLE.file.write(f"{port}\n")
    CONSOLE.file.flush()
    for _ in sys.stdin:
        seconds, memory = _spent()
        CONSOLE.file.write(f"{seconds} {memory}\n")
        CONSOLE.file.flush()


class _Parsing(BaseHTTPRequestHandler):
    """Unpacks and parses what comes, and says that all is well."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Do it."""
        wire = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            wire = gzip.decompress(wire)
        json.loads(wire)
        said = b'{"status":"Ok"}'
        self.send_response(_OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve_stdlib() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Parsing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _served(server.server_address[1])


def _serve_mock(source: str) -> None:
    sys.path.insert(0, source)
    import logging

    from posthog_test_harness.mock_server import (  # type: ignore[import-not-found]
        MockServer,
    )

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request is not what we measure
    sys.stdout, out = io.StringIO(), sys.stdout  # Flask's greeting
    mock = MockServer()
    threading.Thread(target=mock.run, args=("127.0.0.1", port), daemon=True).start()
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            break
    sys.stdout = out
    _served(port)


class _Told(io.StringIO):
    """Where ``record`` says what it does: the port is in one of the first lines."""

    def __init__(self, told: Callable[[int], None]) -> None:
        super().__init__()
        self._told: Callable[[int], None] | None = told

    def write(self, text: str) -> int:
        """Look for the port, once; the rest goes where a terminal would have it."""
        if self._told is not None and (found := re.search(r"http://127\.0\.0\.1:(\d+)", text)):
            told, self._told = self._told, None
            told(int(found[1]))
        return len(text)


def _serve_ours() -> None:
    from payloadproof.blackbox.record import record

    def told(port: int) -> None:
        def serve() -> None:
            _served(port)
            os.kill(os.getpid(), signal.SIGTERM)  # as anybody ends it

        threading.Thread(target=serve, daemon=True).start()

    with tempfile.TemporaryDirectory() as scratch:
        recording = Path(scratch, "recording.jsonl")
        record(recording, None, Console(file=_Told(told)))
        with recording.open("rb") as lines:
            *_, tail = lines
    _say(json.loads(tail)["requests"])


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="of a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", type=int, metavar="N", help="the most memory N events take")
    parser.add_argument("--bodies", action="store_true", help="large bodies, at once and in a row")
    parser.add_argument("--floods", action="store_true", help="what each flood takes")
    parser.add_argument("--mock", help="src of a checkout of PostHog's harness")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("source", nargs="?", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        if asked.serve == MOCK:
            _serve_mock(asked.source)
        elif asked.serve == STDLIB:
            _serve_stdlib()
        else:
            _serve_ours()
        return
    if asked.memory:
        remembered(asked.memory)
    if asked.bodies:
        bodies()
    if asked.floods:
        flooded()
    if asked.memory or asked.bodies or asked.floods:
        return
    subjects: dict[str, tuple[str, ...]] = {OURS: (), STDLIB: ()}
    if asked.mock:
        subjects[MOCK] = (asked.mock,)
    compared(subjects, rounds=asked.rounds, events=asked.events)


if __name__ == "__main__":
    main()

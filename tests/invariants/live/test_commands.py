"""`record` and `probe` with a page: when there is one, and that it shows what is going on."""

import asyncio
import contextlib
import re
import subprocess
import sys

import aiohttp
import pytest

from payloadproof.blackbox.following import followed
from payloadproof.drive.internet import missing
from payloadproof.drive.traffic import Exchange

ENTRY = "from payloadproof.cli import main; main(prog_name='payloadproof')"
WATCH = re.compile(rb"watch: (http://127\.0\.0\.1:\d+/[\w-]{20,}/)\s")
QUIET = ("--", sys.executable, "-c", "pass")
PATIENCE_S = 120
# Sends, and waits until somebody writes into its standard input before it goes on.
WAITS = """
import json, os, sys, urllib.request
def send(name):
    host = os.environ["CLAUDE_MEM_TELEMETRY_HOST"]
    key = os.environ.get("CLAUDE_MEM_TELEMETRY_KEY", "phc_" + "k" * 32)
    event = {"event": name, "distinct_id": "install-1", "properties": {}}
    body = json.dumps({"api_key": key, "batch": [event]}).encode()
    asked = urllib.request.Request(f"{host}/batch/", body, {"content-type": "application/json"})
    urllib.request.urlopen(asked, timeout=20).read()
send("first_of_them")
sys.stdin.read(1)
send("last_of_them")
"""


@pytest.fixture
def start(tmp_path):
    """A command in a process of its own, whose standard input is ours; ended after the test."""
    with contextlib.ExitStack() as stack:

        def run(*words):
            process = subprocess.Popen(
                [sys.executable, "-uc", ENTRY, *words],
                cwd=tmp_path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


def address(process):
    for line in process.stdout:
        if found := WATCH.search(line):
            return found[1].decode()
    raise AssertionError("it names no page")


async def streamed(address, until):
    """Everything of a stream until a word is in it, and the rest after what that sets off."""
    async with aiohttp.ClientSession() as session, session.get(f"{address}events") as answer:
        seen = b""
        while until[0] not in seen:
            seen += await answer.content.readany()
        assert until[1] not in seen, seen
        yield seen
        yield seen + await answer.content.read()


def test_a_recording_is_shown_while_the_program_waits(start):
    process = start(
        "record", "--page", "--contract", "claude_mem", "--", sys.executable, "-c", WAITS
    )

    async def looked():
        stream = streamed(address(process), (b"first_of_them", b"last_of_them"))
        await anext(stream)
        process.stdin.write(b"x")
        process.stdin.close()
        return await anext(stream)

    whole = asyncio.run(asyncio.wait_for(looked(), PATIENCE_S))
    assert b"last_of_them" in whole
    assert b"A4 undeclared events" in whole
    assert b"of the whole run" in whole
    assert whole.rstrip().endswith(b"event: over\ndata: null")
    process.stdout.read()
    assert process.wait(PATIENCE_S) == 1


@pytest.mark.skipif(bool(missing()), reason="no network namespace can be made on this machine")
def test_a_probe_is_shown_while_it_goes_on(start):
    sends = WAITS.replace("sys.stdin.read(1)", "")
    # Its own host's name, as in a published program: this network has no way out, or is not made.
    sends = sends.replace('os.environ["CLAUDE_MEM_TELEMETRY_HOST"]', '"http://us.i.posthog.com"')
    process = start("probe", "--page", "--only", "as it is", "--", sys.executable, "-c", sends)

    async def looked():
        stream = streamed(address(process), (b"first_of_them", b"event: over"))
        await anext(stream)
        return await anext(stream)

    whole = asyncio.run(asyncio.wait_for(looked(), PATIENCE_S))
    assert b"us.i.posthog.com" in whole
    assert b'"runs":["as it is"' in whole
    assert b"of the whole run" in whole
    process.stdout.read()
    assert process.wait(PATIENCE_S) in (0, 1)


def test_a_browser_that_is_stuck_does_not_keep_a_request_from_the_recording(start, tmp_path):
    sends = "import sys; sys.stdin.read(1)\n" + WAITS.partition('send("first')[0]
    sends += "for number in range(60): send(f'event_{number}')"
    process = start(
        *("record", "--page", "--contract", "claude_mem", "--out", "r.jsonl"),
        *("--", sys.executable, "-c", sends),
    )

    async def stuck():
        host, path = address(process).removeprefix("http://").split("/", 1)
        reader, writer = await asyncio.open_connection(*host.split(":"), limit=1)
        writer.write(f"GET /{path}events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        await reader.readexactly(1)  # it has begun, and nothing more is read
        process.stdin.write(b"x")
        process.stdin.close()
        await asyncio.to_thread(process.stdout.read)
        code = await asyncio.to_thread(process.wait)
        writer.close()
        return code

    assert asyncio.run(asyncio.wait_for(stuck(), PATIENCE_S)) == 1
    lines = (tmp_path / "r.jsonl").read_bytes().splitlines()
    assert len(lines) == 60 + 2  # with the head and the end


@pytest.mark.parametrize("options", [(), ("--no-page",)])
def test_where_nobody_looks_on_there_is_no_page(start, options):
    process = start("record", *options, "--contract", "claude_mem", *QUIET)
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert b"watch:" not in out
    assert b"ended with exit code 0" in out


@pytest.mark.parametrize(("options", "there"), [((), True), (("--no-page",), False)])
def test_in_a_terminal_there_is_one_unless_it_is_turned_off(
    tmp_path, monkeypatch, in_a_terminal, options, there
):
    command = [sys.executable, "-c", ENTRY, "record", *options, "--contract", "claude_mem", *QUIET]
    monkeypatch.chdir(tmp_path)
    _, printed = in_a_terminal(command)
    assert b"ended with exit code 0" in printed
    assert bool(WATCH.search(printed)) is there


def test_one_that_was_asked_for_and_cannot_be_served_is_an_error(start, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import payloadproof.live.server as server\n"
        "def bind(*_): raise PermissionError(1, 'Operation not permitted')\n"
        "server.bind = bind\n"
    )
    runs = "import sitecustomize; " + ENTRY
    for option, code in (("--page", 2), ("--no-page", 1)):
        done = subprocess.run(
            [sys.executable, "-c", runs, "record", option, "--contract", "claude_mem", *QUIET],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == code, done.stderr
        assert (b"no page can be served here" in done.stderr + done.stdout) == (code == 2)
        assert b"Traceback" not in done.stderr


class Coming:
    """A small internet to which requests come one by one."""

    def __init__(self, *batches):
        self._batches = iter(batches)
        self.there = []  # two threads add to it

    def wait_for_requests(self, number, seconds):
        self.there.extend(next(self._batches, ()))
        return len(self.there) >= number

    def exchanges(self):
        return tuple(self.there)


def test_who_follows_is_told_of_each_once_and_of_what_comes_last(said):
    made = [
        Exchange(host=host, address="1", port=1, tls=True, request=said((name, {})).request)
        for name, host in (("a", "x.example"), ("b", "x.example"), ("c", "y.example"))
    ]
    heard = []
    internet = Coming((made[0],), (), (made[1],))
    with followed(internet, heard.append):
        while len(heard) < 2:
            internet.wait_for_requests(9, 0)
        internet.there.append(made[2])
    assert [one.request.events[0].name for one in heard] == ["a", "b", "c"]
    assert [one.host for one in heard] == ["x.example", "x.example", "y.example"]
    assert not any(one.other for one in heard)

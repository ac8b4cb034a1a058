"""The live page over HTTP: who gets it, what is in it, and that nobody waits for a browser."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
import socket
import threading
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from payloadproof.live import server
from payloadproof.live.board import KEPT, KEPT_BYTES, Board
from payloadproof.live.server import STREAMS, Page
from payloadproof.live.shown import KEYS, Masking
from payloadproof.report.page.writing import live

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "a\nevent: over\ndata: null\n\n",
    "\r\n\r\nid: 9",
    "a\u202eb\u2066c\x1b[2Jd\x00e\ud800f\u2028g",
)
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def requests(told):
    return [one.data for one in told if one.kind == "request"]


def texts(value):
    """Every text in some JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def test_the_page_is_there_for_who_knows_its_address(served, ask):
    status, headers, text = ask(served.address)
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Cache-Control"] == "no-store"
    assert text == live()[0]


@pytest.mark.parametrize("of", ["", "/", "/events", "/values/1", "/x/", "/{short}/", "/{longer}/"])
def test_without_the_token_there_is_nothing(served, board, said, ask, of):
    board.tell(said(("boiled", {"litres": 3})))
    parts = urlsplit(served.address)
    token = parts.path.strip("/")
    path = of.format(short=token[:-1], longer=token + "x")
    status, _, text = ask(f"http://{parts.netloc}{path}")
    assert status == 404
    assert token[:8] not in text
    assert "boiled" not in text


@pytest.mark.parametrize("path", ["", "events", "values/1"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", "["]
)
def test_a_name_of_another_machine_is_refused(served, said, ask, host, path):
    served._board.tell(said(("boiled", {})))
    status, _, text = ask(f"{served.address}{path}", Host=host)
    assert status == 421
    assert "boiled" not in text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_names_of_this_machine_are_taken(served, ask, host):
    port = urlsplit(served.address).port
    assert ask(served.address, Host=f"{host}:{port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_can_only_be_looked_at(served, ask, method):
    assert ask(served.address, method)[0] == 405


@pytest.mark.parametrize("path", ["x", "values/", "values/x", "values/-1", "values/1/2", "events/"])
def test_there_is_nothing_else_behind_the_token(served, ask, path):
    assert ask(f"{served.address}{path}")[0] == 404


def test_nothing_but_loopback_is_bound(served):
    assert urlsplit(served.address).hostname == "127.0.0.1"
    assert served._socket.getsockname()[0] == "127.0.0.1"


def test_the_policy_lets_it_ask_its_server_and_nobody_else(served, ask):
    _, headers, text = ask(served.address)
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    for kind in ("style", "script"):
        (own,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"
    assert not re.search(r"https?://|url\(|@import|style=", text)


def test_the_script_makes_no_markup_of_anything():
    assert not re.search(r"HTML|document\.write|\beval\b|Function|setAttribute\(\"on", live()[0])


def test_what_comes_is_told_in_order_and_then_the_end(board, said, read):
    with Page(board, Masking()) as page:
        for number in range(3):
            board.tell(said((f"boiled_{number}", {"litres": number, "$lib": "x"})))
        told = read(page, lambda one: one.number == 3)
    assert [one["events"][0]["name"] for one in requests(told)] == [
        "boiled_0",
        "boiled_1",
        "boiled_2",
    ]
    first = requests(told)[0]["events"][0]
    assert [key["name"] for key in first["keys"]] == ["litres", "$lib", "distinct_id"]
    assert first["own"] == 1


def test_who_looks_on_is_told_while_it_goes_on_and_of_the_end(board, said):
    async def looked():
        with Page(board, Masking()) as page:
            async with aiohttp.ClientSession() as session:
                answer = await session.get(f"{page.address}events")
                board.tell(said(("boiled", {})))
                seen = b""
                while b"boiled" not in seen:
                    seen += await answer.content.readany()
                assert b"event: over" not in seen
                closing = asyncio.create_task(asyncio.to_thread(page.close))
                seen += await answer.content.read()
                await closing
                return seen

    seen = asyncio.run(asyncio.wait_for(looked(), 60))
    assert seen.rstrip().endswith(b"event: over\ndata: null")


def test_values_are_masked_until_somebody_asks_for_them(board, said, served, read, ask):
    secret = secrets.token_urlsafe(24)
    board.tell(said(("boiled", {"note": f"of {secret} and more"})))
    told = read(served, lambda one: one.kind == "request")
    assert secret not in json.dumps([one.data for one in told])
    assert requests(told)[0]["events"][0]["keys"][0]["name"] == "note"
    status, headers, text = ask(f"{served.address}values/1")
    assert status == 200
    assert secret in text
    assert headers["Cache-Control"] == "no-store"
    assert ask(f"{served.address}values/2")[0] == 410


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_a_text_and_breaks_no_stream(said, served, read, ask, text):
    served._board.tell(said((text, {text: text}), host=text, other=False))
    served._board.tell(said(("last", {}), path=f"/batch/{text.split()[0]}"))
    odd = said(("odd", {}))
    told = msgspec.structs.replace(odd.request, status=400, reason="no", advice=text)
    served._board.tell(odd._replace(request=told))
    told = read(served, lambda one: one.number == 3)
    told += read(served, lambda one: one.kind == "standing")  # the hosts
    assert [one.number for one in told if one.kind == "request"][:3] == [1, 2, 3]
    assert {one.kind for one in told} <= {"request", "standing"}
    for one in (*told, json.loads(ask(f"{served.address}values/1")[2])):
        for found in texts(getattr(one, "data", one)):
            assert not UNSEEN.search(found), found


def test_what_an_event_has_too_many_of_is_counted(board, said, served, read):
    board.tell(said(*[("boiled", {f"key_{n}": n for n in range(KEYS + 60)})] * 30))
    (line,) = requests(read(served, lambda one: one.kind == "request"))
    assert len(line["events"]) + line["more"] == 30
    assert len(line["events"][0]["keys"]) == KEYS
    assert line["events"][0]["more"] == 61  # with the distinct id


def test_who_comes_again_is_told_what_came_since(board, said, served, read):
    for number in range(5):
        board.tell(said((f"boiled_{number}", {})))
    enough = lambda one: one.kind == "request" and one.number == 5  # noqa: E731
    told = read(served, enough, **{"Last-Event-ID": "3"})
    assert [one.number for one in told if one.kind == "request"] == [4, 5]


def test_what_is_no_longer_kept_is_said_to_be_missed(board, said, served, read):
    for _ in range(KEPT + 50):
        board.tell(said(("boiled", {})))
    told = read(served, lambda one: one.number == KEPT + 50)
    missed = [one.data for one in told if one.kind == "missed"]
    assert sum(missed) + len(requests(told)) == KEPT + 50
    assert sum(missed) >= 50


def test_more_streams_than_are_kept_are_refused(served):
    async def looked():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            address = f"{served.address}events"
            held = [await session.get(address) for _ in range(STREAMS)]
            refused = await session.get(address)
            assert [one.status for one in held] == [200] * STREAMS
            assert refused.status == 503
            for one in (*held, refused):
                one.close()

    asyncio.run(asyncio.wait_for(looked(), 60))


@pytest.fixture
def stuck():
    """A browser that asks for a stream and never reads a byte of it."""
    opened = []

    def at(page):
        page._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        parts = urlsplit(page.address)
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        one.connect((parts.hostname, parts.port))
        opened.append(one)
        one.sendall(f"GET {parts.path}events HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())

        async def is_full():
            while not any(map(waits, page._served.connections)):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)

        return asyncio.run_coroutine_threadsafe(is_full(), page._loop)

    def waits(connection):
        return connection.transport and connection.transport.get_write_buffer_size() > 1 << 16

    yield at
    for one in opened:
        one.close()


def test_one_that_never_reads_holds_up_nobody_and_costs_bounded_memory(said, stuck, read):
    board = Board("kettle")
    large = said(("boiled", {f"key_{n}": "x" * 3_000 for n in range(KEYS)}))
    page = Page(board, Masking()).__enter__()
    full = stuck(page)
    for _ in range(3_000):
        board.tell(large)
    full.result(60)
    told = read(page, lambda one: one.kind == "missed")  # another is told all the same
    assert told[-1].data > 2_000
    assert sum(board._sizes) == board._size <= KEPT_BYTES
    assert len(board._came) <= KEPT
    assert board.standing().requests == 3_000
    closing = threading.Thread(target=page.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()  # the end does not wait for it


def test_what_cannot_be_shown_is_no_error_where_a_program_is_recorded(board, said, monkeypatch):
    def broken(_):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("payloadproof.live.board.first_events", broken)
    board.tell(said(("boiled", {})))
    assert "could not be shown" in board.standing().judged


def test_it_is_judged_where_somebody_looks_and_not_else(board, read, monkeypatch):
    monkeypatch.setattr(server, "IDLE_S", 0.01)
    judged = threading.Event()

    def judge():
        judged.set()
        board.judged((), (), "so far")

    with Page(board, Masking(), judge) as page:
        assert not judged.wait(0.1)
        read(page, lambda one: one.kind == "standing" and one.data["judged"] == "so far")
        assert judged.is_set()


def test_a_judge_that_breaks_leaves_the_page_as_it_is(board, said, read, monkeypatch):
    monkeypatch.setattr(server, "IDLE_S", 0.01)
    asked = threading.Semaphore(0)

    def judge():
        asked.release()
        raise RuntimeError("a bug of ours")

    with Page(board, Masking(), judge) as page:
        read(page, lambda _: asked.acquire(timeout=30))
        board.tell(said(("boiled", {})))
        assert requests(read(page, lambda one: one.kind == "request"))

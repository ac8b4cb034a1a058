import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ELSEWHERE = "192.0.2.1"  # TEST-NET-1: nobody's
GUARD = Path(__file__).with_name("conftest.py")

SWALLOWED = f"""
import contextlib, socket, threading

def stray():
    with contextlib.suppress(Exception):
        socket.create_connection(("{ELSEWHERE}", 9), timeout=1)

def test_a_thread_that_swallows_it():
    thread = threading.Thread(target=stray)
    thread.start()
    thread.join()

def test_the_next_one_is_not_blamed():
    pass
"""


@pytest.fixture
def stray(strayed):
    """What was attempted, forgiven."""
    yield strayed
    strayed.clear()


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_another_machine_is_refused(stray, method):
    with socket.socket() as sock, pytest.raises(RuntimeError, match=r"192\.0\.2\.1.*loopback"):
        getattr(sock, method)((ELSEWHERE, 9))
    assert stray == [f"{method} of '{ELSEWHERE}'"]


def test_a_datagram_to_another_machine_is_refused(stray):
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        with pytest.raises(RuntimeError, match="loopback"):
            sock.sendto(b"x", (ELSEWHERE, 9))
        with pytest.raises(RuntimeError, match="loopback"):
            sock.sendmsg([b"x"], [], 0, (ELSEWHERE, 9))


def test_a_name_is_not_resolved(stray):
    with pytest.raises(RuntimeError, match=r"posthog\.com.*loopback"):
        socket.getaddrinfo("us.i.posthog.com", 443)
    with pytest.raises(RuntimeError, match="loopback"):
        socket.gethostbyname("us.i.posthog.com")


def test_a_url_is_not_opened(stray):
    with pytest.raises(RuntimeError, match="loopback"):
        urllib.request.urlopen("http://us.i.posthog.com/batch/", timeout=1)


def test_an_event_loop_is_guarded_too(stray):
    async def connect():
        await asyncio.open_connection(ELSEWHERE, 9)

    with pytest.raises(RuntimeError, match="loopback"):
        asyncio.run(connect())


def test_loopback_works():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, port), timeout=5) as sock:
                assert sock.getpeername()[1] == port


def test_nothing_answers_where_children_are_pointed_to():
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(os.environ["CLAUDE_MEM_TELEMETRY_HOST"], timeout=5)


def test_a_child_is_pointed_to_loopback():
    told = subprocess.run(
        [sys.executable, "-c", "import os; print(os.environ['POSTHOG_HOST'])"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout.startswith("http://127.0.0.1:")


def test_an_attempt_in_a_thread_is_recorded(stray):
    def attempt():
        with socket.socket() as sock, pytest.raises(RuntimeError):
            sock.connect((ELSEWHERE, 9))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert stray == [f"connect of '{ELSEWHERE}'"]


def test_an_attempt_that_is_swallowed_in_a_thread_fails_its_test(tmp_path):
    shutil.copy(GUARD, tmp_path)
    (tmp_path / "test_swallowed.py").write_text(SWALLOWED)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"tried to leave loopback: getaddrinfo of '{ELSEWHERE}'" in ran.stdout
    assert "2 passed, 1 error" in ran.stdout

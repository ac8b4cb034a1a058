"""What a command meets in its small internet, and what is known of it afterwards."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from payloadproof.drive.faults import BlackHole, NameNotFound
from payloadproof.drive.place import Place
from payloadproof.errors import HarnessError
from payloadproof.recorder.script import Answer, Hang, Refuse, Reset

HOST = "telemetry.example.com"
SETTLED_S = 20.0


def test_a_constant_https_host_is_caught_by_its_name(caught):
    program = f"""
import requests
answer = requests.post("https://{HOST}/batch/", json=BODY)
print(answer.status_code)
"""
    internet, out = caught(program)
    assert out == "200\n"
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.port, exchange.tls) == (HOST, 443, True)
    assert [event.name for event in exchange.request.events] == ["started"]
    assert exchange.request.tokens == ("phc_of_the_program",)
    assert exchange.request.answered == 200


def test_plain_http_is_caught_and_said_to_be_plain(caught):
    internet, _ = caught(f"import requests; requests.post('http://{HOST}/batch/', json=BODY)")
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.port, exchange.tls) == (HOST, 80, False)


def test_each_name_has_an_address_of_its_own_and_keeps_it(caught):
    program = """
import socket
print(*[socket.gethostbyname(name) for name in ("a.example", "b.example", "A.example")])
"""
    internet, out = caught(program)
    first, second, again = out.split()
    assert first == again != second
    names = [(lookup.name, lookup.known) for lookup in internet.lookups()]
    assert names == [("a.example", True), ("b.example", True), ("a.example", True)]


def test_a_name_that_is_only_looked_up_is_known(caught):
    internet, _ = caught(f"import socket; socket.getaddrinfo({HOST!r}, 443)")
    internet.settle(SETTLED_S)
    assert {lookup.name for lookup in internet.lookups()} == {HOST}
    assert not internet.exchanges()
    assert not internet.attempts()


def test_a_resolver_that_is_a_constant_is_answered_from_where_it_was_asked(caught):
    program = f"""
import dns.message, dns.query
answer = dns.query.udp(dns.message.make_query({HOST!r}, "A"), "192.0.2.53", timeout=20)
print(answer.answer[0][0].address.startswith("198.18."))
"""
    internet, out = caught(program)
    assert out == "True\n"
    assert [lookup.name for lookup in internet.lookups()] == [HOST]


def test_a_client_that_trusts_its_own_roots_alone_is_a_handshake_rejected(caught):
    program = f"""
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody at all
try:
    context.wrap_socket(socket.create_connection(({HOST!r}, 443)), server_hostname={HOST!r})
except ssl.SSLCertVerificationError:
    print("not trusted")
"""
    internet, out = caught(program)
    assert out == "not trusted\n"
    internet.settle(SETTLED_S)
    (rejection,) = internet.rejections()
    assert (rejection.host, rejection.port, rejection.untrusted) == (HOST, 443, True)
    assert "unknown ca" in rejection.reason


def test_a_client_that_looks_at_the_certificate_itself_and_leaves_is_known(caught):
    program = f"""
import socket, ssl
raw = socket.create_connection(({HOST!r}, 443))
shaken = ssl.create_default_context().wrap_socket(raw, server_hostname={HOST!r})
assert b"payloadproof" in shaken.getpeercert(True)  # not the one it is pinned to
shaken.close()
"""
    internet, _ = caught(program)
    internet.settle(SETTLED_S)
    (rejection,) = internet.rejections()
    assert (rejection.host, rejection.untrusted) == (HOST, False)
    assert rejection.reason == "closed after the handshake, nothing sent"


def test_quic_is_refused_at_once_and_counted_so_that_a_client_falls_back(caught):
    program = f"""
import socket
with socket.socket(type=socket.SOCK_DGRAM) as quic:
    quic.connect(({HOST!r}, 443))
    quic.send(b"initial")
    quic.settimeout(20)
    try:
        quic.recv(1)
    except ConnectionRefusedError:
        print("refused")
"""
    internet, out = caught(program)
    assert out == "refused\n"
    internet.settle(SETTLED_S)
    (attempt,) = internet.attempts()
    assert (attempt.protocol, attempt.host, attempt.port) == ("udp", HOST, 443)
    assert (attempt.outcome, attempt.times) == ("refused", 1)


def test_another_port_is_refused_at_once_with_its_name_and_each_time_counted(caught):
    program = f"""
import socket
for _ in range(3):
    try:
        socket.create_connection(({HOST!r}, 4317), 20)
    except ConnectionRefusedError:
        print("refused")
"""
    internet, out = caught(program)
    assert out == "refused\n" * 3
    internet.settle(SETTLED_S)
    (attempt,) = internet.attempts()
    assert (attempt.protocol, attempt.host, attempt.port) == ("tcp", HOST, 4317)
    assert (attempt.outcome, attempt.times) == ("refused", 3)


def test_ipv6_is_refused_at_once_with_its_address(caught):
    program = """
import socket
try:
    socket.create_connection(("2001:db8::5", 443), 20)
except ConnectionRefusedError:
    print("refused")
"""
    internet, out = caught(program)
    assert out == "refused\n"
    internet.settle(SETTLED_S)
    (attempt,) = internet.attempts()
    assert (attempt.host, attempt.port, attempt.outcome) == ("2001:db8::5", 443, "refused")


def test_an_address_that_is_a_constant_is_caught_by_its_address(caught):
    program = """
import requests
print(requests.post("https://192.0.2.7/batch/", json=BODY).status_code)
"""
    internet, out = caught(program)
    assert out == "200\n"
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.address) == ("192.0.2.7", "192.0.2.7")
    assert not internet.lookups()


def test_at_an_address_nobody_looked_up_the_name_said_in_the_handshake_counts(caught):
    program = f"""
import json, socket, ssl
raw = socket.create_connection(("192.0.2.7", 443))
shaken = ssl.create_default_context().wrap_socket(raw, server_hostname={HOST!r})
shaken.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
while shaken.recv(1000): pass
"""
    internet, _ = caught(program)
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.address) == (HOST, "192.0.2.7")


def test_the_name_looked_up_counts_and_not_what_the_handshake_says(caught):
    """A front: the handshake names an innocent host."""
    program = f"""
import socket, ssl
raw = socket.create_connection(({HOST!r}, 443))
shaken = ssl.create_default_context().wrap_socket(raw, server_hostname="innocent.example")
shaken.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
while shaken.recv(1000): pass
"""
    internet, _ = caught(program)
    (exchange,) = internet.exchanges()
    assert exchange.host == HOST


def test_what_is_sent_by_way_of_a_proxy_belongs_to_the_host_behind_it(caught):
    program = f"""
import requests
for scheme in ("https", "http"):
    print(requests.post(scheme + "://{HOST}/batch/", json=BODY).status_code)
"""
    proxy = "http://someone:word@proxy.example:3128"
    env = {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy}
    internet, out = caught(program, env=env, ports=(3128,))
    assert out == "200\n200\n"
    over_tls, plain = internet.exchanges()
    assert (over_tls.host, over_tls.port, over_tls.tls) == (HOST, 443, True)
    assert (plain.host, plain.tls, plain.request.path) == (HOST, False, "/batch/")
    assert over_tls.proxied
    assert plain.proxied


def test_bytes_that_are_no_http_are_kept(caught):
    program = f"""
import socket
with socket.create_connection(({HOST!r}, 80)) as raw:
    raw.sendall(b"\\x00hello, this is no request\\r\\n\\r\\n")
    while raw.recv(1000): pass
"""
    internet, _ = caught(program)
    internet.settle(SETTLED_S)
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.request.method) == (HOST, "?")
    assert b"hello, this is no request" in exchange.request.wire


FAULTY = f"""
import requests
try:
    print(requests.post("https://{HOST}/batch/", json=BODY, timeout=2).status_code)
except requests.exceptions.RequestException as error:
    print(error)
print(requests.post("https://healthy.example.com/batch/", json=BODY).status_code)
"""


@pytest.mark.parametrize(
    ("fault", "said", "is_read"),
    [
        (Refuse(), "Connection refused", False),
        (NameNotFound(), "Name or service not known", False),
        (BlackHole(), "timed out", False),
        (Reset(), "Connection aborted", True),
        (Hang(), "Read timed out", True),
        (Answer(status=500), "500", True),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, str | bool) else "",
)
@pytest.mark.parametrize("host", [HOST, "*"])
def test_a_fault_is_what_a_client_meets_outside_and_only_at_its_host(
    caught, host, fault, said, is_read
):
    faults = {host: fault} if host == HOST else {"*": fault, "healthy.example.com": Answer()}
    internet, out = caught(FAULTY, faults=faults)
    assert said in out.splitlines()[0]
    assert out.splitlines()[-1] == "200"
    internet.settle(SETTLED_S)
    hosts = [exchange.host for exchange in internet.exchanges()]
    assert hosts == [HOST, "healthy.example.com"] if is_read else ["healthy.example.com"]
    known = {lookup.name: lookup.known for lookup in internet.lookups()}
    assert known == {HOST: not isinstance(fault, NameNotFound), "healthy.example.com": True}
    tried = [(one.host, one.outcome) for one in internet.attempts()]
    expected = {Refuse: "refused", BlackHole: "swallowed"}.get(type(fault))
    assert tried == ([(HOST, expected)] if expected else [])


@pytest.mark.parametrize(("fault", "said"), [(Refuse(), "refused"), (BlackHole(), "timed out")])
def test_an_address_can_have_a_fault_of_its_own(caught, fault, said):
    program = """
import socket
try:
    socket.create_connection(("192.0.2.7", 443), 2)
except OSError as error:
    print(error)
socket.create_connection(("192.0.2.8", 443), 20)
"""
    internet, out = caught(program, faults={"192.0.2.7": fault})
    assert said in out
    internet.settle(SETTLED_S)
    assert [(one.host, one.port) for one in internet.attempts()] == [("192.0.2.7", 443)]


def test_a_detached_child_that_sends_later_is_waited_for(opened):
    later = f"""
import requests
requests.post("https://{HOST}/batch/", json={{"api_key": "phc_a", "batch": []}})
"""
    program = f"""
import os, subprocess, sys
over, told = os.pipe()
child = "import os; os.read({{}}, 1)".format(over) + {later!r}
subprocess.Popen([sys.executable, "-c", child], start_new_session=True, pass_fds=[over])
os.set_inheritable(told, True)
print(told, flush=True)
"""
    internet = opened()
    process = internet.start([sys.executable, "-c", program], dict(os.environ))
    process.wait()
    assert internet.settle(SETTLED_S) == ()
    assert [exchange.host for exchange in internet.exchanges()] == [HOST]


def test_who_does_not_end_is_told_and_killed_with_the_internet(opened):
    program = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
"""
    internet = opened()
    internet.start([sys.executable, "-c", program], dict(os.environ)).wait()
    (left,) = internet.settle(0.0)
    alive = os.pidfd_open(left)
    assert not select.select([alive], [], [], 0)[0]
    internet.close()
    assert select.select([alive], [], [], 0)[0]
    os.close(alive)


def test_nothing_stays_mounted_and_no_file_no_socket_no_thread_is_left(
    opened, tmp_path, monkeypatch
):
    before = _machine()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    marked = tmp_path / "marked"
    marked.write_text("the machine's own")
    internet = opened(Place(hostname="stage", files=((str(marked), "the stage's"),)))
    process = internet.start(
        [sys.executable, "-c", f"print(open({str(marked)!r}).read())"],
        dict(os.environ),
        stdout=subprocess.PIPE,
    )
    out, _ = process.communicate()
    assert out == b"the stage's\n"
    assert list(scratch.iterdir())
    assert marked.read_text() == "the machine's own"
    assert Path("/proc/self/mounts").read_text() == before["mounts"]
    internet.close()
    assert _machine() == before
    assert not list(scratch.iterdir())
    assert internet.exchanges() == ()


def _machine():
    return {
        "mounts": Path("/proc/self/mounts").read_text(),
        "name": socket.gethostname(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
    }


def test_the_commands_exit_code_and_its_signals_are_its_own(opened):
    internet = opened()
    process = internet.start(
        [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"],
        dict(os.environ),
        stdout=subprocess.PIPE,
    )
    with process.stdout:
        assert process.stdout.readline() == b"up\n"
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM


def test_a_loopback_port_is_reached_when_asked_for_and_missed_when_not(caught):
    with socket.create_server(("127.0.0.1", 0)) as database:
        port = database.getsockname()[1]
        program = f"""
import socket
try:
    with socket.create_connection(("127.0.0.1", {port}), 20) as reached:
        print(reached.recv(5).decode())
except OSError as error:
    print(error)
"""
        internet, out = caught(program)
        assert "Connection refused" in out
        internet.settle(SETTLED_S)
        (attempt,) = internet.attempts()
        assert (attempt.host, attempt.port) == ("127.0.0.1", port)

        serve = """
import socket, sys
with socket.socket(fileno=int(sys.argv[1])) as database:
    database.accept()[0].sendall(b"hello")
"""
        number = database.fileno()
        served = subprocess.Popen([sys.executable, "-c", serve, str(number)], pass_fds=[number])
        internet, out = caught(program, reach=(port,))
        served.wait()
        assert out == "hello\n"
        assert not internet.attempts()


def test_what_the_command_says_to_itself_on_loopback_is_its_own(caught):
    program = """
import socket
with socket.create_server(("127.0.0.1", 0)) as ours:
    with socket.create_connection(ours.getsockname()) as both:
        both.sendall(b"x")
"""
    internet, _ = caught(program)
    internet.settle(SETTLED_S)
    assert internet.attempts() == ()


def test_a_command_that_cannot_be_run_says_so(opened):
    with pytest.raises(HarnessError, match="'no-such-program' cannot be run: No such file"):
        opened().start(["no-such-program"], dict(os.environ))

import json
import os
import signal
from pathlib import Path

import pytest

from payloadproof import contract
from payloadproof.drive import internet

ENTRY = "from payloadproof.cli import main; main()"
WAIT_S = 60
# Nothing but the recorder is listed, so that everybody else is a finding.
W6 = "✗ W6 connections elsewhere: "
isolated = pytest.mark.skipif(
    bool(internet.missing()), reason="no network namespace can be made on this machine"
)


def test_a_command_is_recorded_and_audited(record, requests):
    code, out, err = record("send()")
    assert code == 0, out + err
    (request,) = requests()
    assert [event.name for event in request.events] == ["search_performed"]
    assert request.answered == 200
    assert 'POST /batch/  "search_performed" ("version")\n' in out
    assert "ended with exit code 0" in out
    assert "1 event(s) in 1 request(s)" in out


def test_what_the_command_should_not_have_sent_decides_the_exit_code(record):
    code, out, _ = record("send(project='acme'); sys.exit(0)")
    assert code == 1
    assert 'key "project", which the contract does not list' in out


def test_the_commands_own_exit_code_is_shown_and_does_not_count(record):
    code, out, _ = record("send(); sys.exit(7)")
    assert code == 0
    assert "ended with exit code 7" in out


def test_a_should_counts_when_told_to(record):
    child = "send(uptime_seconds=3)"  # of another event
    assert record(child)[0] == 0
    assert record(child, "--strict", "--force")[0] == 1


def test_a_command_that_sends_nothing_proves_nothing(record, requests):
    code, out, _ = record("pass")
    assert code == 1
    assert requests() == []
    assert "the recording holds nothing that this clause judges" in " ".join(out.split())


def test_a_refused_request_says_why_at_once(record):
    child = "os.environ['CLAUDE_MEM_TELEMETRY_KEY'] = ''\ntry:\n    send()\nexcept OSError: pass"
    _, out, _ = record(child)
    assert "401  POST /batch/" in out or "400  POST /batch/" in out


def test_what_comes_after_the_commands_end_is_recorded_too(record, requests):
    child = """
over, held = os.pipe()
if not os.fork():
    os.setsid()
    os.close(held)
    os.read(over, 1)
    send()
"""
    code, out, err = record(child)
    assert code == 0, out + err
    assert len(requests()) == 1


def test_scratch_directories_are_given_and_removed(record, tmp_path):
    told = "print(json.dumps({k: v for k, v in os.environ.items()})); send()"
    places = {"XDG_CONFIG_HOME": "/real", "CLAUDE_MEM_DATA_DIR": "/real"}
    kept = {"CLAUDE_MEM_TELEMETRY": "1", "CLAUDE_MEM_TELEMETRY_DEBUG": "1", "UNRELATED": "kept"}
    code, out, _ = record(told, "--scratch", env=places | kept)
    assert code == 0
    seen = json.loads(next(line for line in out.splitlines() if line.startswith("{")))
    assert "/real" not in seen.values()
    assert kept.items() <= seen.items()
    for name in ("HOME", "CLAUDE_MEM_DATA_DIR"):
        assert seen[name] != os.environ.get(name)
        assert str(Path(seen[name]).parent) in out
        assert not Path(seen[name]).exists()


def test_without_scratch_the_environment_is_the_users(record):
    told = "print(os.environ['HOME'], os.environ['DO_NOT_TRACK']); send()"
    _, out, _ = record(told, env={"DO_NOT_TRACK": "1", "HOME": "/home/somebody"})
    assert "/home/somebody 1\n" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_goes_to_the_command_which_may_still_send(start, requests, number):
    child = f"""
import signal
def end(*_):
    send()
    sys.exit(5)
signal.signal({int(number)}, end)
print("waits")
signal.pause()
"""
    process = start(child)
    for line in process.stdout:
        if line == "waits\n":
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, out + err
    assert "ended with exit code 5" in out
    assert len(requests()) == 1


def test_a_second_signal_ends_a_command_that_does_not_listen(start, requests):
    child = """
import signal
signal.signal(signal.SIGINT, lambda *_: print("no"))
send()
print("waits")
while True:
    signal.pause()
"""
    process = start(child)
    # The recorder's own line, about what was sent, may come between a word and its line's end.
    for line in process.stdout:
        if line.startswith("waits"):
            break
    process.send_signal(signal.SIGINT)
    for line in process.stdout:
        if line.startswith("no"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, out + err
    assert "was ended by SIGKILL" in out
    assert len(requests()) == 1


def test_nothing_of_the_commands_group_outlives_the_recording(record):
    # While it lived it would hold the other end of the pipe that is read here.
    code, _, _ = record("import signal\nif not os.fork(): signal.pause()")
    assert code == 1


# a network of its own


@isolated
def test_an_isolated_command_that_goes_nowhere_else_is_said_to(record, requests):
    code, out, err = record("send()", "--isolate", "--scratch")
    assert code == 0, out + err
    assert (
        "in a network of its own it contacted, or tried to contact:\n"
        "  the recorder, by CLAUDE_MEM_TELEMETRY_HOST: PostHog, 1 request(s)\n"
    ) in out
    assert "port" not in out.partition("or tried:")[2].partition("judged")[0]
    assert len(requests()) == 1


@isolated
def test_what_an_isolated_command_tries_is_named_and_does_not_leave(record):
    child = """
import socket
socket.getaddrinfo("looked-up.example", 443)
for place in (("192.0.2.1", 5432), ("127.0.0.1", 9)):
    try:
        socket.create_connection(place, timeout=20)
    except OSError as error:
        print(error)
send()
"""
    code, out, err = record(child, "--isolate")
    assert code == 1, out + err
    assert W6 in out
    assert out.count("Connection refused") == 2
    assert "  looked-up.example: looked up, and never contacted\n" in out
    assert "  192.0.2.1 port 5432: a connection, refused\n" in out
    reach = "(of this machine: --reach 9 passes it through)"
    assert f"  127.0.0.1 port 9: a connection, refused {reach}\n" in out


@isolated
def test_an_isolated_command_whose_host_is_a_constant_is_caught_and_judged(
    record, requests, constant
):
    child = f"""{constant}
answers = [post("t.example.com"), requests.get("https://api.example.com/models", timeout=20),
           requests.post("https://otel.example.com/v1/logs", data=b"x", timeout=20)]
print(*[answer.status_code for answer in answers])
"""
    code, out, err = record(child, "--isolate", "--reply", "api.example.com=418")
    assert code == 1, out + err
    assert W6 in out
    assert "200 418 200\n" in out
    assert "  t.example.com: PostHog by a project key, 1 request(s), answered 200\n" in out
    assert "  api.example.com: other, 1 request(s), answered 418\n" in out
    otel = "OpenTelemetry by the route /v1/logs, 1 request(s), answered 200"
    assert f"  otel.example.com: {otel}\n" in out
    assert "1 event(s) in 1 request(s)" in out  # judged, by PostHog's rules
    judged, others = requests()[0], requests()[1:]
    assert [event.name for event in judged.events] == ["search_performed"]
    assert judged.status == judged.answered == 200
    assert {one.line.host for one in others} == {"api.example.com", "otel.example.com"}


@isolated
def test_a_contract_without_a_host_variable_isolates_by_itself(record, tmp_path, constant):
    options = ("--contract", _without_host(tmp_path))
    code, out, err = record(f"{constant}post('t.example.com')", *options)
    assert code == 0, out + err
    assert "in a network of its own it contacted, or tried to contact:" in out


def test_without_a_host_variable_a_command_cannot_be_left_in_the_machines_network(record, tmp_path):
    options = ("--contract", _without_host(tmp_path), "--no-isolate")
    code, _, err = record("open('started', 'w')", *options)
    assert code == 2
    assert "--no-isolate does not work here: the contract names no variable for its host" in err
    assert "what they send would really be sent" in err
    assert not (tmp_path / "started").exists()


def test_without_a_host_variable_nothing_is_recorded_but_a_command(record, tmp_path):
    code, _, err = record(None, "--contract", _without_host(tmp_path))
    assert code == 2
    assert "the contract names no variable for the host to send to" in err


def test_left_in_the_machines_network_a_command_has_a_proxy_that_forwards_nothing(record, constant):
    child = f"{constant}send()\nprint(post('t.example.com').status_code)"
    code, out, err = record(child, "--no-isolate")
    assert code == 1, out + err
    assert W6 in out
    assert "with a proxy that forwards nothing it contacted, or tried to contact:" in out
    assert "  the recorder, by CLAUDE_MEM_TELEMETRY_HOST: PostHog, 1 request(s)\n" in out
    assert "  t.example.com: PostHog by a project key, 1 request(s), answered 200\n" in out
    assert "connections that do not use a proxy are not seen here" in out


@isolated
def test_a_detached_child_of_an_isolated_command_is_waited_for_and_recorded(record, requests):
    child = """
import subprocess
over, held = os.pipe()
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(held)
    os.read(over, 1)
    send()
"""
    code, out, err = record(child, "--isolate")
    assert code == 0, out + err
    assert len(requests()) == 1


@isolated
def test_a_rejected_handshake_is_a_line_that_says_what_is_likely(record):
    child = """
import socket, ssl
raw = socket.create_connection(("pinned.example", 443))
try:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(raw, server_hostname="pinned.example")
except ssl.SSLError:
    send()
"""
    code, out, err = record(child, "--isolate")
    assert code == 1, out + err
    assert W6 in out
    assert (
        "  pinned.example: broke off its handshake (tlsv1 alert unknown ca): a pinned certificate, "
        "or roots of its own, is the likely cause\n"
    ) in out


def _without_host(tmp_path):
    shipped = Path(contract.__file__).parent / "shipped" / "claude_mem.toml"
    lines = shipped.read_text().splitlines()
    named = ('host = "CLAUDE_MEM_', 'key = "CLAUDE_MEM_')
    kept = [line for line in lines if not line.startswith(named)]
    assert len(kept) == len(lines) - 2
    file = tmp_path / "without_host.toml"
    file.write_text("\n".join(kept))
    return str(file)


@isolated
def test_an_isolated_command_has_no_children_but_its_own(record):
    child = "try:\n    os.wait()\nexcept ChildProcessError:\n    print('none')\nsend()"
    code, out, err = record(child, "--isolate")
    assert code == 0, out + err
    assert "none\n" in out


@isolated
def test_an_isolated_command_gets_signals_too(start):
    process = start("print('waits'); import signal; signal.pause()", "--isolate")
    for line in process.stdout:
        if line == "waits\n":
            break
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT_S)
    assert "was ended by SIGTERM" in out, out + err


def test_isolation_that_cannot_be_had_is_an_error(record, tmp_path):
    bin_directory = tmp_path / "bin"
    bin_directory.mkdir()
    code, _, err = record("send()", "--isolate", env={"PATH": str(bin_directory)})
    assert code == 2
    assert "no network namespace can be made here" in err


# bad input


@pytest.mark.parametrize(
    "option",
    [
        ("--scratch",),
        ("--isolate",),
        ("--no-isolate",),
        ("--strict",),
        ("--set", "A=1"),
        ("--reach", "5432"),
        ("--reply", "api.example.com=200"),
    ],
    ids=lambda option: option[0],
)
def test_options_of_a_command_want_one(record, option):
    code, _, err = record(None, *option)
    assert code == 2
    assert f"{option[0]} needs a command to run" in err


@pytest.mark.parametrize("reply", ["api.example.com", "=200", "a=b", "a=99", "a=600"])
def test_a_reply_that_is_none_is_an_error(record, tmp_path, reply):
    code, _, err = record("open('started', 'w')", "--reply", reply)
    assert code == 2
    assert f"error: --reply {reply}: " in err
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=isolated)])
def test_a_command_that_cannot_be_started(record, tmp_path, isolate):
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    options = ["--isolate"] if isolate else []
    code, _, err = record(None, *options, "--", "no-such-program")
    assert code == 2
    assert "'no-such-program' cannot be run: there is no such program" in err
    for path, why in ((tmp_path, "it is a directory"), (Path(__file__), "it is not executable")):
        code, _, err = record(None, *options, "--", str(path))
        assert code == 2
        assert f"cannot be run: {why}" in err
    code, _, err = record(None, *options, "--", str(broken))
    assert code == 2
    assert "cannot be run: Exec format error" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it takes a full disk to write to")
def test_a_disk_that_is_full_is_told(record):
    code, _, err = record("pass", "--out", "/dev/full")
    assert code == 2
    assert "/dev/full cannot be written: No space left on device" in err
    assert "Traceback" not in err


def test_a_recording_that_cannot_be_written_starts_nothing(start, tmp_path):
    process = start("open('started', 'w')", "--out", "/no/such/dir/r.jsonl")
    _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 2
    assert "cannot be written" in err
    assert not (tmp_path / "started").exists()

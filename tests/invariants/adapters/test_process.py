"""Adapters in a child process that do wrong in every way a child can."""

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import pytest

from payloadproof.adapters.base import initialize
from payloadproof.adapters.connect import connector
from payloadproof.errors import HarnessError
from payloadproof.protocol import messages

SOON = 0.5


@pytest.fixture
def opened():
    """Opens a connection to a spec, closed after the test."""
    connections = []

    def open_(spec):
        connections.append(connector(spec).open())
        return connections[-1]

    yield open_
    for connection in connections:
        connection.close()


@pytest.fixture
def ready(opened, faux):
    """A connection to a wrong adapter that initializes as it should."""

    def open_(name):
        connection = opened(faux(name))
        initialize(connection, "test")
        return connection

    return open_


@pytest.fixture
def impatient(monkeypatch):
    """For adapters whose reply never comes: the deadline is not worth waiting for."""
    for params in messages.OPS.values():
        monkeypatch.setattr(params, "deadline_s", SOON)


def broken(connection):
    with pytest.raises(HarnessError) as caught:
        initialize(connection, "test")
    return caught.value


def gone(pid):
    """Whether a process is no more; waited for, since the kernel may still be at it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            if stat.rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        os.sched_yield()
    return False


def test_a_child_that_exits_at_once(opened, faux):
    error = broken(opened(faux("exits_at_once")))
    assert error.code == "adapter-exited"
    assert "exited with code 0 during initialize" in error.message
    assert '"op":"initialize"' in error.evidence
    assert "came back on stdout:\n  nothing" in error.evidence
    assert "cannot find my settings" in error.evidence
    (cause,) = error.causes
    assert "call serve()" in cause
    assert "by hand" in error.next


def test_a_child_that_fails_while_it_starts(opened):
    code = "import sys; print('hi\\x1b[2J'); sys.exit('no settings')"
    error = broken(opened(f"cmd:{shlex.join([sys.executable, '-c', code])}"))
    assert error.code == "adapter-exited"
    assert error.message.endswith("not answer: the adapter exited with code 1 during initialize")
    assert error.causes == ("it ended while starting: its stderr is above",)
    assert "came back on stdout:\n  hi\\x1b[2J\n" in error.evidence
    assert "no settings" in error.evidence


def test_what_a_child_said_that_had_gone_before_it_was_asked_is_shown(opened):
    code = "print('no licence'); print('bye')"
    connection = opened(f"cmd:{shlex.join([sys.executable, '-c', code])}")
    os.waitid(os.P_PID, connection.pid, os.WEXITED | os.WNOWAIT)
    error = broken(connection)
    assert error.code == "adapter-exited"
    assert "came back on stdout:\n  no licence\n  bye\n" in error.evidence


def test_a_child_that_hangs(opened, faux, impatient):
    error = broken(opened(faux("hangs")))
    assert error.code == "adapter-silent"
    assert error.message.endswith(" did not answer: initialize got no reply within 0.5 s")
    assert "thinking" in error.evidence
    assert any("flush" in cause for cause in error.causes)


def test_a_child_that_does_not_flush(opened, faux, impatient):
    error = broken(opened(faux("does_not_flush")))
    assert error.code == "adapter-silent"
    assert "flush" in error.causes[0]


def test_a_child_that_prints_garbage_only(opened, faux, impatient):
    error = broken(opened(faux("prints_garbage_only")))
    assert error.code == "adapter-silent"
    assert "Hello! I am no protocol." in error.evidence


def test_a_child_that_answers_two_kinds_in_one_reply(opened, faux, impatient):
    error = broken(opened(faux("answers_two_kinds_in_one_reply")))
    assert error.code == "adapter-silent"
    assert "and not supported either" in error.evidence


def test_a_child_that_answers_with_an_over_long_line(opened, faux, impatient):
    error = broken(opened(faux("answers_an_over_long_line")))
    assert error.code == "adapter-silent"
    assert '"id": 1' in error.evidence
    assert len(str(error)) < 5_000


def test_a_child_that_answers_the_wrong_id(opened, faux):
    error = broken(opened(faux("answers_the_wrong_id")))
    assert error.code == "adapter-wrong-id"
    assert "answered id 42 to request 1" in error.message
    assert '"id": 42' in error.evidence
    assert '"op":"initialize"' in error.evidence
    assert "smoke --adapter 'cmd:" in error.next


def test_a_child_that_speaks_another_protocol(opened, faux):
    error = broken(opened(faux("speaks_protocol_99")))
    assert error.code == "protocol-version"
    assert "speaks protocol 99, payloadproof speaks 1" in error.message


def test_a_child_that_initializes_with_nonsense(opened, faux):
    error = broken(opened(faux("initializes_with_nonsense")))
    assert error.code == "adapter-initialize"
    assert "implementation" in error.message
    assert "Initialized" in error.next


def test_a_child_that_reports_an_error_of_its_own(opened, faux):
    error = broken(opened(faux("reports_an_error_of_its_own")))
    assert error.code == "adapter-error"
    assert "DIR is no checkout" in error.message
    assert "no-checkout" in error.causes[0]


def test_a_child_that_floods_stdout(opened, faux):
    error = broken(opened(faux("floods_stdout")))
    assert error.code == "adapter-floods"
    assert "10,000 lines" in error.message
    assert "\n  flood\n" in error.evidence


def test_a_child_that_floods_without_a_newline(opened, faux, impatient):
    error = broken(opened(faux("floods_stdout_without_a_newline")))
    assert error.code == "adapter-silent"
    assert "floodflood" in error.evidence
    assert len(str(error)) < 10_000


def test_a_child_that_closes_stdout_and_lives_on(opened, faux, impatient):
    connection = opened(faux("closes_stdout_and_lives_on"))
    error = broken(connection)
    assert error.code == "adapter-silent"
    assert "closed its end of the pipe" in error.message
    assert gone(connection._child.pid)


def test_a_child_that_floods_stderr_is_served_and_only_the_tail_is_kept(ready):
    connection = ready("floods_stderr")
    assert connection.request(messages.Flush()).kind == "ok"
    assert len(connection._stderr) <= 64 * 1024


def test_noise_beside_the_protocol_is_passed_over(ready):
    connection = ready("prints_noise_beside_the_protocol")
    for _ in range(3):
        assert connection.request(messages.Flush()).kind == "ok"


def test_a_talkative_child_is_no_flood_however_long_it_runs(ready):
    connection = ready("prints_800_lines_for_each_request")
    for _ in range(15):
        assert connection.request(messages.Flush()).kind == "ok"


def test_a_child_that_exits_in_an_operation_is_evidence_and_no_error(ready):
    outcome = ready("exits_with_3_after_initialize").request(messages.Flush())
    assert outcome.kind == "died"
    assert outcome.spent
    assert outcome.detail.startswith("the adapter exited with code 3 during flush")
    assert "three it is" in outcome.detail
    assert '"op":"flush"' in outcome.detail


def test_a_child_that_is_killed_in_an_operation_is_evidence_and_no_error(ready):
    connection = ready("dies_by_sigkill_in_an_operation")
    assert connection.request(messages.Flush()).kind == "ok"
    outcome = connection.request(messages.Capture(event="search_performed"))
    assert outcome.kind == "died"
    assert "ended by SIGKILL during capture" in outcome.detail
    assert "no time for a farewell" in outcome.detail


def test_a_child_that_hangs_in_an_operation_is_evidence_and_no_error(ready, monkeypatch):
    monkeypatch.setattr(messages.Flush, "deadline_s", SOON)
    connection = ready("hangs_after_initialize")
    outcome = connection.request(messages.Flush())
    assert outcome.kind == "timeout"
    assert "flush got no reply within 0.5 s" in outcome.detail
    assert gone(connection._child.pid)


def test_a_child_that_never_reads_does_not_block_the_writer(ready, monkeypatch):
    monkeypatch.setattr(messages.Capture, "deadline_s", SOON)
    connection = ready("never_reads_stdin")
    # More than a pipe holds, so that the write itself cannot end.
    outcome = connection.request(messages.Capture(event="x", properties={"k": "x" * 500_000}))
    assert outcome.kind == "timeout"
    assert gone(connection._child.pid)


def test_a_child_and_its_children_are_gone_after_close(opened, faux):
    connection = opened(faux("leaves_a_grandchild"))
    grandchild = connection.request(
        messages.Initialize(protocol=1, harness=messages.Harness(name="test", version="0"))
    ).result["grandchild"]
    assert not gone_at_once(grandchild)
    connection.close()
    assert gone(connection._child.pid)
    assert gone(grandchild)


def gone_at_once(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_after_close_no_thread_and_no_pipe_is_left(opened, faux):
    before = set(threading.enumerate())
    connection = opened(faux("floods_stdout"))
    broken(connection)
    connection.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive(), thread.name
    child = connection._child
    assert child.stdin.closed
    assert child.stdout.closed
    assert child.stderr.closed


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("python adapter.py", "is not an adapter"),
        ("cmd:", "there is no command after cmd:"),
        ("cmd:   ", "there is no command after cmd:"),
        ("cmd:node 'adapter.mjs", "cannot be split"),
        ("direct:payloadproof", "is not direct:package.module:object"),
        ("direct::Adapter", "is not direct:package.module:object"),
        ("direct:no_such_module_anywhere:Adapter", "cannot be imported"),
        ("direct:payloadproof.adapters.serve:NoSuchAdapter", "cannot be imported"),
    ],
)
def test_a_spec_that_names_nothing(spec, said):
    with pytest.raises(HarnessError, match=said) as caught:
        connector(spec)
    assert caught.value.code == "adapter-unknown"
    assert caught.value.next


@pytest.mark.parametrize("command", ["/no/such/command", "no-such-command-anywhere --flag", "/tmp"])
def test_a_command_that_cannot_be_run(command):
    with pytest.raises(HarnessError, match="cannot be run") as caught:
        connector(f"cmd:{command}").open()
    assert caught.value.code == "adapter-unknown"


def test_the_variables_of_the_contract_are_kept_from_a_child(monkeypatch, faux):
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    monkeypatch.setenv("UNRELATED", "1")
    env = connector(faux("hangs"), without={"DO_NOT_TRACK"})._env
    assert "DO_NOT_TRACK" not in env
    assert env["UNRELATED"] == "1"


def test_what_was_printed_before_a_reply_is_there_with_it(ready):
    connection = ready("prints_from_every_operation")
    capture = messages.Capture(event="e")
    for _ in range(300):
        assert connection.request(capture).kind == "ok"
        # What came late would be held against the scenario after.
        assert connection.console().stderr.endswith(b"the original stdout\n")


def test_a_child_that_is_told_to_end_does(ready):
    connection = ready("sends_nothing")
    assert connection.tell(10.0) is not None
    assert gone(connection.pid)


def test_a_child_that_goes_on_when_it_is_told_to_end(ready):
    connection = ready("goes_on_when_it_is_told_to_end")
    assert connection.tell(SOON) is None
    assert not connection.request(messages.Flush()).spent
    connection.kill()
    assert gone(connection.pid)

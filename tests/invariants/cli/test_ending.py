"""However a run is ended: a message, an exit code, no traceback, and no process that is left.

Every process of a run carries a mark in its environment, which its children inherit: whoever has
the mark when the run is over was left behind.
"""

import itertools
import os
import pty
import secrets
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from payloadproof.scenario.steps import Flush, Scenario
from payloadproof.scenario.store import Saved, save

COMMAND = (sys.executable, "-m", "payloadproof")
MARK = "PAYLOADPROOF_TEST_RUN"
ENDS_S = 10  # that a process has after the one that began it
TESTS = Path(__file__).parents[2]
ADAPTERS = (TESTS / "contracts", TESTS / "fauxmplementations")
#: What a run of two workers prints on its way. The first three are Python's, which says what it
#: imports: it does so from the first tenth of a second on, when nothing was begun.
MOMENTS = {
    "the first import": "payloadproof/cli/",
    "the command line is there": "import 'payloadproof.cli' ",
    "workers are begun": "import 'payloadproof.run.together' ",
    "workers look about": "import 'payloadproof.run.workers' ",
    "an adapter is begun": "import 'payloadproof.adapters.connect' ",
    "the first line": "checking door-counter",
    "a request after shutdown": "✗ W5",
    "a raise": "✗ S1",
    "a raise over its directory": "✗ S4",
    "an unlisted key": "✗ A1",
}
#: Of whom something is told while a run goes on, which is what is wrong.
WRONG = {
    "✗ W5": "direct:sends_after_shutdown:SendsAfterShutdown",
    "✗ S1": "direct:throws_at_everything:ThrowsAtEverything",
    "✗ S4": "direct:throws_at_everything:ThrowsAtEverything",
    "✗ A1": "direct:passes_unlisted_keys:PassesUnlistedKeys",
}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

linux = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="who is left is read in /proc"
)


def carrying(mark):
    """The processes that carry the mark, by number."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            try:
                carries = mark.encode() in (process / "environ").read_bytes()
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                said = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if carries and state != "Z":  # one that is dead, and waits for who began it
                yield int(process.name), said


def left(mark):
    """The processes that carry the mark and do not end, each given time to.

    Python's own that looks after what processes share ends when it sees that all of them have.
    """
    found = []
    for number, said in carrying(mark):
        try:
            held = os.pidfd_open(number)
        except ProcessLookupError:
            continue
        try:
            if not select.select([held], [], [], ENDS_S)[0]:
                found.append(said)
        finally:
            os.close(held)
    return found


@pytest.fixture(autouse=True)
def no_signal_is_ignored():
    """None is ignored from the start, as one is below ``nohup`` or in a shell's background."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in CODES}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def begun(tmp_path):
    """A command line in a session of its own, with a mark of its own."""
    processes = []

    def start(*words, env=None, **streams):
        mark = f"{MARK}={secrets.token_hex(8)}"
        name, _, value = mark.partition("=")
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        path = os.pathsep.join(filter(None, [*sys.path, *map(str, ADAPTERS)]))
        process = subprocess.Popen(
            [*COMMAND, *map(str, words)],
            cwd=streams.pop("cwd", tmp_path),
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", name: value}
            | (env or {}),
            start_new_session=True,
            **streams,
        )
        processes.append(process)
        return process, mark

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def heard(process, words):
    """Read both streams until one says the words; what was said by then, stdout and stderr."""
    said = {process.stdout: b"", process.stderr: b""}
    while not any(words.encode() in text for text in said.values()):
        ready, _, _ = select.select(list(said), [], [], 120)
        assert ready, said
        chunks = {stream: os.read(stream.fileno(), 1 << 16) for stream in ready}
        assert any(chunks.values()), said
        for stream, chunk in chunks.items():
            said[stream] += chunk
    return said[process.stdout], said[process.stderr]


def by_turns(moments):
    """Each with one of the signals by day, in turn, and with the others by night."""
    return [
        pytest.param(moment, number, marks=() if number == today else pytest.mark.night)
        for moment, today in zip(moments, itertools.cycle(CODES), strict=False)
        for number in CODES
    ]


@linux
@pytest.mark.parametrize(("moment", "number"), by_turns(MOMENTS))
def test_a_signal_ends_a_run_with_a_message_and_leaves_no_process(
    begun, door_counter, door_contract_file, moment, number
):
    words = MOMENTS[moment]
    imports = {"PYTHONVERBOSE": "1"} if "/" in words or "'" in words else {}
    process, mark = begun(
        "check",
        *("--adapter", WRONG.get(words, door_counter), "--contract", door_contract_file),
        *("--only", "S1,S4,S6,W1,W5,A1,W3", "--workers", "2"),
        env=imports,
    )
    out, err = heard(process, words)
    process.send_signal(number)
    rest_out, rest_err = process.communicate(timeout=120)
    out, err = out + rest_out, err + rest_err
    assert process.returncode == CODES[number], err[-2000:]
    assert b"so there is no result" in err
    assert b"Traceback" not in out + err
    assert left(mark) == []


#: Other commands, each with what it prints when it has begun what a signal has to take along.
COMMANDS = {
    "smoke": ("import 'payloadproof.protocol.codec' ", "smoke", "--adapter", "HANGS"),
    "replay": ("import 'payloadproof.protocol.codec' ", "replay", "SAVED", "--adapter", "HANGS"),
    "replay, at work": ("adapter: ", "replay", "SAVED", "--adapter", "HANGS"),
    "audit": ("import 'payloadproof.audit.parts' ", "audit", "events.json", "--workers", "2"),
    "probe": ("at most", "probe", "--", "sleep", "60"),
    "record": ("http://", "record", "--contract", "claude_mem"),
    "record a command": ("recording sleep", "record", "--", "sleep", "60"),
}


@pytest.fixture
def given(faux, door_contract_file, tmp_path):
    """What the words of ``COMMANDS`` in capitals stand for."""
    (tmp_path / "events.json").write_text('[{"event": "e", "distinct_id": "i", "properties": {}}]')
    hangs, scenario = faux("hangs_after_initialize"), Scenario(steps=(Flush(),), now_ms=0)
    about = {"clause": "A1", "message": "m", "contract": str(door_contract_file)}
    saved = save(tmp_path / "saved", Saved(adapter=hangs, scenario=scenario, **about))
    return {"HANGS": hangs, "SAVED": saved}


@linux
@pytest.mark.parametrize(("command", "number"), by_turns(COMMANDS))
def test_a_signal_ends_every_command_and_leaves_no_process(begun, given, command, number):
    words, *line = COMMANDS[command]
    line = [given.get(word, word) for word in line]
    process, mark = begun(*line, env={"PYTHONVERBOSE": "1"} if "'" in words else {})
    out, err = heard(process, words)
    process.send_signal(number)
    rest_out, rest_err = process.communicate(timeout=120)
    out, err = out + rest_out, err + rest_err
    if command.startswith("record"):
        # It ends the recording, which is judged as far as it goes: of nothing, 1.
        assert process.returncode == (command == "record a command"), err[-2000:]
        assert b"0 request(s)" in out
    else:
        assert process.returncode == CODES[number], err[-2000:]
        assert b"so there is no result" in err
    assert b"Traceback" not in out + err
    assert left(mark) == []


def ends(process):
    _, err = process.communicate(timeout=120)
    assert b"Traceback" not in (err or b"")
    assert b"Exception ignored" not in (err or b"")
    return process.returncode, err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it takes a full disk to write to")
@pytest.mark.parametrize(
    "words", [("clauses",), ("schema", "Report"), ("contract", "claude_mem"), ("--help",)]
)
def test_a_full_stdout_is_told_and_is_no_result(begun, words):
    with Path("/dev/full").open("wb") as full:
        process, _ = begun(*words, stdout=full)
        code, err = ends(process)
    assert code == 2
    assert b"stdout cannot be written: No space left on device" in err


@linux
def test_a_full_stdout_ends_a_check_and_takes_the_workers_along(
    begun, door_counter, door_contract_file
):
    options = ("--adapter", door_counter, "--contract", door_contract_file, "--workers", "2")
    with Path("/dev/full").open("wb") as full:
        process, mark = begun("check", *options, stdout=full)
        code, err = ends(process)
    assert code == 2
    assert b"stdout cannot be written" in err
    assert left(mark) == []


@linux
def test_a_pipe_that_nobody_reads_any_more_ends_a_check(begun, door_counter, door_contract_file):
    options = ("--adapter", door_counter, "--contract", door_contract_file, "--workers", "2")
    process, mark = begun("check", *options)
    assert process.stdout.readline().startswith(b"checking")
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(120) == 2
    assert b"error: stdout cannot be written: Broken pipe" in err
    assert b"Traceback" not in err
    assert left(mark) == []


@linux
def test_a_terminal_that_is_closed_ends_a_check(begun, door_counter, door_contract_file):
    options = ("--adapter", door_counter, "--contract", door_contract_file, "--workers", "2")
    ours, theirs = pty.openpty()
    process, mark = begun("check", *options, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"checking" not in said:
        said += os.read(ours, 1 << 16)
    os.close(ours)
    process.send_signal(signal.SIGHUP)  # as the kernel does, for whom it is the controlling one
    assert process.wait(120) in (2, 129)
    assert left(mark) == []


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_what_cannot_be_spelt_is_spelt_in_ascii(begun, door_counter, door_contract_file, env):
    options = ("--adapter", door_counter, "--contract", door_contract_file)
    process, _ = begun("check", *options, "--only", "W5", "--workers", "1", env=env)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out.isascii()
    assert b"1 passed, " in out
    assert err == b""


def test_a_closed_stdout_is_no_stdout_and_the_result_stands(
    tmp_path, door_counter, door_contract_file
):
    options = ("--adapter", door_counter, "--contract", door_contract_file, "--only", "W5")
    process = subprocess.run(
        [
            "sh",
            "-c",
            'exec "$@" >&-',
            "sh",
            sys.executable,
            "-m",
            "payloadproof",
            "check",
            *options,
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == b""


def test_a_directory_that_was_deleted_is_told(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    ran = subprocess.run(
        [
            "sh",
            "-c",
            'rmdir "$0" && exec "$@"',
            gone,
            sys.executable,
            "-m",
            "payloadproof",
            "check",
        ],
        cwd=gone,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 2
    assert b"the directory that this was started in has been deleted" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_nohup_is_respected(begun, door_counter, door_contract_file):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        options = ("--adapter", door_counter, "--contract", door_contract_file)
        process, _ = begun("check", *options, "--only", "W5", "--workers", "1")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert process.stdout.readline().startswith(b"checking")
    process.send_signal(signal.SIGHUP)
    code, err = ends(process)
    assert code == 0, err


def test_a_process_that_stays_is_found(begun, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ENDS_S", 0)
    process, mark = begun("check", "--help", stdin=subprocess.PIPE)
    staying = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env=dict([mark.split("=")]),
    )
    try:
        process.communicate()
        assert any("input()" in said for said in left(mark))
    finally:
        staying.communicate(b"\n")
    assert left(mark) == []

"""However a run is ended: a message, an exit code, no traceback, and no process that is left.

Every process of a run carries a mark in its environment, which its children inherit: whoever has
the mark when the run is over was left behind.
"""

import os
import secrets
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MARK = "PAYLOADPROOF_TEST_RUN"
#: What a run of two workers prints on its way. The first three are Python's, which says what it
#: imports: it does so from the first tenth of a second on, when nothing was begun.
MOMENTS = {
    "the first import": "payloadproof/cli/",
    "the command line is there": "import 'payloadproof.cli' ",
    "workers are begun": "import 'payloadproof.run.together' ",
    "the first line": "checking door-counter",
    "the first verdict": "✓ W5",
    "the third verdict": "✓ S4",
    "silence": "✓ S1",
    "consent": "✓ C1",
    "attributes": "✓ A1",
    "persons": "✓ P1",
}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

linux = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="who is left is read in /proc"
)


def left(mark):
    """The processes that carry the mark."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            try:
                carries = mark.encode() in (process / "environ").read_bytes()
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if carries and state != "Z":  # one that is dead, and waits for who began it
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.fixture
def begun(tmp_path):
    """A command line in a session of its own, with a mark of its own."""
    processes = []

    def start(*words, env=None, **streams):
        mark = f"{MARK}={secrets.token_hex(8)}"
        name, _, value = mark.partition("=")
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        path = os.pathsep.join(filter(None, sys.path))
        process = subprocess.Popen(
            [sys.executable, "-m", "payloadproof", *map(str, words)],
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


@linux
@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_ends_a_run_with_a_message_and_leaves_no_process(
    begun, door_counter, door_contract_file, moment, number
):
    words = MOMENTS[moment]
    imports = {"PYTHONVERBOSE": "1"} if "/" in words or "'" in words else {}
    process, mark = begun(
        "check",
        *("--adapter", door_counter, "--contract", door_contract_file),
        *("--profile", "ci", "--workers", "2"),
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

"""A disk that is full: a message, exit code 2, and no half of a file that looks like a whole one.

The disk is of 8 kB, in a namespace of the command's own, so that it is gone with it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from payloadproof.drive.internet import missing

TESTS = Path(__file__).parents[2]
ADAPTERS = (TESTS / "contracts", TESTS / "fauxmplementations")
BROKEN = (
    *("check", "--adapter", "direct:passes_unlisted_keys:PassesUnlistedKeys", "--contract"),
    *(str(TESTS / "contracts" / "door_counter.toml"), "--only", "A1", "--workers", "1"),
)
SENDS = """
import http.client, sys
for _ in range(20):
    connection = http.client.HTTPConnection("us.i.posthog.com", timeout=10)
    connection.request("POST", "/batch/", sys.argv[1])
    connection.getresponse().read()
    connection.close()
"""
BODY = '{"api_key": "k", "batch": [{"event": "e", "distinct_id": "i"}]}'
#: Fills the disk before the command, but for so many kB; and says what is there after it.
FILLED = """
mount -t tmpfs -o size=8k tmpfs "$1" && cd "$1" || exit 99
dd if=/dev/zero of=fill bs=1k count="$2" 2>/dev/null
shift 2
"$@"
code=$?
rm fill
find . -type f -printf 'there: %P\\n' >&2
exit "$code"
"""

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"no disk of its own can be had: {missing()}"
)


@pytest.fixture
def filled(tmp_path):
    """Runs a command line on a full disk; the exit code, stderr, and which files are there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    events = tmp_path / "events.json"
    events.write_text('[{"event": "e", "distinct_id": "i", "properties": {}}]')

    def run(*words, kb=8):
        words = [str(events) if word == "EVENTS" else word for word in words]
        command = ["sh", "-c", FILLED, "sh", str(disk), str(kb)]
        ran = subprocess.run(
            ["unshare", "-rm", *command, sys.executable, "-m", "payloadproof", *words],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, *map(str, ADAPTERS)])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
        told = ran.stderr.splitlines()
        files = {line.removeprefix("there: ") for line in told if line.startswith("there: ")}
        return ran.returncode, ran.stderr, files

    return run


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("audit", "EVENTS", "--contract", "claude_mem", "--report", "json=r"), "--report json=r"),
        (("audit", "EVENTS", "--contract", "claude_mem", "--partial", "r"), "--partial r"),
        (("diff", "EVENTS", "EVENTS", "--out", "r"), "--out r"),
        (("bill", "EVENTS", "--installs", "9", "--out", "r"), "--out r"),
        (("init", "--language", "any", "--no-smoke"), "telemetry/contract.toml"),
        ((*BROKEN, "--no-corpus"), "A1-"),
        ((*BROKEN, "--write-baseline", "r"), "A1-"),
    ],
)
def test_what_cannot_be_written_is_named_and_leaves_no_half_of_it(filled, words, option):
    code, said, files = filled(*words)
    assert code == 2, said
    assert f"{option}" in said
    assert "cannot be written: No space left on device" in said
    assert "next: " in said
    assert "Traceback" not in said
    # What Hypothesis keeps for itself is its own.
    assert not {one for one in files if not one.startswith(".payloadproof/hypothesis/")}


def test_a_report_that_has_no_room_leaves_the_one_that_was_there(filled):
    # Room for a page of Markdown, and not for all that a report holds.
    code, said, files = filled(
        *("audit", "EVENTS", "--contract", "claude_mem", "--report", "json=r"), kb=4
    )
    assert code == 2, said
    assert "--report json=r: r cannot be written" in said
    assert "r" not in files


@pytest.mark.parametrize("kb", [8, 4])
def test_a_recording_that_has_no_room_is_told_while_the_program_runs(filled, kb):
    code, said, _ = filled("record", "--out", "r", "--", sys.executable, "-c", SENDS, BODY, kb=kb)
    assert code == 2, said
    assert "--out r cannot be written: No space left on device" in said
    assert "Traceback" not in said

import os
import subprocess
import sys

import pytest

from payloadproof.drive import internet

WAIT_S = 60
# Stands before each program: what it sends.
BATCH = """
import json
TOKEN = "phc_of_the_program"
BODY = {"api_key": TOKEN, "batch": [{"event": "started", "distinct_id": "someone",
        "properties": {"by": "CLIENT"}}]}
"""


@pytest.fixture
def caught():
    """Run a Python program in a small internet until it has ended: the internet, and its output."""
    why = internet.missing()
    if why:
        pytest.skip(f"no network namespace can be made on this machine: {why}")
    opened = []

    def run(program, *, place=None, argv=(), env=None, code=0, **options):
        opened.append(internet.Internet(place, **options))
        command = [sys.executable, "-c", BATCH + program, *argv]
        process = opened[-1].start(
            command,
            {**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        out, _ = process.communicate(timeout=WAIT_S)
        assert process.returncode == code, out.decode()
        return opened[-1], out.decode()

    yield run
    for one in opened:
        one.close()

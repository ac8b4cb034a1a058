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
def opened():
    """Make a small internet; all are closed at the end."""
    why = internet.missing()
    if why:
        pytest.skip(f"no network namespace can be made on this machine: {why}")
    made = []

    def make(place=None, **options):
        made.append(internet.Internet(place, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ran(opened):
    """Run a command in a small internet until it has ended: the internet, and its output."""

    def run(command, *, place=None, env=None, cwd=None, code=0, **options):
        small = opened(place, **options)
        process = small.start(
            command,
            {**internet.without_proxies(os.environ), **(env or {})},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        out, _ = process.communicate(timeout=WAIT_S)
        assert process.returncode == code, out.decode()
        return small, out.decode()

    return run


@pytest.fixture
def caught(ran):
    """The same for a Python program, which has a batch to send: ``BODY``."""

    def run(program, *argv, **options):
        return ran([sys.executable, "-c", BATCH + program, *argv], **options)

    return run

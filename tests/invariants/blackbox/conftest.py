"""`payloadproof record` as a process of its own, with a child that can send."""

import contextlib
import os
import subprocess
import sys

import pytest

from payloadproof.evidence.recording import Tail, line_of

ENTRY = "from payloadproof.cli import main; main()"
WAIT_S = 60
SENDS = """
import json, os, sys, urllib.request

def send(event="search_performed", **more):
    key, host = (os.environ[f"CLAUDE_MEM_TELEMETRY_{name}"] for name in ("KEY", "HOST"))
    properties = {"$process_person_profile": False, "$lib": "posthog-python",
                  "$lib_version": "7.0.0", "version": "1.0.0", **more}
    body = {"api_key": key, "batch": [{"event": event, "distinct_id": "install-1",
            "uuid": "0193d3c8-6a52-7c6e-9d50-0a4f21c3d0aa",
            "timestamp": "2026-01-01T00:00:00Z", "properties": properties}]}
    request = urllib.request.Request(f"{host}/batch/", json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    urllib.request.urlopen(request).read()

"""


@pytest.fixture
def start(tmp_path):
    """`payloadproof record` as a process of its own, with a child that can send."""
    with contextlib.ExitStack() as stack:

        def run(child, *options, env=None):
            command = [] if child is None else ["--", sys.executable, "-uc", SENDS + child]
            if "--contract" not in options:
                options = ("--contract", "claude_mem", *options)
            process = subprocess.Popen(
                [sys.executable, "-c", ENTRY, "record", "--out", "r.jsonl", *options, *command],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


@pytest.fixture
def record(start):
    """The same until its end: exit code, stdout, stderr."""

    def run(*words, env=None):
        process = start(*words, env=env)
        out, err = process.communicate(timeout=WAIT_S)
        assert "Traceback" not in out + err
        return process.returncode, out, err

    return run


@pytest.fixture
def requests(tmp_path):
    """What the recording holds; it is whole."""

    def read():
        *kept, end = [
            line_of(line) for line in (tmp_path / "r.jsonl").read_bytes().splitlines()[1:]
        ]
        assert end == Tail(requests=len(kept))
        return kept

    return read


CONSTANT = """
import requests

def post(host, **more):
    body = {"api_key": "phc_of_the_program", "batch": [{"event": "search_performed",
            "distinct_id": "install-1", "uuid": "0193d3c8-6a52-7c6e-9d50-0a4f21c3d0aa",
            "timestamp": "2026-01-01T00:00:00Z", "properties": {"$process_person_profile": False,
            "$lib": "posthog-python", "$lib_version": "7.0.0", "version": "1.0.0"}}]}
    return requests.post(f"https://{host}/ingest/batch/", json=body, timeout=20)

"""


@pytest.fixture(scope="session")
def constant():
    """The beginning of a child whose host is a constant in it."""
    return CONSTANT

"""Runs and uses the reference's worker as `drive.py` does claude-mem.

``payloadproof record --scratch --isolate --strict -- python drive_reference.py NONCE``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SESSIONS = 3
TURNS = 5  # in each session
PATIENCE_S = 30
_LOOK_S = 0.05


def main(nonce):
    running = subprocess.Popen([sys.executable, "-m", "payloadproof_reference.worker"])
    try:
        url = f"http://127.0.0.1:{port(running)}"
        for number in range(1, SESSIONS + 1):
            for _ in range(TURNS):
                post(f"{url}/sessions/{number}/turn", **turn(nonce))
        post(f"{url}/context", tokens_injected=114, project=f"project{nonce}", outcome="ok")
        post(f"{url}/search", query=f"query{nonce}")
        post(f"{url}/sessions/1/end")
        running.send_signal(signal.SIGTERM)
        print(f"the worker ended with exit code {running.wait(PATIENCE_S)}", flush=True)
    finally:
        running.kill()
        running.wait()


def turn(nonce):
    """What a turn may say, and what it must not."""
    return {
        "outcome": "ok",
        "model": "stand-in/model-1",
        "duration_ms": 40,
        "tokens_input": 1200,
        "tokens_output": 180,
        "cost_usd": 0.0021,
        "project": f"project{nonce}",
        "prompt": f"prompt{nonce}: why does user{nonce}@example.com get no mail?",
        "cwd": f"/home/user{nonce}/code/project{nonce}",
        "platform": f"platform{nonce}",
        "output": f"output{nonce} token=secret{nonce}",
    }


def port(running):
    """Where it listens, once it has said so."""
    state = Path(os.environ["CLAUDE_MEM_DATA_DIR"], "worker.json")
    # Another program's state is no event that could be awaited.
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and running.poll() is None:
        if state.exists():
            return json.loads(state.read_text())["port"]
        time.sleep(_LOOK_S)
    sys.exit(f"the worker did not get ready; exit code {running.poll()}")


def post(url, **body):
    try:
        with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=PATIENCE_S) as answer:
            answer.read()
    except urllib.error.HTTPError as refused:  # a search without a history is
        print(f"{url}: {refused.code} {refused.read().decode()}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

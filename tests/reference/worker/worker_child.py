"""A worker in a process of its own, seen from outside: its API, its files, what it printed."""

import contextlib
import http.client
import json
import subprocess
import sys
import time

WAIT_S = 30


class NotStartedError(RuntimeError):
    """What was run as the worker never listened. It is no AssertionError: it judges nothing."""


class Child:
    """A worker in a process of its own, and what reached the recorder."""

    def __init__(self, env, data_dir, program):
        self.data_dir = data_dir
        self.state = data_dir / "worker.json"
        known = self.state.read_bytes() if self.state.exists() else b""
        self.process = subprocess.Popen(
            [sys.executable, *program],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with contextlib.suppress(AssertionError):
            until(lambda: self._listens(known) or self.process.poll() is not None)
        if not self._listens(known):
            # Ended here: whoever would end it later never gets it.
            self.process.kill()
            _, said = self.process.communicate()
            raise NotStartedError(f"exit code {self.process.returncode}: {said.decode()}")
        self.port = json.loads(self.state.read_text())["port"]

    def _listens(self, known):
        return self.state.exists() and self.state.read_bytes() != known

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        text = body if isinstance(body, str) else json.dumps(body or {})
        connection.request(method, path, text, headers or {})
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found

    def turn(self, number, **properties):
        assert self.ask("POST", f"/sessions/{number}/turn", properties) == (200, {})

    def end(self, number=None):
        """Its exit code; it has printed nothing."""
        if number is not None:
            self.process.send_signal(number)
        assert self.process.communicate(timeout=WAIT_S) == (b"", b"")
        return self.process.returncode

    def log(self):
        return "".join(path.read_text() for path in (self.data_dir / "logs").glob("*"))


def until(happened):
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)

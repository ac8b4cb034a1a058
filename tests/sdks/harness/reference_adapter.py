"""The reference's transport, as PostHog's own harness for SDKs wants to drive it.

``python tests/sdks/harness/reference_adapter.py PORT``; the README beside it has the rest.

Rule 1: only the transport is under test, with a whitelist that lets everything through: the whole
pipeline sends none of the harness's events, by design.
Rule 2: it listens on loopback only, and what it reports is what the transport did: nothing is
tried again here.
"""

import datetime as dt
import http.server
import json
import sys
import tempfile
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

from payloadproof_reference import transport
from payloadproof_reference.clock import SystemClock
from payloadproof_reference.log import Log
from payloadproof_reference.transport import Transport

FLUSH_S = 60
#: As the reference begins, for as many attempts as the harness asks for.
FIRST_PAUSE_S, LONGER = 0.1, 3
MOST_PAUSE_S = 2.0


class Open:
    """A whitelist that has everything on it."""

    def event(self, name):
        return SimpleNamespace(profile=True)

    def own(self, name, stamped):
        return {key: value for key, value in stamped.items() if key[:1] != "$"}

    def scrub(self, name, stamped):
        return {}

    def person(self, properties):
        return properties


class Seen(Transport):
    """The transport, and what the harness asks about it."""

    def __init__(self, *given):
        super().__init__(*given)
        self.captured = self.sent = self.retries = 0
        self.last_error = None
        self.made = []
        self._tries = {}

    def _attempt(self, path, timeout_s, **given):
        batch = given["batch"]
        uuids = [message["uuid"] for message in batch]
        before = self._tries.get(uuids[0], -1) + 1
        self._tries.update(dict.fromkeys(uuids, before))
        self.retries += before > 0
        answer = super()._attempt(path, timeout_s, **given)
        if answer.status is not None:
            self.made.append(
                {
                    "timestamp_ms": int(dt.datetime.now(dt.UTC).timestamp() * 1000),
                    "status_code": answer.status,
                    "retry_attempt": before,
                    "event_count": len(batch),
                    "uuid_list": uuids,
                }
            )
        if answer.status == 200:
            self.sent += len(batch)
        else:
            self.last_error = answer.reason
        return answer

    def capture(self, asked):
        at = asked.get("timestamp")
        at = dt.datetime.fromisoformat(at) if at else dt.datetime.now(dt.UTC)
        message = {
            "event": asked["event"],
            "distinct_id": asked["distinct_id"],
            "properties": asked.get("properties") or {},
            "timestamp": at.astimezone(dt.UTC),
            "uuid": str(uuid.uuid4()),
        }
        self.captured += 1
        self.send(message, "worker")
        return message["uuid"]


class Adapter:
    """One transport at a time, set up anew by each test."""

    def __init__(self, place):
        self._log = Log(Path(place), SystemClock())
        self._seen = None

    def answer(self, path, asked):
        match path:
            case "/health":
                return {
                    "sdk_name": "payloadproof-reference",
                    "sdk_version": "0.1.0",
                    "adapter_version": "1.0.0",
                    "capabilities": ["capture_v0", "encoding_gzip"],
                }
            case "/init":
                return self._init(asked)
            case "/capture":
                return {"success": True, "uuid": self._seen.capture(asked)}
            case "/flush":
                before = self._seen.sent
                self._seen.flush(FLUSH_S)
                return {"success": True, "events_flushed": self._seen.sent - before}
            case "/state":
                return self._state()
            case "/reset":
                self._end()
                return {"success": True}
        return None

    def _end(self):
        if self._seen is not None:
            self._seen.purge()
            self._seen.close(1)
        self._seen = None

    def _init(self, asked):
        self._end()
        transport.FLUSH_AT = asked.get("flush_at", 20)
        transport.FLUSH_INTERVAL_S = asked.get("flush_interval_ms", 500) / 1000
        pauses = (FIRST_PAUSE_S * LONGER**n for n in range(asked.get("max_retries", 3)))
        transport.BACKOFF_S = tuple(min(one, MOST_PAUSE_S) for one in pauses)
        env = {transport.HOST: asked["host"], transport.KEY: asked["api_key"]}
        self._seen = Seen(env, lambda: True, Open(), self._log)
        return {"success": True}

    def _state(self):
        seen = self._seen
        if seen is None:
            return {"pending_events": 0, "total_events_captured": 0, "requests_made": []}
        return {
            "pending_events": len(seen._cleared),
            "total_events_captured": seen.captured,
            "total_events_sent": seen.sent,
            "total_retries": seen.retries,
            "last_error": seen.last_error,
            "requests_made": seen.made,
        }


def handler(adapter):
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer({})

        def do_POST(self):
            wire = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(json.loads(wire or b"{}"))

        def _answer(self, asked):
            path = self.path.partition("?")[0].rstrip("/")
            with lock:
                said = adapter.answer(path, asked)
            body = json.dumps(said).encode()
            self.send_response(404 if said is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """The harness has a log of its own."""

    return Handler


def main():
    with tempfile.TemporaryDirectory() as place:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", int(sys.argv[1])), handler(Adapter(place))
        )
        server.serve_forever()


if __name__ == "__main__":
    main()

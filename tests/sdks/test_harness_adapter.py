"""The adapter for PostHog's own harness: it drives the transport of the reference, and says so."""

import json
import sys
import threading
import urllib.request
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "harness"))
import reference_adapter as module

from payloadproof.recorder.script import Answer, Times


@pytest.fixture
def asked(tmp_path, monkeypatch):
    # A transport is set up by its module: it is put back as it was.
    for name in ("FLUSH_AT", "FLUSH_INTERVAL_S", "BACKOFF_S"):
        monkeypatch.setattr(module.transport, name, getattr(module.transport, name))
    server = ThreadingHTTPServer(("127.0.0.1", 0), module.handler(module.Adapter(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def ask(path, **body):
        url = f"http://127.0.0.1:{server.server_port}{path}"
        wire = json.dumps(body).encode() if path not in ("/health", "/state") else None
        with urllib.request.urlopen(url, wire, timeout=30) as answer:
            return json.load(answer)

    yield ask
    ask("/reset")
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_the_harness_captures_is_sent_packed_and_tried_again(asked, leased):
    assert asked("/health")["capabilities"] == ["capture_v0", "encoding_gzip"]
    with leased(Times(1, Answer(status=503))) as lease:
        asked("/init", api_key=lease.token, host=lease.host, flush_at=1, max_retries=1)
        told = asked(
            "/capture",
            event="e",
            distinct_id="d",
            timestamp="2026-11-28T12:00:00+02:00",
            properties={"n": 1},
        )
        assert asked("/flush") == {"success": True, "events_flushed": 1}
        state = asked("/state")
        refused, taken = lease.requests()
    assert [one["retry_attempt"] for one in state["requests_made"]] == [0, 1]
    assert (state["total_events_sent"], state["total_retries"]) == (1, 1)
    assert ("Content-Encoding", "gzip") in taken.headers
    (event,) = taken.events
    assert (event.uuid, event.timestamp) == (told["uuid"], "2026-11-28T10:00:00+00:00")
    assert refused.events == taken.events

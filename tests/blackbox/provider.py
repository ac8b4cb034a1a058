"""A loopback stand-in for an OpenAI-compatible model provider.

It answers what claude-mem asks of a model: an observation for each tool use, a summary at the end,
with the usage and the cost that a provider reports. What a model writes is private, too: each
answer repeats a canary.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "stand-in/model-1"
_OBSERVATION = """<observation>
<type>bugfix</type>
<title>{canary} in the title</title>
<subtitle>{canary} in the subtitle</subtitle>
<narrative>{canary} was read from /srv/{canary}/notes.txt</narrative>
<facts><fact>{canary} is a fact</fact></facts>
<concepts><concept>how-it-works</concept></concepts>
<files_read><file>/srv/{canary}/notes.txt</file></files_read>
<files_modified></files_modified>
</observation>"""
_SUMMARY = """<summary>
<request>{canary} was asked for</request>
<investigated>{canary}</investigated>
<learned>{canary}</learned>
<completed>{canary}</completed>
<next_steps>{canary}</next_steps>
<notes>{canary}</notes>
</summary>"""


class Provider:
    """Serves until its block ends."""

    def __init__(self, canary):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = said(asked["messages"][-1]["content"], canary)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def said(prompt, canary):
    """What a model says to a prompt, as a provider wraps it."""
    template = _SUMMARY if "<summary>" in str(prompt) else _OBSERVATION
    message = {"role": "assistant", "content": template.format(canary=canary)}
    answer = {
        "id": "1",
        "object": "chat.completion",
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 1200,
            "completion_tokens": 180,
            "total_tokens": 1380,
            "cost": 0.0021,
        },
    }
    return json.dumps(answer).encode()

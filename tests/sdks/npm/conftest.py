"""A page of another origin than the recorder's, in a Chromium that knows no other host."""

import contextlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE / "node_modules" / "posthog-js" / "dist" / "array.full.no-external.js"
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root has none; the page is ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    # It asks for updates and lists of its own: there is nobody to be asked but this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ENDS_S = 10


@contextlib.contextmanager
def served(clients):
    """The page and its script; yields its address."""
    said = {
        "/": ("text/html", (HERE / "page.html").read_bytes()),
        "/posthog.js": ("text/javascript", SCRIPT.read_bytes()),
        "/clients": ("application/json", json.dumps(clients).encode()),
    }

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = said.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in said else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Not here."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def browsed(tmp_path):
    """A page with these clients in it, open for as long as the block."""
    if not SCRIPT.is_file():
        pytest.skip("PostHog's npm packages are not installed; nox -s sdks installs them")
    chromium = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    if chromium is None:
        pytest.fail("chromium is not on PATH; it is Debian's package chromium", pytrace=False)

    @contextlib.contextmanager
    def browse(*clients):
        with served(clients) as address, (tmp_path / "chromium.txt").open("wb") as told:
            words = (chromium, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", address)
            env = {**os.environ, "HOME": str(tmp_path)}
            child = subprocess.Popen(
                words, stdout=told, stderr=told, env=env, start_new_session=True
            )
            try:
                yield child
            finally:
                # Its helpers are of its session; it is told first, so that it clears up.
                for sent in (signal.SIGTERM, signal.SIGKILL):
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(child.pid, sent)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(ENDS_S)

    return browse

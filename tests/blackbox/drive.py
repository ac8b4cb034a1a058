"""Installs, runs, uses and removes a published claude-mem as its users do.

``payloadproof record --scratch --isolate -- python drive.py PACKAGE BUN UV NONCE`` runs it: home,
data directory and PostHog's host come from there. Everything that a user would call private holds
NONCE, so that one look at the recording shows whether any of it left.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from provider import MODEL, Provider

SESSIONS = 3
TOOL_USES = 3  # in each session
PATIENCE_S = 30
INSTALL_S = 180
_LOOK_S = 0.05


def main(package, bun, uv, nonce):
    require_loopback(os.environ["CLAUDE_MEM_TELEMETRY_HOST"])
    with Provider(f"model{nonce}") as provider:
        env = settled(provider, bun, uv, nonce)
        cli(
            package,
            env,
            "install",
            "--ide",
            "claude-code",
            "--provider",
            "claude",
            "--no-auto-start",
        )
        settings(env)
        worker(installed(env), bun, env, nonce)
        cli(package, env, "uninstall")


def require_loopback(host):
    """The last line of defence: this never talks to PostHog."""
    address = urllib.parse.urlsplit(host).hostname
    if not ipaddress.ip_address(address).is_loopback:
        sys.exit(f"CLAUDE_MEM_TELEMETRY_HOST is {host}: run this with payloadproof record")


def settled(provider, bun, uv, nonce):
    """The environment of a user whose provider is the stand-in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(bun.parent), str(uv.parent), os.environ["PATH"]]),
        "npm_config_user_agent": "npm/10.8.2 node/v20.20.2 linux x64 workspaces/false",  # of npx
        "CLAUDE_MEM_WORKER_HOST": "127.0.0.1",
        "CLAUDE_MEM_WORKER_PORT": str(port),
        "CLAUDE_MEM_CHROMA_ENABLED": "false",
        "CLAUDE_MEM_TRANSCRIPTS_ENABLED": "false",
        "CLAUDE_MEM_PROVIDER": "openrouter",
        "CLAUDE_MEM_OPENROUTER_API_KEY": f"sk-{nonce}",
        "CLAUDE_MEM_OPENROUTER_MODEL": MODEL,
        "CLAUDE_MEM_OPENROUTER_BASE_URL": provider.url,
    }


def settings(env):
    """The same in the file: parts of the worker read only that."""
    ours = {
        name: value
        for name, value in env.items()
        if name.startswith("CLAUDE_MEM_") and "TELEMETRY" not in name
    }
    path = Path(env["CLAUDE_MEM_DATA_DIR"], "settings.json")
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, **ours}))


def cli(package, env, *words):
    began = time.monotonic()
    done = subprocess.run(
        ["node", str(package / "dist" / "npx-cli" / "index.js"), *words],
        env=env,
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    took = time.monotonic() - began
    say(f"claude-mem {words[0]}: exit code {done.returncode} after {took:.1f} s")
    if done.returncode:
        print((done.stdout + done.stderr)[-3000:], flush=True)


def say(what):
    """A line about one stage."""
    print(what, flush=True)


def installed(env):
    """The worker's script where the installer put it, with what it needs beside it."""
    found = sorted(Path(env["HOME"], ".claude").rglob("scripts/worker-service.cjs"))
    with_modules = [one for one in found if (one.parents[1] / "node_modules").is_dir()]
    if not with_modules:
        sys.exit("the installer left no worker that could be started")
    return with_modules[0]


def worker(script, bun, env, nonce):
    running = subprocess.Popen([str(bun), str(script), "--daemon"], env=env, cwd=env["HOME"])
    api = Api(f"http://127.0.0.1:{env['CLAUDE_MEM_WORKER_PORT']}", running)
    try:
        api.ready()
        for number in range(SESSIONS):
            session(api, nonce, number)
        api.get("/api/search", query=f"query{nonce}")
        api.get("/api/context/inject", project=f"project{nonce}")
        api.post("/api/admin/shutdown")
        say(f"the worker ended with exit code {running.wait(PATIENCE_S)}")
    finally:
        running.kill()
        running.wait()


def session(api, nonce, number):
    """One conversation: a prompt, tool uses, a summary."""
    name = f"session{number}{nonce}"
    place = f"/home/user{nonce}/code/project{nonce}"
    api.post(
        "/api/sessions/init",
        contentSessionId=name,
        platformSource=f"platform{nonce}",
        project=f"project{nonce}",
        prompt=f"prompt{nonce}: why does user{nonce}@example.com get no mail?",
    )
    for use in range(TOOL_USES):
        api.post(
            "/api/sessions/observations",
            contentSessionId=name,
            platformSource=f"platform{nonce}",
            tool_name=f"mcp__server{nonce}__tool{nonce}" if use == 0 else "Read",
            tool_input={"file_path": f"{place}/file{nonce}.py"},
            tool_response={"output": f"output{nonce} {place} token=secret{nonce}"},
            cwd=place,
            tool_use_id=f"use{use}{nonce}",
        )
        api.idle()
    api.post(
        "/api/sessions/summarize",
        contentSessionId=name,
        platformSource=f"platform{nonce}",
        last_assistant_message=f"answer{nonce}: it was in {place}",
        observedModel=f"observed{nonce}",  # these two since 13.24
        observedBilling=f"billing{nonce}",
    )
    api.idle()


class Api:
    """The worker's, over loopback."""

    def __init__(self, url, running):
        self._url = url
        self._running = running

    def ready(self):
        """Wait until it answers."""
        self._until("ready", lambda: self.get("/api/readiness") is not None)

    def idle(self):
        """Wait until it has worked off what it was given."""
        self._until("idle", lambda: not self.get("/api/processing-status")["isProcessing"])

    def _until(self, what, holds):
        # Another program's state is no event that could be awaited.
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self._running.poll() is None:
            with contextlib.suppress(urllib.error.URLError):
                if holds():
                    return
            time.sleep(_LOOK_S)
        sys.exit(f"the worker did not get {what}; exit code {self._running.poll()}")

    def get(self, path, **query):
        return self._ask(f"{path}?{urllib.parse.urlencode(query)}", None)

    def post(self, path, **body):
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path, body):
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self._url}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            text = answer.read()
        return json.loads(text) if text[:1] == b"{" else text


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), sys.argv[4])

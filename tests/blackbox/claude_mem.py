"""What do published versions of claude-mem send, used as their users do?

``nox -s blackbox`` runs it; ``--out`` keeps the recordings. Each version is installed, used and
removed by ``drive.py`` under ``payloadproof record`` in a network of its own, where the recorder
and a stand-in for the model provider are all there is. Then what left is audited, searched for the
canaries, and compared with the version before. The reference's worker goes the same way, and must
pass with ``--strict``.

Findings that ``known.toml`` judges are expected; any other one, or one that is gone, fails the run.
Exit codes: 0 as expected, 1 not so, 2 error.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
from pathlib import Path

from payloadproof.adapters.enclosure import available
from payloadproof.audit import Audit
from payloadproof.contract import load
from payloadproof.diff import changes, markdown, side
from payloadproof.evidence import read
from payloadproof.recorder.ledger import Request

HERE = Path(__file__).parent
KNOWN = tomllib.loads((HERE / "known.toml").read_text())
BUN = "1.4.5"
REGISTRY_S = 300
RUN_S = 300


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cache", type=Path, required=True, help="for packages")
    options.add_argument("--out", type=Path, required=True, help="for recordings")
    options.add_argument("versions", nargs="*", default=list(KNOWN))
    given = options.parse_args()
    for directory in (given.cache, given.out):
        directory.mkdir(parents=True, exist_ok=True)
    if not available():
        print("no network namespace can be made here: the runs are on loopback, but not shut in")
    cache = Cache(given.cache.absolute())
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on PATH: claude-mem's installer asks for it")
    strange = run_reference(given.out)
    recordings = []
    for version in given.versions:
        recordings.append(given.out / f"claude-mem-{version}.jsonl")
        strange += run_version(cache, version, Path(uv), recordings[-1])
    for old, new in itertools.pairwise(recordings):
        compared(old, new)
    for one in strange:
        print(f"NOT AS EXPECTED: {one}")
    print(f"recordings: {given.out}; {len(strange)} thing(s) not as expected")
    sys.exit(bool(strange))


class Cache:
    """Packages from npm's registry, fetched once. Nothing of claude-mem is run here."""

    def __init__(self, root):
        self.env = {
            **os.environ,
            "BUN_INSTALL_CACHE_DIR": str(root / "bun"),
            "npm_config_cache": str(root / "npm"),
            "npm_config_prefer_offline": "true",
            "npm_config_fetch_retries": "0",
            "npm_config_audit": "false",
            "npm_config_update_notifier": "false",
        }
        self._root = root
        self.bun = root / "tools" / "node_modules" / ".bin" / "bun"
        if not self.bun.exists():
            (root / "tools").mkdir(exist_ok=True)
            self._run("npm", "install", "--prefix", str(root / "tools"), f"bun@{BUN}", cwd=root)

    def package(self, version):
        """The unpacked package; what its installer fetches is in the caches."""
        place = self._root / version
        if place.exists():
            return place / "package"
        began = time.monotonic()
        print(f"fetching claude-mem {version} and what its installer needs", flush=True)
        unpacking = self._root / f"{version}.partial"
        shutil.rmtree(unpacking, ignore_errors=True)
        warm = unpacking / "warm"
        warm.mkdir(parents=True)
        self._run("npm", "pack", f"claude-mem@{version}", "--silent", cwd=unpacking)
        (packed,) = unpacking.glob("*.tgz")
        for directory in (unpacking, warm):
            with tarfile.open(packed) as archive:
                archive.extractall(directory, filter="data")
        once = ("install", "--ignore-scripts")
        plugin = warm / "package" / "plugin"
        self._run(str(self.bun), *once, "--frozen-lockfile", cwd=plugin)
        peers = ("--omit=dev", "--legacy-peer-deps")  # the installer falls back to that
        self._run("npm", *once, *peers, cwd=warm / "package")
        shutil.rmtree(warm)
        unpacking.rename(place)
        print(f"fetched in {time.monotonic() - began:.0f} s", flush=True)
        return place / "package"

    def _run(self, *words, cwd):
        env = {**self.env, "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=REGISTRY_S,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{shlex.join(words)} failed:\n{done.stderr[-2000:]}")


def run_version(cache, version, uv, recording):
    """Drive one version; what was not as ``known.toml`` has it."""
    package = cache.package(version)
    nonce = secrets.token_hex(6)
    words = [str(HERE / "drive.py"), str(package), str(cache.bun), str(uv), nonce]
    print(f"\n# claude-mem {version}", flush=True)
    recorded(recording, words, cache.env)
    audit = Audit(load("claude_mem"), strict=True)
    audit.add(read(recording))
    report = audit.report("claude_mem")
    found = {f"{one.clause}: {one.expected}; {_once(one.observed)}" for one in report.findings}
    found |= {f"canary: {one}" for one in left(recording, nonce)}
    sent = report.collected.events
    known = KNOWN.get(version, {"arrive": [], "findings": {}})
    found |= {f"{name} did not arrive" for name in known["arrive"] if name not in sent}
    counted = ", ".join(f"{seen.times} {name}" for name, seen in sent.items())
    print(f"arrived: {counted}")
    judged = known["findings"]
    for one in sorted(found):
        print(f"- {one}\n    {judged.get(one, 'not judged yet').strip()}")
    strange = [f"{version}, {one}" for one in sorted(found - judged.keys())]
    return strange + [f"{version}, no longer: {one}" for one in sorted(judged.keys() - found)]


def _once(observed):
    """Without how often: a session more is no other finding."""
    return re.sub(r", [\d,]+ times$", "", observed)


def run_reference(out):
    """Drive the reference's worker; nothing of it may be found."""
    print("\n# the reference's worker", flush=True)
    nonce = secrets.token_hex(6)
    recording = out / "reference.jsonl"
    code = recorded(recording, [str(HERE / "drive_reference.py"), nonce], os.environ)
    strange = [f"reference, canary: {one}" for one in left(recording, nonce)]
    return strange + ([f"reference: the audit's exit code is {code}"] if code else [])


def recorded(recording, words, env):
    """The exit code of ``payloadproof record``: of the audit, that is."""
    isolate = ["--isolate"] if available() else []
    command = ["--out", str(recording), "--scratch", "--strict", *isolate]
    done = subprocess.run(
        [sys.executable, "-m", "payloadproof", "record", *command, "--", sys.executable, *words],
        env=env,
        timeout=RUN_S,
        check=False,
    )
    if done.returncode not in (0, 1):
        sys.exit(2)
    return done.returncode


def left(recording, nonce):
    """Where a canary left: the event and the key, or the part of the request."""
    for request in read(recording).pieces:
        if not isinstance(request, Request):
            sys.exit(f"{recording}, line {request.line}: {request.what}")
        head = repr((request.path, request.headers))
        if nonce in head:
            yield "the head of a request"
        found = sorted(set(_places(request, nonce)))
        yield from found
        body = (request.body or request.wire).decode(errors="replace")
        if nonce in body and not found:
            yield "a body, but no property"


def _places(request, nonce):
    for event in request.events:
        properties = event.properties if isinstance(event.properties, dict) else {}
        for key, value in properties.items():
            if nonce in f"{key}{value}":
                what = str(value).partition(nonce)[0]
                yield f"{event.name}.{key} holds the {what}"


def compared(old, new):
    """What the later one newly sends; reasons are not ours to give."""
    before, after = side(old), side(new)
    print("\n" + markdown(before, after, changes(before, after), {}))


if __name__ == "__main__":
    main()

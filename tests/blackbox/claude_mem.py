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
import contextlib
import itertools
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from packages import Cache, FetchError

from payloadproof.audit.audit import Audit
from payloadproof.audit.diff import changes, markdown, side
from payloadproof.contract import load
from payloadproof.drive.internet import missing
from payloadproof.evidence.files import read
from payloadproof.recorder.ledger import Request

HERE = Path(__file__).parent
KNOWN = tomllib.loads((HERE / "known.toml").read_text())
RUN_S = 300
END_S = 20  # for the audit of what there is, too
RECORD = (sys.executable, "-m", "payloadproof", "record", "--contract", "claude_mem")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cache", type=Path, required=True, help="for packages")
    options.add_argument("--out", type=Path, required=True, help="for recordings")
    options.add_argument("versions", nargs="*", default=list(KNOWN))
    given = options.parse_args()
    for directory in (given.cache, given.out):
        directory.mkdir(parents=True, exist_ok=True)
    if missing():
        print("no network namespace can be made here: the runs are on loopback, but not shut in")
    cache = Cache(given.cache.absolute())
    try:
        cache.fill(given.versions)
    except FetchError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    strange = run_reference(given.out)
    recordings = []
    for version in given.versions:
        recordings.append(given.out / f"claude-mem-{version}.jsonl")
        strange += run_version(cache, version, recordings[-1])
    for old, new in itertools.pairwise(recordings):
        compared(old, new)
    print()
    for one in strange:
        print(f"NOT AS EXPECTED: {one}")
    print(f"recordings: {given.out}; {len(strange)} thing(s) not as expected")
    sys.exit(bool(strange))


def run_version(cache, version, recording):
    """Drive one version; what was not as ``known.toml`` has it."""
    nonce = secrets.token_hex(6)
    tools = (cache.package(version), cache.bun, cache.uv)
    words = [str(HERE / "drive.py"), *map(str, tools), nonce]
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
    """The exit code of ``payloadproof record``: of the audit, that is.

    What it prints while the program runs is shown; the audit in full is kept beside the recording.
    """
    isolate = [] if missing() else ["--isolate"]
    options = ["--out", str(recording), "--scratch", "--strict", *isolate]
    kept = recording.with_suffix(".log")
    running = subprocess.Popen(
        [*RECORD, *options, "--", sys.executable, *words],
        env={**env, "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # A thread reads: a command that outlives its recorder would keep the pipe open.
    shown = threading.Thread(target=_show, args=(running.stdout, kept), daemon=True)
    try:
        shown.start()
        running.wait(RUN_S)
    except subprocess.TimeoutExpired:
        print(f"  not done within {RUN_S} s: ended", flush=True)
    finally:
        end(running)
    shown.join(END_S)
    print(f"  the audit in full: {kept}", flush=True)
    if running.returncode not in (0, 1):
        print(kept.read_text()[-3000:], file=sys.stderr)
        sys.exit(2)
    return running.returncode


def _show(output, kept):
    with output, kept.open("w") as log:
        lines = _copied(iter(output.readline, ""), log)
        for line in itertools.takewhile(_before_the_audit, lines):
            print(f"  {line}".rstrip(), flush=True)
        for _ in lines:
            pass


def _copied(lines, log):
    for line in lines:
        log.write(line)
        yield line


def _before_the_audit(line):
    return line.split()[:2] != ["clause", "level"]


def end(running):
    """The first signal goes on to the command, the second kills that, the last one the recorder.

    After each but the last, the audit of what there is follows.
    """
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if running.poll() is not None:
            return
        running.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(END_S)


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

"""The live page in a browser, while a program of some seconds is recorded.

`PAGES` names a directory that keeps the pictures, for whoever wants to look.
"""

import contextlib
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ENTRY = "from payloadproof.cli import main; main(prog_name='payloadproof')"
WATCH = re.compile(r"watch: (http://127\.0\.0\.1:\d+/\S+/)\s")
WIDTHS = (1280, 390)
PATIENCE_S = 120
#: Sends something every half second, until its standard input is closed.
SENDS = """
import json, os, select, sys, urllib.error, urllib.request, uuid
host, key = (os.environ[f"CLAUDE_MEM_TELEMETRY_{name}"] for name in ("HOST", "KEY"))
hostile = "<img src=x onerror=alert(1)>"
def send(name, to=host, **properties):
    stamped = {"$lib": "posthog-python", "$lib_version": "7.0.0", "version": "1.0.0",
               "$process_person_profile": False, **properties}
    event = {"event": name, "distinct_id": "0193d3c8-6a52-7c6e-9d50-0a4f21c3d0aa",
             "uuid": str(uuid.uuid4()), "timestamp": "2026-01-01T00:00:00Z",
             "properties": stamped}
    body = json.dumps({"api_key": key, "batch": [event]}).encode()
    asked = urllib.request.Request(f"{to}/batch/", body, {"content-type": "application/json"})
    try:
        urllib.request.urlopen(asked, timeout=20).read()
    except urllib.error.HTTPError:
        pass
send("search_performed", note="of SECRET and more")
send(hostile, **{hostile: hostile})
key = ""
send("search_performed")
key = os.environ["CLAUDE_MEM_TELEMETRY_KEY"]
number = 0
while not select.select([sys.stdin], [], [], 0.5)[0]:
    number += 1
    send("search_performed", result_count=number)
send("worker_stopped")
"""


def until(condition):
    """A promise of a page that something holds in it."""
    return (
        "new Promise((kept) => { const look = () => { if (" + condition + ") kept(true); };"
        " const all = { subtree: true, childList: true, attributes: true, characterData: true };"
        " new MutationObserver(look).observe(document, all); look(); })"
    )


@pytest.fixture
def recorded(tmp_path):
    """A program that is recorded with a page: the process, and the page's address."""
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            [
                *(sys.executable, "-uc", ENTRY, "record", "--page", "--contract", "claude_mem"),
                *("--", sys.executable, "-c", SENDS),
            ],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        address = next(found[1] for line in process.stdout if (found := WATCH.search(line)))
        yield process, address


def kept(tmp_path, name):
    place = Path(os.environ.get("PAGES") or tmp_path).absolute()
    place.mkdir(parents=True, exist_ok=True)
    return place / f"{name}.png"


def own(address, asked):
    return [one for one in asked if not one.startswith(address)]


FIRST = "[...document.querySelectorAll('.request')].find((one) => one.dataset.number === '1')"
SHOWN = (
    until("document.querySelectorAll('.request').length >= 5"),
    until("document.querySelectorAll('.found').length >= 1"),
    f"{FIRST}.textContent",
    f"{FIRST}.querySelector('button').click()",
    until(f"{FIRST}.classList.contains('as-sent')"),
    f"{FIRST}.textContent",
    "document.images.length + document.querySelectorAll('[onerror], [onload]').length",
    "document.getElementById('sent').textContent",
    "document.getElementById('hosts').textContent",
    "matchMedia('(prefers-color-scheme: dark)').matches",
)


def test_it_shows_a_program_that_is_recorded_and_how_that_ends(recorded, look, tmp_path):
    process, address = recorded
    for width, dark in itertools.product(WIDTHS, (False, True)):
        picture = kept(tmp_path, f"live-{width}-{'dark' if dark else 'light'}")
        looked = look(address, width=width, dark=dark, run=SHOWN, picture=picture)
        assert looked.errors == []
        assert own(address, looked.asked) == []
        assert looked.width <= width, f"it is {looked.width} pixels wide at {width}"
        _, _, masked, _, _, asked, markup, sent, hosts, is_dark = looked.values
        assert "search_performed" in masked
        assert "SECRET" not in masked
        assert "of SECRET and more" in asked
        assert markup == 0
        assert "<im" in sent  # a hostile name is a text
        assert "the recorder" in hosts
        assert is_dark is dark
    ended = (
        until("document.querySelectorAll('.request').length >= 5"),
        process.stdin.close,
        until("document.getElementById('phase').textContent.includes('over')"),
        "document.getElementById('phase').textContent",
        "document.getElementById('judged').textContent",
        "document.getElementById('sent').firstElementChild.textContent",
    )
    picture = kept(tmp_path, "live-over")
    looked = look(address, width=1280, dark=False, run=ended, picture=picture)
    process.stdout.read()
    assert process.wait(PATIENCE_S) == 1
    assert looked.errors == []
    *_, phase, judged, last = looked.values
    assert phase == "it is over: exit code 1"
    assert judged == "of the whole run"
    assert "worker_stopped" in last


def test_a_paused_page_stands_still_and_misses_nothing(recorded, look):
    _, address = recorded
    count = "document.querySelectorAll('.request').length"
    requests = "Number(document.getElementById('requests').textContent)"
    hold = "document.getElementById('hold').click()"
    steps = (
        until(f"{count} >= 3"),
        f"({hold}, window.held = {count})",
        until(f"{requests} >= window.held + 2"),
        f"{count} - window.held",
        hold,
        until(f"{count} >= window.held + 2"),
    )
    looked = look(address, width=1280, dark=False, run=steps)
    assert looked.values[3] == 0
    assert looked.errors == []

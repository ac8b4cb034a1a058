"""The pages in a browser: at two widths, light and dark, clicked, and nothing asked for.

`nox -s page` runs these; they need Chromium. `PAGES` names a directory that keeps the pages and
their pictures, for whoever wants to look.
"""

import itertools
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from payloadproof.cli import main
from payloadproof.drive.internet import missing
from payloadproof.run import workers
from payloadproof.run.properties import PROFILES, Profile

TESTS = Path(__file__).parents[1]
ACME = TESTS / "programs"
DOOR = TESTS / "contracts" / "door_counter.toml"
WIDTHS = (1280, 390)
LIMIT = 2_000_000  # bytes
EVENT = {"event": "door_opened", "distinct_id": "a", "uuid": "0", "properties": {"open_ms": 1}}


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """A page of each kind, by name: of real runs."""
    kept = Path(os.environ.get("PAGES") or tmp_path_factory.mktemp("pages")).absolute()
    kept.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("runs"))
        for folder in ("contracts", "fauxmplementations"):
            patch.syspath_prepend(TESTS / folder)
        patch.setitem(PROFILES, "quick", Profile(examples=12, shrink_s=2.0))
        patch.setattr(workers, "cores", lambda: 1)
        return dict(made(kept))


def made(kept):
    adapter = "direct:passes_unlisted_keys:PassesUnlistedKeys"
    contract = ("--contract", str(DOOR))
    sound = f"cmd:{shlex.join([sys.executable, str(DOOR.with_name('door_counter.py'))])}"
    few = ("--only", "A1,A5,A6,A7,C1,C4,W1,W3,P3")
    old = Path("old.json")
    old.write_text(json.dumps([EVENT]))
    worse = {**EVENT, "properties": {"<img src=x onerror=alert(1)>": "</script>", "force": 3}}
    new = Path("new.json")
    new.write_text(json.dumps([EVENT, worse, {**worse, "event": "door_slammed"}]))
    words = {
        "check-red": (1, "check", "--adapter", adapter, *contract, *few),
        "check-green": (0, "check", "--adapter", sound, *contract, *few),
        "audit-red": (1, "audit", str(new), *contract),
        "audit-green": (0, "audit", canonical(), "--contract", "claude_mem"),
        "diff-red": (1, "diff", str(old), str(new)),
        "diff-green": (0, "diff", "claude_mem", "claude_mem"),
    }
    if not missing():
        words["probe-red"] = (1, *probe("second_host_ignores_the_switch", "wrong"))
        words["probe-green"] = (0, *probe("second_host_ignores_the_switch", "sound"))
    for name, (code, *command) in words.items():
        page = kept / f"{name}.html"
        at = command.index("--") if "--" in command else len(command)
        command[at:at] = ["--report", f"html={page}"]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == code, f"{name}: {done.output}"
        yield name, page


def canonical():
    """A recording of somebody who keeps the contract."""
    script = TESTS / "golden" / "canonical.py"
    subprocess.run([sys.executable, str(script), "canonical.jsonl"], check=True)
    return "canonical.jsonl"


def probe(name, kind):
    key = f"phc_{secrets.token_hex(20)}"
    sets = {
        "ACME_KEY": key,
        "ACME_WAIT_S": "2",
        "PYTHONPATH": str(ACME),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    given = [word for one, value in sets.items() for word in ("--set", f"{one}={value}")]
    script = str(ACME / kind / f"{name}.py")
    return ("probe", "--off", "ACME_TELEMETRY=0", *given, "--", sys.executable, script)


CLICKS = (
    "for (const one of document.querySelectorAll('details')) one.open = true",
    "document.querySelector('.filter input[value=good]')?.click()",
    "document.querySelectorAll('tr[data-tone]:not([data-tone=good]):not([hidden])').length",
    "document.querySelector('.filter input[value=\"\"]')?.click()",
    "document.querySelector('pre.command button')?.click()",
    "matchMedia('(prefers-color-scheme: dark)').matches",
    "getComputedStyle(document.body).backgroundColor",
)


@pytest.mark.parametrize(
    "name",
    [
        *("check-red", "check-green", "audit-red", "audit-green"),
        *("diff-red", "diff-green", "probe-red", "probe-green"),
    ],
)
def test_a_page_is_shown_clicked_and_asks_for_nothing(pages, look, name):
    if name not in pages:
        pytest.skip(f"no network namespace can be made here: {missing()}")
    page = pages[name]
    assert page.stat().st_size < LIMIT
    backs = set()
    for width, dark in itertools.product(WIDTHS, (False, True)):
        shot = page.with_name(f"{name}-{width}-{'dark' if dark else 'light'}.png")
        looked = look(page, width=width, dark=dark, run=CLICKS, picture=shot)
        assert looked.errors == []
        assert looked.asked == []
        assert looked.width <= width, f"{name} is {looked.width} pixels wide at {width}"
        assert looked.values[2] == 0
        assert looked.values[5] is dark
        backs.add((dark, looked.values[6]))
    assert len({colour for _, colour in backs}) == len(backs) == 2


def test_the_page_of_a_probe_has_no_value_that_was_set(pages):
    if "probe-red" not in pages:
        pytest.skip(f"no network namespace can be made here: {missing()}")
    text = pages["probe-red"].read_text()
    assert "ACME_KEY=&#34;$ACME_KEY&#34;" in text
    assert not re.search(r"phc_\w{20}", text)


def test_a_page_that_asks_and_errs_is_seen_to(look, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        "<script>console.error('x'); nothing()</script><img src='http://elsewhere.example/p.png'>"
        "<div style='width:3000px'>x</div>"
    )
    looked = look(page, width=390, dark=False)
    assert len(looked.errors) >= 2
    assert looked.asked == ["http://elsewhere.example/p.png"]
    assert looked.width >= 3000


def test_what_breaks_the_policy_of_a_page_is_seen(pages, look, tmp_path):
    page = tmp_path / "bent.html"
    whole = pages["diff-green"].read_text()
    page.write_text(whole.replace("</main>", "<img src='http://a.example/'></main>"))
    looked = look(page, width=390, dark=False)
    assert any("Content Security Policy" in one for one in looked.errors)

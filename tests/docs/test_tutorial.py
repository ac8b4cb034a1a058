"""Runs the tutorial as it stands, and the session of the adapter guide against its kettle."""

import ast
import json
import os
import re
import subprocess
import sys

import msgspec
import pytest

from payloadproof.protocol import codec
from payloadproof.protocol.messages import OPS

# What search made small within its time is not the same on every machine: which step, which key.
SMALLEST = re.compile(r" *(\d+ (capture|flush|shutdown)|planted in step)")
SUMMARY = re.compile(r"\d+ (failed|reported|unsupported|passed), \d+ [a-z ]+(, |$)")


@pytest.fixture(scope="module")
def shell(env, tmp_path_factory):
    """An environment in which ``payloadproof`` and ``python`` are those that run the tests."""
    tools = tmp_path_factory.mktemp("bin")
    for name, arguments in {"python": "", "payloadproof": "-m payloadproof"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (tools / name).chmod(0o755)
    return env | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def plain(line):
    """Without what differs from run to run: most numbers, names of files, width, and steps."""
    if SUMMARY.match(line):
        return line
    if smallest := SMALLEST.match(line):
        line = smallest[0]
    line = re.sub(r"\b(\w\d+)-[0-9a-f]{8}\.json", r"\1-HASH.json", line)
    return re.sub(r"\d+", "N", " ".join(line.split()))


def is_shown(line, came):
    """A terminal cuts what is too long for it; what is piped here is whole."""
    return came.startswith(line[:-1]) if line.endswith("…") else came == line


def follow(page, below, shell):
    """Do what the page says, and yield what it shows with what came."""
    output = ""
    for block in page("docs/tutorial.md").blocks:
        match block.language, block.info:
            case ("toml" | "python", name) if name:
                (below / name).write_text(block.text, encoding="utf-8")
            case "diff", name:
                patch(below / name, block.text)
            case "sh", "not-run":
                continue
            case "sh", info:
                done = subprocess.run(
                    block.text,
                    shell=True,
                    cwd=below,
                    env=shell,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                output = done.stdout
                wanted = int(info.removeprefix("exit=") or 0)
                assert done.returncode == wanted, f"{block.text}{output}{done.stderr}"
            case "text", _:
                yield block.text, output


def patch(file, diff):
    before, after = ("".join(f"{x[1:]}\n" for x in diff.splitlines() if x[0] == s) for s in "-+")
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def followed(page, shell, once):
    return once("kettle", lambda below: list(follow(page, below, shell)))


def test_the_tutorial_shows_what_happens(followed):
    _, shown = followed
    missing = []
    for text, output in shown:
        came = {plain(line) for line in output.splitlines()}
        wanted = [line for line in text.splitlines() if line.strip() not in ("", "...")]
        missing += [x for x in wanted if not any(is_shown(plain(x), line) for line in came)]
    assert missing == []


def test_the_tutorial_explains_the_summary_that_it_shows(page):
    text = page("docs/tutorial.md").text
    shown = {int(number) for number in re.findall(r"(\d+) not applicable", text)}
    assert shown == {int(number) for number in re.findall(r"(\d+) clauses do not apply", text)}


def test_the_readme_and_the_tutorial_show_the_same_finding(page):
    (block,) = (b.text for b in page("README.md").blocks if b.text.startswith("5 findings"))
    assert block in page("docs/tutorial.md").text
    for key in re.findall(r"capture 'water_boiled' {(\S+): ", block):
        assert f"handed over a key, `{key}`," in page("docs/tutorial.md").text


def test_the_tutorial_ends_with_a_kettle_that_passes(followed):
    _, shown = followed
    text, output = shown[-1]
    assert "37 passed" in text
    assert "✗" not in output


def test_the_session_in_the_guide_is_what_the_kettle_answers(followed, page, env):
    below, _ = followed
    (session,) = (b for b in page("docs/adapter-guide.md").blocks if b.info == "session")
    lines = session.text.splitlines()
    asked = [line[2:] for line in lines if line.startswith("> ")]
    answers = [line[2:] for line in lines if line.startswith("< ")]
    done = subprocess.run(
        [sys.executable, "kettle.py"],
        input="\n".join(asked) + "\n",
        cwd=below,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(one) for one in done.stdout.splitlines()] == [*map(json.loads, answers)]


def test_the_session_in_the_guide_is_one_that_the_harness_would_hold(page):
    (session,) = (b for b in page("docs/adapter-guide.md").blocks if b.info == "session")
    asked = [line[2:] for line in session.text.splitlines() if line.startswith("> ")]
    for line in asked:
        request = codec.decode_request(line.encode())
        params = msgspec.convert(request.params, OPS[request.op])
        assert codec.request_line(request.id, params).decode().rstrip() == line


def test_the_guide_says_that_a_print_is_still_found(page):
    text = " ".join(page("docs/adapter-guide.md").text.split())
    assert "a `print` in your program does not disturb the protocol (S5 nothing printed" in text
    assert "does no harm" not in text


def test_who_copies_a_command_is_judged_by_a_contract_of_their_own(page):
    for name in ("README.md", "docs/adapter-guide.md"):
        shell = "".join(b.text for b in page(name).blocks if b.language == "sh")
        lines = [line for line in shell.splitlines() if "my_" in line]
        assert len(lines) == {"README.md": 2}.get(name, 4)
        assert all(" --contract my_contract.toml" in line for line in lines)


def test_the_code_in_the_readme_and_the_guide_is_python(page):
    for name in ("README.md", "docs/adapter-guide.md"):
        blocks = [b for b in page(name).blocks if b.language == "python"]
        assert len(blocks) == {"README.md": 1}.get(name, 2)
        # Called where the module is imported, as direct: does, it would wait for lines on stdin.
        for statement in [one for b in blocks for one in ast.parse(b.text, name).body]:
            assert "serve(" not in ast.unparse(statement) or isinstance(statement, ast.If)


PROGRAM = """
import os

from posthog import Posthog

KEY = os.environ.get("MY_PROGRAM_KEY", "phc_of_the_program")
HOST = os.environ.get("MY_PROGRAM_HOST", "https://eu.i.posthog.com")


class Telemetry:
    def __init__(self):
        on = os.environ.get("MY_PROGRAM_TELEMETRY") == "1"
        self.client = Posthog(KEY, host=HOST, disable_geoip=True) if on else None

    def capture(self, event, **properties):
        if self.client is not None:
            properties |= {"$process_person_profile": False}
            self.client.capture(event, distinct_id="somebody", properties=properties)

    def shutdown(self):
        if self.client is not None:
            self.client.shutdown()
"""
CONTRACT = """
format = 1
[product]
name = "my-program"
description = "A command line"
[consent]
default = "off"
[[consent.layers]]
kind = "switch"
variable = "MY_PROGRAM_TELEMETRY"
on = ["1"]
off = ["0"]
[variables]
host = "MY_PROGRAM_HOST"
key = "MY_PROGRAM_KEY"
[wire]
geoip_disable = true
directives = ["$process_person_profile", "$geoip_disable"]
stamps = []
sdk = ["python"]
[events.listed]
kind = "direct"
ceiling_per_day = 100
description = "Things were listed."
properties = ["items"]
[properties]
items = { type = "count", description = "How many there are." }
"""


def test_the_guides_adapter_of_a_command_line_works_as_it_says(page, shell, tmp_path):
    guide = page("docs/adapter-guide.md")
    (block,) = (b for b in guide.blocks if b.info == "my_adapter.py")
    package = tmp_path / "my_program"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "telemetry.py").write_text(PROGRAM)
    (tmp_path / "my_adapter.py").write_text(block.text)
    (tmp_path / "my_contract.toml").write_text(CONTRACT)
    section = guide.text.partition("## A command line in Python")[2].partition("\n## ")[0]
    smoke, check = re.findall(r"^payloadproof .*", section, re.MULTILINE)
    check = check.replace("T1", "T1 --only C1,C3,C4,T1 --workers 1 --no-corpus", 1)
    for line, words in ((smoke, "consent on: 1 event(s) arrived"), (check, "1 passed")):
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, env=shell, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert words in done.stdout


@pytest.mark.parametrize(
    "broken",
    [
        ("Drop the `Content-Type` header", ', {"Content-Type": "application/json"}'),
        (
            "Let `consented` ignore `DO_NOT_TRACK`",
            ' or self.env.get("DO_NOT_TRACK", "") not in ("", "0", "false")',
        ),
        ("Take `Here()` out", "Here()"),
        ("Take `and not self.closed` out", " and not self.closed"),
    ],
)
def test_what_the_tutorial_breaks_fails_as_it_says(broken, followed, page, shell, tmp_path):
    what, line = broken
    below, _ = followed
    text = (below / "kettle.py").read_text(encoding="utf-8")
    assert text.count(line) == 1
    (tmp_path / "kettle.py").write_text(text.replace(line, ""), encoding="utf-8")
    bullets = page("docs/tutorial.md").text.partition("## Break something else")[2].split("\n- ")
    (bullet,) = (one for one in bullets if one.startswith(what))
    named = sorted(set(re.findall(r"\b[A-Z]\d+\b", bullet.partition("## ")[0])))
    assert named
    done = subprocess.run(
        "payloadproof check --adapter 'cmd:python kettle.py' --seed 1 --workers 1"
        f" --contract {below / 'kettle.toml'} --only {','.join(named)}",
        shell=True,
        cwd=tmp_path,
        env=shell,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"\n{len(named)} failed, " in done.stdout, done.stdout + done.stderr

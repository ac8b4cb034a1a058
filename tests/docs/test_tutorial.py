"""Runs the tutorial as it stands, and the session of the adapter guide against its kettle."""

import json
import os
import re
import subprocess
import sys

import msgspec
import pytest

from payloadproof.protocol import codec
from payloadproof.protocol.messages import OPS

# What search made small within its time, which is not the same on every machine.
SMALLEST = re.compile(r" +\d+ (capture|flush|shutdown)|  planted in step")


@pytest.fixture(scope="module")
def shell(env, tmp_path_factory):
    """An environment in which ``payloadproof`` and ``python`` are those that run the tests."""
    tools = tmp_path_factory.mktemp("bin")
    for name, arguments in {"python": "", "payloadproof": "-m payloadproof"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (tools / name).chmod(0o755)
    return env | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def plain(line):
    """Without what differs from run to run: numbers, names of files, and width."""
    line = re.sub(r"/(\w\d)-[0-9a-f]{8}\.json", r"/\1-HASH.json", line)
    return re.sub(r"\d+", "N", " ".join(line.split()))


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
def followed(page, shell, tmp_path_factory):
    below = tmp_path_factory.mktemp("kettle")
    return below, list(follow(page, below, shell))


def test_the_tutorial_shows_what_happens(followed):
    _, shown = followed
    missing = []
    for text, output in shown:
        came = {plain(line) for line in output.splitlines()}
        wanted = [line for line in text.splitlines() if line.strip() not in ("", "...")]
        missing += [x for x in wanted if plain(x) not in came and not SMALLEST.match(x)]
    assert missing == []


def test_the_tutorial_ends_with_a_kettle_that_passes(followed):
    _, shown = followed
    text, output = shown[-1]
    assert "28 passed" in text
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


def test_the_code_in_the_readme_and_the_guide_is_python(page):
    for name in ("README.md", "docs/adapter-guide.md"):
        (block,) = (b for b in page(name).blocks if b.language == "python")
        compile(block.text, name, "exec")

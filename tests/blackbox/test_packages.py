"""What is said where npm's registry gives nothing; a stand-in for npm says what npm would."""

import os
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import packages


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts a program in npm's place, and what else is asked for beside it."""
    there = tmp_path / "bin"
    there.mkdir()
    monkeypatch.setenv("PATH", str(there), prepend=":")

    def put(script):
        for name in ("node", "npm", "uv"):
            program = there / name
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(stat.S_IRWXU)

    return put


@pytest.fixture
def cache(tmp_path):
    root = tmp_path / "cache"
    root.mkdir()
    return packages.Cache(root)


def test_a_registry_that_is_not_there_is_told_with_what_npm_said_and_what_to_do(npm, cache):
    npm("echo npm error code ENOTFOUND >&2; exit 1")
    with pytest.raises(packages.FetchError) as told:
        cache.fill(["13.15.3"])
    assert f"bun@{packages.BUN}\n  its exit code is 1\n    npm error code ENOTFOUND\n" in str(
        told.value
    )
    assert "next: see whether npm ping answers" in str(told.value)


def test_a_registry_that_never_answers_is_given_up(npm, cache, monkeypatch):
    monkeypatch.setattr(packages, "REGISTRY_S", 0.1)
    npm("exec tail -f /dev/null")
    with pytest.raises(packages.FetchError, match=r"it was not done within 0\.1 s"):
        cache.fill([])


def test_of_what_npm_said_the_beginning_is_told(npm, cache):
    npm("printf '%s\\n' one two three four five >&2; exit 1")
    with pytest.raises(packages.FetchError) as told:
        cache.fill([])
    assert "    one\n    two\n    three\n    four\n  next" in str(told.value)


@pytest.mark.parametrize("ended", [subprocess.TimeoutExpired("npm", 1), KeyboardInterrupt()])
def test_what_npm_began_ends_with_it(npm, cache, monkeypatch, tmp_path, ended):
    def communicate(running, *_, **__):
        assert running.stdout.readline() == "begun\n"
        raise ended

    alive, until = tmp_path / "alive", tmp_path / "until"
    for fifo in (alive, until):
        os.mkfifo(fifo)
    ends = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(until, os.O_RDWR)  # if it is left over, it ends with this test
    try:
        npm(f"(exec 3>{alive}; echo begun; exec cat {until}) & wait")
        monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
        with pytest.raises((packages.FetchError, KeyboardInterrupt)):
            cache.fill([])
        assert select.select([ends], [], [], 30)[0], "what npm began goes on"
        assert os.read(ends, 1) == b""
    finally:
        os.close(held)
        os.close(ends)


def test_what_was_kept_for_another_day_is_not_used(npm, tmp_path, monkeypatch):
    npm("touch fetched")
    packages.Cache(tmp_path).fill([])
    kept = {*tmp_path.rglob("fetched")}
    monkeypatch.setattr(packages, "BEFORE", "2026-11-21")
    later = packages.Cache(tmp_path)
    later.fill([])
    (anew,) = {*tmp_path.rglob("fetched")} - kept
    assert "2026-11-21" in anew.parts
    for variable in ("npm_config_cache", "BUN_INSTALL_CACHE_DIR"):
        assert "2026-11-21" in Path(later.env[variable]).parts


def test_what_was_cut_off_is_begun_again_and_what_is_whole_is_kept(npm, cache, capsys):
    npm("touch begun; exit 1")
    with pytest.raises(packages.FetchError):
        cache.fill([])
    npm("test ! -e begun && touch begun")
    cache.fill([])
    npm("exit 1")
    cache.fill([])
    assert "kept in" in capsys.readouterr().out.splitlines()[-1]


def test_a_tool_that_is_missing_is_named(cache, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(packages.FetchError, match="node is not on PATH"):
        cache.fill([])

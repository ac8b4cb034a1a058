"""Payloadproof alone: what only the reference needs is not there, and nobody misses it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REFERENCES = ("posthog", "re2", "requests")  # as they are imported

BLOCKED = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {REFERENCES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
"""
MAIN = "from payloadproof.cli import main; main(prog_name='payloadproof')"
EVERY_MODULE = """
import importlib, pkgutil, payloadproof
for one in pkgutil.walk_packages(payloadproof.__path__, "payloadproof."):
    if one.name != "payloadproof.__main__":
        importlib.import_module(one.name)
print(sorted({name for name in sys.modules} & set(REFERENCES)), len(sys.modules))
""".replace("REFERENCES", repr(REFERENCES))


@pytest.fixture
def alone(tmp_path):
    """A command line, or code, in a process that has nothing of the reference's."""

    def run(*words, code=MAIN):
        done = subprocess.run(
            [sys.executable, "-c", BLOCKED + code, *map(str, words)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_harness_requires_nothing_that_only_the_reference_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [re.split(r"[<>=; ]", one)[0] for one in project["dependencies"]]
    extra = [re.split(r"[<>=; ]", one)[0] for one in project["optional-dependencies"]["reference"]]
    assert {*extra} == {"posthog", "google-re2", "requests"}
    assert {*named} & {*extra} == set()


def test_every_module_of_the_harness_is_fetched_without_the_reference(alone):
    code, output = alone(code=EVERY_MODULE)
    assert code == 0, output
    assert output.startswith("[] ")


@pytest.mark.parametrize("command", ["check", "smoke"])
def test_without_an_adapter_and_the_extra_the_extra_is_named(alone, command):
    code, output = alone(command)
    assert code == 2
    assert 'pip install "payloadproof[reference]"' in output
    assert re.search(r"No module named '(posthog|re2|requests)'", output)
    assert "--adapter" in output


def test_an_adapter_that_lacks_a_module_of_its_own_is_not_told_of_the_extra(alone, tmp_path):
    (tmp_path / "mine.py").write_text("import posthog\n")
    code, output = alone("smoke", "--adapter", "direct:mine:Mine")
    assert code == 2
    assert "payloadproof[reference]" not in output
    assert "cannot be imported" in output


def test_a_program_is_checked_without_the_reference(alone, door):
    code, output = alone("smoke", *door)
    assert code == 0, output


def test_a_command_that_serves_nothing_imports_no_server(tmp_path):
    """Half of a second of each command went into what only a few need: HTTP, TLS, DNS, pages."""
    events = tmp_path / "events.jsonl"
    events.write_text('{"event": "worker_started", "distinct_id": "a", "properties": {}}\n')
    code = f"""
import sys
from payloadproof.cli import main
try:
    main(["audit", {str(events)!r}, "--contract", "claude_mem"], prog_name="payloadproof")
finally:
    heavy = {{"aiohttp", "cryptography", "dns", "jinja2", "hypothesis"}}
    print("imported:", sorted(heavy & {{*sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "1 event(s)" in done.stdout
    assert "imported: []" in done.stdout

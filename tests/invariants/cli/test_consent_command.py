"""`check` of a program that is turned off by a command of its own."""

import json
import sys
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
PROGRAM = """
import pathlib, sys
sys.path.insert(0, CONTRACTS)
from kettle import adapter
from payloadproof.adapters.serve import serve

def said(env, home, data):
    try:
        return (home / ".kettle").read_text() == "on"
    except OSError:
        return None

serve(adapter({"kettle telemetry": said}, default=True))
"""
#: What a person types. At FAREWELL it says goodbye to the service, once it was told no.
COMMAND = """
import json, os, pathlib, sys, urllib.request
pathlib.Path.home().joinpath(".kettle").write_text(sys.argv[1])
if sys.argv[1] == "off" and FAREWELL:
    event = {"event": "boiled", "distinct_id": "7" * 20, "properties": {"litres": 1}}
    body = json.dumps({"api_key": os.environ["KETTLE_KEY"], "batch": [event]}).encode()
    asked = urllib.request.Request(os.environ["KETTLE_HOST"] + "/batch/", body)
    asked.add_header("Content-Type", "application/json")
    urllib.request.urlopen(asked, timeout=5).read()
"""


@pytest.fixture
def checked(run, tmp_path):
    def of(*, farewell=False, program=PROGRAM, only="C1,C4,C10"):
        (tmp_path / "program.py").write_text(f"CONTRACTS = {str(CONTRACTS)!r}\n{program}")
        (tmp_path / "telemetry.py").write_text(f"FAREWELL = {farewell}\n{COMMAND}")
        argv = {word: [sys.executable, "-S", "telemetry.py", word] for word in ("off", "on")}
        lines = ['kind = "command"', 'name = "kettle telemetry"']
        lines += [f"{word} = {json.dumps(words)}" for word, words in argv.items()]
        head = ["format = 1", "[consent]", 'default = "on"', "[[consent.layers]]", *lines, ""]
        contract = tmp_path / "kettle.toml"
        contract.write_text("\n".join(head) + (CONTRACTS / "kettle.toml").read_text())
        adapter = ("--adapter", f"cmd:{sys.executable} program.py", "--contract", contract)
        more = ("--seed", "1", "--workers", "1", "--strict", "--verbose")
        return run("check", *adapter, *more, "--only", only)

    return of


@pytest.mark.usefixtures("few")
def test_a_program_that_remembers_the_command_passes(checked):
    code, out = checked()
    assert code == 0, out
    assert "3 passed" in out, out


@pytest.mark.usefixtures("few")
def test_one_that_forgets_it_is_found_and_the_command_is_in_the_steps(checked):
    forgets = PROGRAM.replace('(home / ".kettle")', '(data / ".kettle")')
    code, out = checked(program=forgets, only="C1")
    assert code == 1, out
    told = " ".join(out.split())
    assert "consent is off by kettle telemetry" in told
    assert "start with the contract's command that turns telemetry off" in told


@pytest.mark.usefixtures("few")
def test_a_command_that_says_goodbye_to_the_service_is_found(checked):
    code, out = checked(farewell=True, only="C1")
    assert code == 1, out
    assert "consent is off by kettle telemetry" in " ".join(out.split())


@pytest.mark.usefixtures("few")
def test_a_command_that_fails_ends_the_run_with_its_name(run, checked, tmp_path):
    code, _ = checked(only="C1")
    assert code == 0
    (tmp_path / "telemetry.py").write_text("raise SystemExit('no such account')")
    adapter = ("--adapter", f"cmd:{sys.executable} program.py", "--contract", "kettle.toml")
    code, out = run("check", *adapter, "--only", "C1", "--workers", "1")
    assert code == 2, out
    assert "no such account" in out
    assert "telemetry.py o" in out

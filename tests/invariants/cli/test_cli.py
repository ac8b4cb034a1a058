"""The command line: what it answers."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from payloadproof.clauses.clause import clauses, every_clause
from payloadproof.cli import main
from payloadproof.schema import DOCUMENTS, schema

FAUX = Path(__file__).parents[2] / "fauxmplementations"
ENTRY = "import sys; from payloadproof.cli import main; main(prog_name='payloadproof')"


def test_check_of_what_is_sound(run, few, door, tmp_path):
    code, output = run("check", *door, "--only", "a1,W1", "--seed", 1, "--report", "json=r.json")
    assert code == 0
    assert re.search(r"A1 unlisted keys +MUST +passed", output)
    assert "2 passed" in output
    report = json.loads((tmp_path / "r.json").read_text())
    jsonschema.Draft202012Validator(schema("Report")).validate(report)
    assert {"implementation", "profile", "verdicts", "findings"} <= report.keys()
    assert {"clause", "level", "verdict", "scenarios", "controls", "findings"} <= report[
        "verdicts"
    ][0].keys()


@pytest.mark.usefixtures("few", "no_lingering")
def test_check_of_what_is_wrong_and_its_replay(run, direct, door, door_contract_file, tmp_path):
    wrong = direct("passes_unlisted_keys:PassesUnlistedKeys")
    words = ["--adapter", wrong, "--contract", door_contract_file, "--only", "A1"]
    code, output = run("check", *words, "--report", "json=r.json")
    assert code == 1
    assert clauses()["A1"].text in " ".join(output.split())
    for heading in ("expected", "observed", "evidence (masked)", "smallest scenario", "next:"):
        assert heading in output
    (command,) = re.findall(r"payloadproof (replay .*)", output)
    code, output = run(*shlex.split(command))
    assert code == 1
    assert "FAILED" in output
    code, output = run(*shlex.split(command), *door)
    assert code == 0
    assert "FIXED" in output
    (finding,) = json.loads((tmp_path / "r.json").read_text())["findings"]
    assert {"clause", "message", "evidence", "scenario"} <= finding.keys()


def test_check_of_what_sends_nothing(run, few, faux):
    code, output = run("check", "--adapter", faux("sends_nothing"))
    assert code == 1
    assert "vacuous" in output
    assert "nothing arrived" in " ".join(output.split())
    assert "payloadproof smoke" in output


def test_smoke(run, door, faux):
    code, output = run("smoke", *door)
    assert code == 0
    assert "consent on: 3 event(s) arrived" in output
    assert "consent off: 0 event(s) arrived" in output
    assert f"; contract {door[-1]}\n" in output
    assert re.search(r"next: payloadproof check --adapter .+ --contract .+\n$", output)


def test_smoke_of_what_sends_nothing_names_the_contract_that_was_not_named(
    run, faux, door_contract_file
):
    silent = ("smoke", "--adapter", faux("sends_nothing"))
    code, output = run(*silent)
    assert code == 1
    assert output.startswith("faux unknown answers; contract claude_mem\n")
    forgotten = "  - the default contract claude_mem was used: name your own with --contract\n"
    assert f"usual causes:\n{forgotten}" in output
    assert "next: fix it, then run payloadproof smoke --adapter" in output
    code, output = run(*silent, "--contract", door_contract_file)
    assert code == 1
    assert "usual causes:" in output
    assert "the default" not in output


def test_smoke_of_what_raises_shows_it_once_and_nothing_else(run, direct, door_contract_file):
    throws = direct("throws_at_everything:ThrowsAtEverything")
    code, output = run("smoke", "--adapter", throws, "--contract", door_contract_file)
    assert code == 1
    assert "✓ consent on: 3 event(s) arrived" in output
    place = str(FAUX / "throws_at_everything.py:11")
    what = r"✗ capture raised LookupError: no listener for '\w+'"
    assert re.search(rf"{what}\n  {re.escape(place)} in capture\n  and 5 more\n", output)
    assert output.count("LookupError") == 1
    assert "usual causes" not in output
    assert output.endswith(f"next: fix the adapter's capture ({place})\n")


@pytest.fixture
def smoked(run, direct, door_contract_file):
    """Exit code and output of a quick look, by the door counter's contract or claude-mem's."""

    def look(target, *, claude_mem):
        contract = "claude_mem" if claude_mem else door_contract_file
        return run("smoke", "--adapter", direct(target), "--contract", contract)

    return look


@pytest.mark.parametrize(
    ("adapter", "claude_mem", "named"),
    [
        ("DropsProperties", False, "✗ capture: none of the properties of door_opened arrived"),
        ("DropsTheSession", True, "✗ record and session/end: no observer_turn_rollup"),
        ("DropsTheRecord", True, "✗ record: observer_turn_rollup arrived without"),
    ],
)
def test_smoke_finds_an_adapter_that_answers_and_drops_arguments(
    smoked, adapter, claude_mem, named
):
    code, output = smoked(f"drops_arguments:{adapter}", claude_mem=claude_mem)
    assert code == 1
    assert named in output
    assert "next: let the adapter hand on all that it is given" in output


def test_smoke_of_what_cannot_capture_or_flush_warns(run, direct, door_contract_file):
    mute = direct("only_starts:OnlyStarts")
    code, output = run("smoke", "--adapter", mute, "--contract", door_contract_file)
    assert code == 1
    for op in ("capture", "flush"):
        assert output.count(f"- the adapter has no {op}, so ") == 1
    assert "next: " in output


def test_direct_finds_a_module_in_the_working_directory_and_so_do_workers(
    tmp_path, door_contract_file
):
    adapter = (door_contract_file.parent / "door_counter.py").read_text(encoding="utf-8")
    (tmp_path / "door_of_mine.py").write_text(adapter, encoding="utf-8")
    words = ["--adapter", "direct:door_of_mine:DoorCounterAdapter", "--contract"]
    command = [sys.executable, "-P", "-c", ENTRY, "check", *words, str(door_contract_file)]
    done = subprocess.run(
        [*command, "--only", "A4", "--workers", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_what_direct_cannot_import_is_tried_by_hand_with_the_same_python(refused):
    output = refused("smoke", "--adapter", "direct:no_such_module:Adapter")
    (line,) = (one for one in output.splitlines() if one.startswith("next: "))
    command, told, _ = line.removeprefix("next: ").partition(" shows the full traceback")
    assert told
    done = subprocess.run(
        shlex.split(command), capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert done.returncode == 1
    assert "No module named 'no_such_module'" in done.stderr


def test_a_name_with_brackets_is_printed_as_it_is(run, few, direct, door_contract_file):
    odd = direct("is_called_like_markup:IsCalledLikeMarkup")
    words = ("--adapter", odd, "--contract", door_contract_file)
    for code, output in (run("smoke", *words), run("check", *words, "--only", "W1")):
        assert code == 0
        assert "door [beta][/red]" in output


def test_clauses(run):
    code, output = run("clauses")
    assert code == 0
    for name, clause in every_clause().items():
        assert f"{name} {clause.name} ({clause.level})\n" in output
    code, output = run("clauses", "--json")
    assert json.loads(output).keys() == every_clause().keys()


def test_schemas(run):
    code, output = run("schema")
    assert code == 0
    assert DOCUMENTS.keys() <= json.loads(output)["$defs"].keys()
    for name in DOCUMENTS:
        assert json.loads(run("schema", name)[1])["$ref"].endswith(f"/{name}")


def test_contracts(run, door_contract_file, door_contract):
    code, output = run("contract", door_contract_file)
    assert code == 0
    for name in door_contract.events:
        assert name in output
    code, output = run("contract")
    assert code == 0
    assert "base, also on" in output


def test_a_contract_is_printed_as_it_is_written(run, door_contract_file, tmp_path):
    text = door_contract_file.read_text()
    odd = text.replace("Which door it was.", "Which [/door] it was.")
    (tmp_path / "odd.toml").write_text(odd.replace("Counts who", "Counts [/who]"))
    code, output = run("contract", "odd.toml")
    assert code == 0
    assert "Counts [/who]" in output
    assert "Which [/door] it was." in output


def test_help_and_version(run):
    code, output = run("--help")
    assert code == 0
    for command in main.commands:
        assert command in output
        assert run(command, "-h")[0] == 0
    assert run("--version")[0] == 0

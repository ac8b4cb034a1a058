"""``--format json``: stdout is one document, whatever else there is to say."""

import json
import signal
import subprocess
import sys

import jsonschema
import pytest
from click.testing import CliRunner

from payloadproof.clauses.clause import every_clause
from payloadproof.cli import main
from payloadproof.evidence.recording import Writer
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, save
from payloadproof.schema import schema

ENTRY = "from payloadproof.cli import main; main(prog_name='payloadproof')"
#: `schema` prints JSON anyway; `init` writes files, and talks to a person.
WITHOUT = {"schema", "init"}


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The exit code, the one document on stdout, and what was said on stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words, name=None):
        command, *rest = words
        line = [str(word) for word in (command, "--format", "json", *rest)]
        done = CliRunner().invoke(main, line)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        document = json.loads(done.stdout)
        if name:
            jsonschema.Draft202012Validator(schema(name)).validate(document)
        return done.exit_code, document, done.stderr

    return run


@pytest.fixture
def recorded(tmp_path, sent, event):
    """A recording of one event of this name."""

    def make(file, *names):
        path = tmp_path / file
        with path.open("wb") as raw:
            writer = Writer(raw, 0.0)
            for name in names:
                writer.add(sent(event(name)))
            writer.end()
        return path

    return make


def test_every_command_that_prints_has_a_format():
    without = {
        name
        for name, one in main.commands.items()
        if "--format" not in [opt for param in one.params for opt in param.opts]
    }
    assert without == WITHOUT


@pytest.mark.parametrize("command", sorted(set(main.commands) - WITHOUT))
@pytest.mark.parametrize("wrong", ["yaml", "JSON ", "", "text,json"])
def test_another_format_is_refused_and_the_two_are_named(command, wrong):
    done = CliRunner().invoke(main, [command, "--format", wrong])
    assert done.exit_code == 2
    assert "'text', 'json'" in done.stderr


def test_check(told, few, door):
    code, document, said = told("check", *door, "--only", "A1,W1", name="Report")
    assert code == 0
    assert [one["clause"] for one in document["verdicts"]]
    assert "checking door-counter" in said


def test_check_of_an_adapter_that_holds_the_streams_of_this_process(
    told, few, direct, door_contract_file, tmp_path
):
    wrong = direct("passes_unlisted_keys:PassesUnlistedKeys")
    words = ("--adapter", wrong, "--contract", door_contract_file, "--only", "A1")
    code, document, _ = told("check", *words, "--report", "json=r.json", name="Report")
    assert code == 1
    assert {one["clause"] for one in document["findings"]} == {"A1"}
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == document


def test_a_baseline_that_is_written_is_told_of_elsewhere(told, few, door):
    code, _, said = told("check", *door, "--only", "W1", "--write-baseline", "b.toml")
    assert code == 0
    assert "b.toml: 0 accepted" in said


def test_smoke(told, door, faux, door_contract_file):
    code, document, _ = told("smoke", *door, name="SmokeAnswer")
    assert (code, document["exit_code"]) == (0, 0)
    assert document["on"] > 0
    assert document["off"] == 0
    assert document["next"].startswith("payloadproof check ")
    words = ("--adapter", faux("sends_nothing"), "--contract", door_contract_file)
    code, document, _ = told("smoke", *words, name="SmokeAnswer")
    assert (code, document["exit_code"], document["on"]) == (1, 1, 0)
    assert document["causes"]


def test_replay(told, door, few, no_lingering, tmp_path):
    scenario = do.Scenario(steps=(do.Flush(),), env={}, now_ms=0)
    saved = Saved(
        clause="W1", message="m", adapter=door[1], contract=str(door[3]), scenario=scenario
    )
    file = save(tmp_path / ".payloadproof" / "failures", saved)
    code, document, said = told("replay", file, name="ReplayAnswer")
    assert (code, document["result"], document["clause"]) == (0, "FIXED", "W1")
    assert "adapter:" in said


def test_audit_and_diff(told, recorded, door_contract_file):
    one, two = recorded("one.jsonl", "door_opened"), recorded("two.jsonl", "door_opened", "new_one")
    code, document, _ = told("audit", two, "--contract", door_contract_file, name="Report")
    assert code == 1
    assert "A4" in {finding["clause"] for finding in document["findings"]}
    code, document, said = told("diff", one, two, name="DiffAnswer")
    assert (code, document["exit_code"]) == (1, 1)
    assert [(x["what"], x["place"], x["reason"]) for x in document["changes"]] == [
        ("new", "new_one", None)
    ]
    assert "next: give each a reason" in said


def test_the_exit_code_of_a_diff_whose_side_is_damaged_is_in_it_too(told, tmp_path):
    whole = json.dumps({"event": "door_opened", "properties": {}, "distinct_id": "one"})
    (tmp_path / "one.jsonl").write_text(whole + "\n")
    (tmp_path / "two.jsonl").write_text(whole + "\n{\n")
    code, document, said = told("diff", "one.jsonl", "two.jsonl", name="DiffAnswer")
    assert (code, document["exit_code"]) == (2, 2)
    assert "could not be audited" in said


def test_bill(told, recorded):
    file = recorded("one.jsonl", "door_opened")
    code, document, said = told("bill", file, "--installs", 10, "--days", 1, "--limit", 1_000)
    assert code == 0
    assert document["installs"] == 10
    assert "within the limit" in said


def test_clauses_and_contract(told, door_contract_file):
    code, document, _ = told("clauses")
    assert code == 0
    assert {*document} == {*every_clause()}
    assert CliRunner().invoke(main, ["clauses", "--json"]).stdout == (
        CliRunner().invoke(main, ["clauses", "--format", "json"]).stdout
    )
    code, document, _ = told("contract", door_contract_file)
    assert code == 0
    assert document["product"]["name"] == "door-counter"


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--isolate", "--contract", "claude_mem"),
        ("--no-isolate", "--contract", "claude_mem"),
        ("--scratch", "--contract", "claude_mem"),
    ],
)
def test_record_of_a_command_that_prints(tmp_path, options):
    command = (sys.executable, "-c", "print('its own')")
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, "record", "--format", "json", *options, "--", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    jsonschema.Draft202012Validator(schema("Report")).validate(json.loads(done.stdout))
    assert "its own" in done.stderr


def test_record_until_ctrl_c(start, tmp_path):
    running = start("record", "--format", "json", "--out", "r.jsonl")
    assert "Recording" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    stdout, said = running.communicate(timeout=30)
    assert running.returncode == 0, said
    document = json.loads(stdout)
    jsonschema.Draft202012Validator(schema("RecordAnswer")).validate(document)
    assert (tmp_path / document["recording"]).exists()
    assert document["next"].startswith("payloadproof audit r.jsonl")


def test_the_plan_of_a_probe(told):
    code, document, _ = told("probe", "--plan", "--", sys.executable, "-c", "", name="PlanAnswer")
    assert code == 0
    assert document["runs"] > 1


def test_an_error_leaves_stdout_empty():
    done = CliRunner().invoke(main, ["audit", "nowhere.jsonl", "--format", "json"])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "error:" in done.stderr


def test_a_document_is_utf_8_where_the_terminal_is_not(tmp_path, door_contract_file):
    text = door_contract_file.read_text(encoding="utf-8").replace("Counts who", "Zählt, wer")
    (tmp_path / "door.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, "contract", "door.toml", "--format", "json"],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert "Zählt" in json.loads(done.stdout)["product"]["description"]

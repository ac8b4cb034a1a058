"""The command line: what it answers, and that no mistake of a user ends in a traceback."""

import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from payloadproof.adapters.connect import REFERENCE
from payloadproof.audit.audit import WIRE
from payloadproof.clauses.clause import clauses
from payloadproof.cli import main
from payloadproof.protocol import messages
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, save
from payloadproof.schema import DOCUMENTS, schema

GOOD = {
    "event": "search_performed",
    "distinct_id": "install-1",
    "properties": {"result_count": 3, "$process_person_profile": False},
}
FAUX = Path(__file__).parent.parent / "fauxmplementations"
ENTRY = "import sys; from payloadproof.cli import main; main(prog_name='payloadproof')"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command line in an empty directory; the exit code and all that was printed."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def refused(run):
    """What is printed to a user whose command line or input is wrong."""

    def invoke(*words):
        code, output = run(*words)
        assert code == 2, output
        assert output.strip()
        return output

    return invoke


@pytest.fixture
def impatient(monkeypatch):
    for params in messages.OPS.values():
        monkeypatch.setattr(params, "deadline_s", 0.5)


@pytest.fixture
def no_lingering(monkeypatch):
    monkeypatch.setattr("payloadproof.run.replay.LINGER_S", 0.1)


@pytest.fixture
def door(door_counter, door_contract_file):
    """The options that name the sound door counter."""
    return ("--adapter", door_counter, "--contract", door_contract_file)


# bad input


@pytest.mark.parametrize("command", ["check", "smoke"])
@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("node adapter.mjs", "names no adapter"),
        ("direct:no_such_module:Adapter", "cannot be imported"),
        ("cmd:/no/such/command", "cannot be run"),
        ("cmd:", "names no command"),
        ("", "names no adapter"),
        ("[/bold]", "names no adapter"),
    ],
)
def test_an_unknown_adapter(refused, command, adapter, said):
    output = refused(command, "--adapter", adapter)
    assert said in output
    assert "next:" in output


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", ["check", "smoke"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("exits_at_once", "exited with code 0 during initialize"),
        ("hangs", "initialize got no reply within"),
        ("prints_garbage_only", "Hello! I am no protocol."),
        ("answers_the_wrong_id", "answered id 42 to request 1"),
        ("answers_two_kinds_in_one_reply", "initialize got no reply within"),
        ("speaks_protocol_99", "speaks protocol 99"),
        ("floods_stdout", "10,000 lines"),
        ("reports_an_error_of_its_own", "DIR is no checkout"),
    ],
)
def test_an_adapter_that_does_not_keep_the_protocol(refused, faux, command, name, said):
    output = refused(command, "--adapter", faux(name))
    assert said in output
    assert "next:" in output


def test_an_adapter_that_breaks_in_the_middle_of_a_run(refused, few, direct, door_contract_file):
    broken = direct("breaks_after_a_while:BreaksAfterAWhile")
    output = refused("check", "--adapter", broken, "--contract", door_contract_file)
    assert "the checkout has gone" in output


@pytest.mark.parametrize("command", ["check", "smoke", "contract", "record", "audit"])
@pytest.mark.parametrize("source", ["nowhere.toml", "claude_meme", ".", "broken.toml", "bare.toml"])
def test_a_missing_or_malformed_contract(refused, tmp_path, command, source):
    (tmp_path / "broken.toml").write_text("format = [1")
    (tmp_path / "bare.toml").write_text("format = 1")
    (tmp_path / "r.jsonl").write_text("")
    words = {"contract": [source], "audit": ["r.jsonl", "--contract", source]}
    output = refused(command, *words.get(command, ["--contract", source]))
    assert source in output
    assert "expected" in output


@pytest.mark.parametrize("only", ["Z9", "A1,Z9", "", ",", "c1;c2", "[/]"])
def test_an_unknown_clause(refused, only):
    output = refused("check", "--only", only)
    assert "clause" in output
    assert "next:" in output


def test_a_clause_is_guessed(refused):
    assert "did you mean" in refused("check", "--only", "A9")


@pytest.mark.parametrize(
    "report", ["json=/no/such/dir/r.json", "json=.", "json=", "r.json", "xml=r.xml", ""]
)
@pytest.mark.parametrize("command", ["check", "audit"])
def test_a_report_that_cannot_be_written(refused, tmp_path, command, report):
    (tmp_path / "r.jsonl").write_text("")
    words = ["audit", "r.jsonl"] if command == "audit" else ["check"]
    output = refused(*words, "--report", report)
    assert f"--report {report}" in output


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--profile", "huge"),
        ("check", "--seed", "many"),
        ("check", "--no-such-option"),
        ("no-such-command",),
        ("replay",),
        ("audit",),
    ],
)
def test_a_wrong_usage(refused, words):
    assert "Usage:" in refused(*words)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"hello\n", "nothing that can be audited"),
        (b"", "it is empty"),
        (b'{"recording":1,"payloadproof":"1"}\n', "it has no end"),
        (b'{"recording":1,"payloadproof":"1"}\n{"number":1', "line 2: "),
        (b'{"recording":1,"payloadproof":"1"}\n{"requests":3}\n', "counts 3 requests"),
    ],
)
def test_a_recording_that_is_truncated_or_none(refused, tmp_path, content, said):
    if content is not None:
        (tmp_path / "r.jsonl").write_bytes(content)
    output = refused("audit", "r.jsonl")
    assert said in output
    assert "r.jsonl" in output


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("hello", "is not a saved scenario"), ("{}", "is not a saved")],
)
def test_a_scenario_that_is_none(refused, tmp_path, content, said):
    if content is not None:
        (tmp_path / "s.json").write_text(content)
    assert said in refused("replay", "s.json")


def test_a_scenario_of_an_unknown_clause(refused, tmp_path):
    scenario = do.Scenario(steps=(do.Flush(),), now_ms=0)
    saved = Saved(
        clause="Z9", message="m", adapter=REFERENCE, contract="claude_mem", scenario=scenario
    )
    output = refused("replay", save(tmp_path, saved))
    assert "no clause 'Z9'" in output


def test_an_unknown_schema(refused):
    assert "did you mean Report?" in refused("schema", "Reprot")


def test_a_recording_that_cannot_be_written(refused):
    assert "cannot be written" in refused("record", "--out", "/no/such/dir/r.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it takes a full disk to write to")
def test_a_full_disk_is_told_and_no_result(refused, tmp_path):
    (tmp_path / "r.json").write_text('[{"event": "search_performed"}]')
    golden = str(tmp_path / "r.json")
    for words in (("audit", "--report", "json=/dev/full", golden), ("diff", golden, golden)):
        more = ("--out", "/dev/full") if words[0] == "diff" else ()
        assert "/dev/full cannot be written: No space left" in refused(*words, *more)


def test_what_proves_nothing_says_what_to_look_at(run, tmp_path):
    (tmp_path / "r.json").write_text("[]")
    code, output = run("audit", str(tmp_path / "r.json"))
    assert code == 1
    assert "next: nothing arrived, so nothing was proved" in output


@pytest.mark.parametrize("problem", [RecorderFull("over 9 bytes"), RecorderBroken("a bug")])
def test_a_recorder_that_fails_is_a_message_too(refused, monkeypatch, problem):
    def fail(*_):
        raise problem

    monkeypatch.setattr("payloadproof.run.check.smoke", fail)
    assert str(problem) in refused("smoke")


# what it answers


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
    assert f"judged by {door[-1]}\n" in output
    assert re.search(r"next: payloadproof check --adapter .+ --contract .+\n$", output)


def test_smoke_of_what_sends_nothing_names_the_contract_that_was_not_named(
    run, faux, door_contract_file
):
    silent = ("smoke", "--adapter", faux("sends_nothing"))
    code, output = run(*silent)
    assert code == 1
    assert output.startswith("faux unknown answers, judged by claude_mem\n")
    forgotten = "  - it was judged by claude_mem, the default: name yours with --contract\n"
    assert f"usual causes:\n{forgotten}" in output
    assert "next: mend it, then payloadproof smoke --adapter" in output
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
    assert output.endswith(f"next: mend the adapter's capture ({place})\n")


def test_smoke_of_what_cannot_capture_or_flush_warns(run, direct, door_contract_file):
    mute = direct("only_starts:OnlyStarts")
    code, output = run("smoke", "--adapter", mute, "--contract", door_contract_file)
    assert code == 1
    for op in ("capture", "flush"):
        assert output.count(f"- the adapter has no {op}: ") == 1
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
    command, told, _ = line.removeprefix("next: ").partition(" shows the whole traceback")
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
    for name, clause in clauses().items():
        assert f"{name} {clause.name} ({clause.level})\n" in output
    code, output = run("clauses", "--json")
    assert json.loads(output).keys() == clauses().keys()


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


# as a process of its own


@pytest.fixture
def start(tmp_path):
    """A command line in a process of its own, ended after the test."""
    with contextlib.ExitStack() as stack:

        def run(*words):
            process = subprocess.Popen(
                [sys.executable, "-c", ENTRY, *words],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


@pytest.mark.parametrize("name", ["exits_at_once", "answers_the_wrong_id"])
def test_bad_input_in_a_process_of_its_own(start, faux, name):
    process = start("check", "--adapter", faux(name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("error: ")
    assert "Traceback" not in out + err


def test_a_run_that_is_interrupted_says_so(start, door):
    process = start("check", *map(str, door), "--profile", "ci")
    assert process.stdout.readline().startswith("checking door-counter")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "error: interrupted; what was found so far is not a result\n"


def recorded(start, *events, out_file="r.jsonl"):
    """Records what is posted and ends as a user would: Ctrl-C."""
    process = start("record", "--out", out_file)
    for line in process.stdout:
        told = re.search(r"CLAUDE_MEM_TELEMETRY_HOST=http://127\.0\.0\.1:(\d+) \S+=(\S+)", line)
        if told:
            break
    port, token = told.groups()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    body = json.dumps({"api_key": token, "batch": events})
    connection.request("POST", "/batch/", body)
    assert json.loads(connection.getresponse().read()) == {"status": "Ok"}
    connection.close()
    for line in process.stdout:
        if "/batch/" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "1 request(s)" in out
    assert f"payloadproof audit {shlex.quote(out_file)}" in out


def test_a_file_is_named_as_it_is(start, run):
    name = "a recording [red] of what by the end of the day nobody would want to keep.jsonl"
    recorded(start, GOOD, out_file=name)
    assert run("audit", name)[0] == 0


def test_what_is_recorded_is_audited(start, run, tmp_path):
    recorded(start, GOOD)
    code, output = run("audit", "r.jsonl", "--report", "json=report.json")
    assert code == 0, output
    report = json.loads((tmp_path / "report.json").read_bytes())
    passed = {one["clause"] for one in report["verdicts"] if one["verdict"] == "passed"}
    # One search: nothing of errors, of persons or of the past.
    assert passed == {name for name in WIRE if name[0] not in "EF" and name != "P2"}


def test_what_is_recorded_and_wrong_is_found(start, run, tmp_path):
    wrong = {**GOOD, "properties": {"project": "acme-secret-project", "outcome": {"deep": 1}}}
    recorded(start, GOOD, wrong)
    code, output = run("audit", "r.jsonl", "--report", "json=report.json")
    assert code == 1
    for name in ("A1", "A2", "P1"):
        assert re.search(rf"{name} .+ MUST +failed", output)
    assert "acme-secret" not in output
    report = (tmp_path / "report.json").read_text()
    assert "acme-secret" not in report
    jsonschema.Draft202012Validator(schema("Report")).validate(json.loads(report))


def test_a_recording_that_lost_its_end_is_audited_as_far_as_it_goes(start, run, tmp_path):
    recorded(start, {**GOOD, "event": "undeclared_event"})
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")
    code, output = run("audit", "r.jsonl")
    assert code == 2
    assert re.search(r"A4 undeclared events +MUST +failed", output)
    assert "r.jsonl, line 2: it has no end" in output


def test_one_file_that_cannot_be_read_does_not_hide_the_others(start, run):
    recorded(start, {**GOOD, "event": "undeclared_event"})
    code, output = run("audit", "nowhere.jsonl", "r.jsonl")
    assert code == 2
    assert re.search(r"A4 undeclared events +MUST +failed", output)
    assert "nowhere.jsonl cannot be read" in output


def test_a_release_that_sends_something_new_needs_a_reason(start, run, tmp_path):
    recorded(start, GOOD, out_file="old.jsonl")
    recorded(
        start, {**GOOD, "properties": {**GOOD["properties"], "locale": "en"}}, out_file="new.jsonl"
    )
    code, output = run("diff", "old.jsonl", "new.jsonl", "--out", "page.md")
    assert code == 1
    assert "next: give each a reason, a line " in output
    assert "--reasons" in output
    assert "`search_performed.locale`" in output
    assert (tmp_path / "page.md").read_text().strip() in output
    (tmp_path / "why.txt").write_text("search_performed.locale: to sort by language\n")
    code, output = run("diff", "old.jsonl", "new.jsonl", "--reasons", "why.txt")
    assert code == 0
    assert "next:" not in output

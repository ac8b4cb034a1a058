"""No mistake of a user ends in a traceback."""

from pathlib import Path

import pytest

from payloadproof.adapters.connect import REFERENCE
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, save


@pytest.mark.parametrize("command", ["check", "smoke"])
@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("node adapter.mjs", "is not an adapter"),
        ("direct:no_such_module:Adapter", "cannot be imported"),
        ("cmd:/no/such/command", "cannot be run"),
        ("cmd:", "there is no command after cmd:"),
        ("", "is not an adapter"),
        ("[/bold]", "is not an adapter"),
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


def test_a_link_to_a_file_that_is_not_there_yet_stays_one(run, tmp_path):
    (tmp_path / "events.json").write_text('[{"event": "e", "distinct_id": "i", "properties": {}}]')
    (tmp_path / "link").symlink_to("changes.md")
    assert run("diff", "events.json", "events.json", "--out", "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert "Nothing is new" in (tmp_path / "changes.md").read_text()


def test_what_is_said_of_an_argument_is_not_said_of_an_option_whose_value_is_a_word_in_it(
    refused, tmp_path
):
    (tmp_path / "events.json").write_text("7")
    out = refused("contract", "--from-schema", "--name", "schema", "events.json")
    assert out.startswith("error: events.json cannot be imported"), out

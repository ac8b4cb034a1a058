"""The command line as a process of its own: signals, streams, and what is recorded."""

import http.client
import json
import re
import shlex
import signal

import jsonschema
import pytest

from payloadproof.audit.asked import WIRE
from payloadproof.schema import schema

GOOD = {
    "event": "search_performed",
    "distinct_id": "install-1",
    "properties": {"result_count": 3, "$process_person_profile": False},
}


@pytest.mark.parametrize("name", ["exits_at_once", "answers_the_wrong_id"])
def test_bad_input_in_a_process_of_its_own(start, faux, name):
    process = start("check", "--adapter", faux(name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    said, _, err = err.partition("\n")
    assert said.startswith("no contract: ")
    assert err.startswith("error: ")
    assert "Traceback" not in out + err


def test_a_run_that_is_interrupted_says_so(start, door):
    process = start("check", *map(str, door), "--profile", "ci")
    assert process.stdout.readline().startswith("checking door-counter")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "error: interrupted, so there is no result\n"


def recorded(start, *events, out_file="r.jsonl"):
    """Records what is posted and ends as a user would: Ctrl-C."""
    process = start("record", "--contract", "claude_mem", "--out", out_file)
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
        assert re.search(rf"✗ {name} .+: .+; expected ", output)
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
    assert re.search(r"✗ A4 undeclared events: ", output)
    assert "r.jsonl, line 2: it has no end" in output


def test_one_file_that_cannot_be_read_does_not_hide_the_others(start, run):
    recorded(start, {**GOOD, "event": "undeclared_event"})
    code, output = run("audit", "nowhere.jsonl", "r.jsonl")
    assert code == 2
    assert re.search(r"✗ A4 undeclared events: ", output)
    assert "nowhere.jsonl cannot be read" in output


def test_a_release_that_sends_something_new_needs_a_reason(start, run, tmp_path):
    recorded(start, GOOD, out_file="old.jsonl")
    recorded(
        start, {**GOOD, "properties": {**GOOD["properties"], "locale": "en"}}, out_file="new.jsonl"
    )
    code, output = run("diff", "old.jsonl", "new.jsonl", "--out", "page.md")
    assert code == 1
    assert "next: give each a reason, a line in a file for --reasons like this: " in output
    assert "--reasons" in output
    assert "`search_performed.locale`" in output
    assert (tmp_path / "page.md").read_text().strip() in output
    (tmp_path / "why.txt").write_text("search_performed.locale: to sort by language\n")
    code, output = run("diff", "old.jsonl", "new.jsonl", "--reasons", "why.txt")
    assert code == 0
    assert "next:" not in output

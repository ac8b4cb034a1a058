"""`payloadproof contract`: checked, drafted from what was sent, and what is wrong with that."""

import gzip
import json
import uuid

import pytest

from payloadproof.contract import load

EVENTS = [
    {
        "event": "boiled",
        "distinct_id": str(uuid.UUID(int=7, version=4)),
        "uuid": str(uuid.UUID(int=number, version=4)),
        "timestamp": "2026-11-21T10:01:00.000000+00:00",
        "properties": {"cups": number, "kind": "green", "said": "boil it", "$ip": "x"},
    }
    for number in range(1, 5)
]


@pytest.fixture
def exported(tmp_path):
    def write(*events, name="events.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        return path

    return write


def test_a_draft_of_an_export_loads_and_audits_what_it_came_from(run, exported, tmp_path):
    path = exported(*EVENTS)
    code, text = run("contract", "--from", path, "--name", "kettle")
    assert code == 0
    draft = tmp_path / "draft.toml"
    draft.write_text(text)
    assert load(draft).product.name == "kettle"
    code, out = run("contract", draft)
    assert code == 0
    assert "are marked TODO" in out
    # The free text and the unknown $ key are what the draft marks.
    code, out = run("audit", "--contract", draft, "--strict", "--verbose", path)
    assert code == 1
    assert "A6 malformed values" in out
    assert "A3 unknown $ keys" in out
    for clause in ("A1 unlisted keys", "A2 plain short values", "A4 undeclared events"):
        (line,) = [one for one in out.splitlines() if clause in one and "passed" in one][:1]
        assert line.startswith("✓")


def test_several_recordings_make_one_draft(run, exported, tmp_path):
    one = exported(EVENTS[0], name="one.jsonl")
    other = tmp_path / "two.jsonl.gz"
    started = EVENTS[1] | {"event": "started", "properties": {"cups": -1}}
    other.write_bytes(gzip.compress(json.dumps(started).encode()))
    _, text = run("contract", "--from", one, other)
    assert "[events.boiled]" in text
    assert "[events.started]" in text
    assert 'type = "integer"' in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "nothing that can be"),
        (b"\x00\x01\x02" * 1_000, "nothing that can be"),
        (b'{"event": "boiled"', "nothing that can be"),
        (b'{"api_key": "phc_x", "batch": []}', "there is no event"),
    ],
)
def test_a_recording_without_events_makes_no_draft(refused, tmp_path, content, said):
    path = tmp_path / "recording.jsonl"
    path.write_bytes(content)
    out = refused("contract", "--from", path)
    assert said in " ".join(out.split())
    assert "[events" not in out


def test_no_recording_and_a_missing_one_are_refused(refused, tmp_path):
    assert "names no recording" in refused("contract", "--from")
    assert "no-such" in refused("contract", "--from", tmp_path / "no-such.jsonl")


def test_two_contracts_at_once_are_refused(refused):
    assert "one contract at a time" in refused("contract", "claude_mem", "claude_mem")


def test_a_damaged_line_costs_itself_and_is_said(run, exported):
    path = exported(*EVENTS)
    with path.open("a") as file:
        file.write('{"event": "boi\n')
    code, out = run("contract", "--from", path)
    assert code == 2
    assert "[events.boiled]" in out
    assert "1 line(s) could not be" in out


def test_all_errors_of_a_contract_are_printed_in_one_run(refused, tmp_path):
    path = tmp_path / "contract.toml"
    bad = "".join(f'[properties.p{n}]\ntype = "nubmer"\n' for n in range(10))
    path.write_text("format = 1\n" + bad)
    out = refused("contract", path)
    assert out.count('did you mean "number"?') == 10
    assert out.count("properties.p7.description") == 1
    assert "has 2" in out.splitlines()[0]


def test_a_share_that_is_not_judged_is_told(run, sampled):
    code, out = run("contract", sampled('{ share = 0.1, by = "install" }'))
    assert code == 0
    assert "boiled: sent for 0.1 of the installs; its share is not judged" in " ".join(out.split())


@pytest.mark.parametrize("command", ["probe", "record"])
def test_what_chance_sends_is_not_due(refused, sampled, command):
    path = sampled("{ share = 0.1 }")
    out = refused(command, "--contract", path, "--due", "boiled=3", "--", "true")
    assert "chance says how many" in " ".join(out.split())


DESCRIBED = {"properties": {"event": {"const": "boiled"}, "properties": {"properties": {}}}}


def test_schemas_and_definitions_make_one_draft(run, tmp_path):
    page = {"results": [{"name": "filled", "created_at": None}], "next": None}
    known = {"results": [{"name": "plan", "property_type": "String"}]}
    for name, document in (("a", DESCRIBED), ("b", page), ("person_properties", known)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8-sig")
    files = ("a.json", "b.json", "person_properties.json")
    code, text = run("contract", "--from-schema", *files, "--name", "kettle")
    assert code == 0
    draft = tmp_path / "draft.toml"
    draft.write_text(text)
    contract = load(draft)
    assert [*contract.events] == ["boiled", "filled"]
    assert contract.person == ("plan",)
    assert contract.product.name == "kettle"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"7", "neither a JSON Schema"),
        (b"[]", "neither a JSON Schema"),
        (b'["boiled"]', "neither a JSON Schema"),
        (b'{"results": []}', "no event and no property"),
    ],
)
def test_what_describes_nothing_is_refused(refused, tmp_path, content, said):
    (tmp_path / "events.json").write_bytes(content)
    assert said in " ".join(refused("contract", "--from-schema", "events.json").split())


def test_a_schema_that_is_not_there_and_two_ways_at_once_are_refused(refused):
    assert "No such file" in refused("contract", "--from-schema", "no-such.json")
    assert "names no file" in refused("contract", "--from-schema")
    assert "one of the two" in refused("contract", "--from", "--from-schema", "x")


def test_a_schema_that_is_very_large_is_not_read(refused, tmp_path, monkeypatch):
    monkeypatch.setattr("payloadproof.cli.contract._IMPORTED_MAX", 1 << 20)
    (tmp_path / "events.json").write_bytes(b" " * ((1 << 20) + 1))
    assert "larger than 1 MiB" in refused("contract", "--from-schema", "events.json")

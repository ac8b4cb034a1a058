"""The comparison with what was judged: it fails where something is new, and where one is gone.

And the contracts of the programs, over what a program of ours sends that keeps to them.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import published

from payloadproof.audit.audit import Audit
from payloadproof.clauses.clause import every_clause
from payloadproof.contract import load
from payloadproof.contract.posthog import keys_of
from payloadproof.evidence.files import read
from payloadproof.generate.payloads import plain
from payloadproof.schema import schema

FINDING = {"clause": "C12", "fingerprint": "sent to h.example with DO_NOT_TRACK=1"}
TITLE = "C12 DO_NOT_TRACK: sent to h.example with DO_NOT_TRACK=1"
CONTRACT = Path("contract.toml")
OTHER = "C14 the notice comes first: no notice"
KNOWN = {
    "package": "it",
    "version": "1.0",
    "from": "pypi",
    "off": "OFF=1",
    "run": ["it.py"],
    "quick": ["with DO_NOT_TRACK=1"],
    "judged": [{"finding": TITLE, "run": "with DO_NOT_TRACK=1", "because": "True: so it is."}],
}


@pytest.fixture
def judged(monkeypatch, tmp_path):
    """What is strange about a program in which ``findings`` are found."""

    def judge(*findings, known=KNOWN, whole=False, used=()):
        report = {"findings": findings, "scenarios": 3}
        monkeypatch.setattr(published, "probed", lambda *_: report)
        bill = "a month: nothing"
        monkeypatch.setattr(published, "recorded", lambda *_: {"findings": used, "bill": bill})
        return published.judged("it", known, tmp_path, whole=whole)

    return judge


def test_what_was_judged_is_as_expected_and_its_judgement_is_shown(judged, capsys):
    assert judged(FINDING) == []
    assert "True: so it is." in capsys.readouterr().out


def test_a_new_finding_is_strange(judged, capsys):
    new = {"clause": "C14", "fingerprint": "no notice"}
    assert judged(FINDING, new) == [f"it: not judged yet: {OTHER}"]
    assert "not judged yet" in capsys.readouterr().out


def test_a_finding_that_is_gone_is_strange(judged):
    assert judged() == [f"it: no longer found: {TITLE}"]


def test_a_finding_that_a_busy_machine_hides_may_be_gone_and_is_known_where_it_is_there(judged):
    near = {"finding": OTHER, "sometimes": True, "because": "True."}
    known = {**KNOWN, "judged": [*KNOWN["judged"], near]}
    assert judged(FINDING, known=known) == []
    assert judged(FINDING, {"clause": "C14", "fingerprint": "no notice"}, known=known) == []
    assert judged(known=known) == [f"it: no longer found: {TITLE}"]


def test_the_same_finding_about_another_place_is_two_strange_things(judged):
    assert len(judged({**FINDING, "fingerprint": "sent to other.example"})) == 2


def test_what_takes_a_run_that_is_not_made_is_not_missed_and_in_a_whole_probe_it_is(judged):
    later = {"finding": OTHER, "run": "home read-only", "because": "True."}
    known = {**KNOWN, "judged": [*KNOWN["judged"], later]}
    assert judged(FINDING, known=known) == []
    assert judged(FINDING, known=known, whole=True) == [f"it: no longer found: {OTHER}"]


def test_what_the_first_run_shows_is_missed_whichever_runs_are_made(judged):
    first = {"finding": OTHER, "because": "True."}
    known = {**KNOWN, "judged": [*KNOWN["judged"], first]}
    assert judged(FINDING, known=known) == [f"it: no longer found: {OTHER}"]


USED = {
    "clause": "A6",
    "observed": "a value that is not a UUID, 1,204 times",
    "evidence": ['request 1 POST /batch/, event "made", key "collection"', "..."],
}
OF_CONTRACT = 'A6 malformed values: a value that is not a UUID under "collection"'


def test_what_breaks_the_contract_is_judged_too_whatever_its_number(judged):
    assert judged(FINDING, used=[USED]) == [f"it: not judged yet: {OF_CONTRACT}"]
    known = {**KNOWN, "judged": [*KNOWN["judged"], {"finding": OF_CONTRACT, "because": "True."}]}
    assert judged(FINDING, known=known, used=[USED]) == []
    once = {**USED, "observed": "a value that is not a UUID"}
    assert judged(FINDING, known=known, used=[once]) == []
    assert judged(FINDING, known=known) == [f"it: no longer found: {OF_CONTRACT}"]


def test_what_a_recording_finds_and_a_probe_too_is_one_finding(judged):
    asked = {"clause": "W6", "fingerprint": "names are looked up", "observed": "a", "evidence": []}
    (one,) = judged(FINDING, asked, used=[asked])
    assert one == "it: not judged yet: W6 connections elsewhere: names are looked up"


def test_a_key_that_the_finding_names_is_named_once():
    said = 'key "machine_id", which the contract does not list'
    finding = {"clause": "A1", "observed": said, "evidence": ['event "x", key "machine_id"']}
    assert published.by_contract(finding) == f"A1 unlisted keys: {said}"


def test_a_recording_without_a_report_is_an_error_and_no_silence(monkeypatch, capsys):
    refuses = "print('it will not'); raise SystemExit(2)"
    monkeypatch.setattr(published, "RECORD", (sys.executable, "-c", refuses))
    with pytest.raises(SystemExit) as ended:
        published.recorded(KNOWN, ["it"], Path("contract.toml"))
    assert ended.value.code == 2
    assert "exit code is 2" in (said := capsys.readouterr().err)
    assert "it will not" in said


def test_what_is_recorded_has_its_files_and_variables_and_words(monkeypatch):
    say = (
        "import json, os, pathlib, sys; words = sys.argv[1:];"
        " report = words[words.index('--report') + 1].removeprefix('json=');"
        " said = {'words': words, 'file': pathlib.Path('c').read_text(), 'A': os.environ['A']};"
        " json.dump(said, open(report, 'w'))"
    )
    monkeypatch.setattr(published, "RECORD", (sys.executable, "-c", say))
    monkeypatch.setattr(published, "billed", lambda _: "nothing")
    known = {**KNOWN, "set": ["A=1"], "file": ["c=about {prompt}"]}
    said = published.recorded(known, ["it", "{prompt}"], Path("contract.toml"))
    assert said["words"][-3:] == ["--", "it", "tea"]
    assert (said["file"], said["A"], said["bill"]) == ("about tea", "1", "nothing")


def test_a_probe_without_a_report_is_an_error_and_no_silence(monkeypatch, capsys):
    monkeypatch.setattr(published, "PROBE", (sys.executable, "-c", "raise SystemExit(2)"))
    with pytest.raises(SystemExit) as ended:
        published.probed(KNOWN, ["it"], CONTRACT, (), 60)
    assert ended.value.code == 2
    assert "exit code is 2" in capsys.readouterr().err


def test_a_probe_that_does_not_end_is_ended(monkeypatch, capsys):
    class Late(subprocess.Popen):
        """Its time is over at once; it ends by Ctrl-C's signal."""

        def wait(self, timeout=None):
            if timeout == 60:
                self.stdout.readline()
                raise subprocess.TimeoutExpired("probe", timeout)
            return super().wait(timeout)

    hangs = "import signal; print('there', flush=True); signal.pause()"
    monkeypatch.setattr(published, "PROBE", (sys.executable, "-c", hangs))
    real = Late

    def opened(words, **about):
        return real(words, **about, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    monkeypatch.setattr(published.subprocess, "Popen", opened)
    with pytest.raises(SystemExit) as ended:
        published.probed(KNOWN, ["it"], CONTRACT, (), 60)
    assert ended.value.code == 2
    assert "not done within 60 s" in capsys.readouterr().err


def test_the_options_of_known_toml_are_given_to_the_probe(monkeypatch):
    say = (
        "import json, sys; words = sys.argv[1:];"
        " report = words[words.index('--report') + 1].removeprefix('json=');"
        " json.dump(words, open(report, 'w'))"
    )
    monkeypatch.setattr(published, "PROBE", (sys.executable, "-c", say))
    known = {**KNOWN, "set": ["A=1", "B=2"], "file": ["c=d"]}
    words = published.probed(known, ["it", "{secret}"], CONTRACT, ("one", "two"), 60)
    text = json.dumps(words)
    for pair in (["--set", "B=2"], ["--file", "c=d"], ["--only", "two"], ["--off", "OFF=1"]):
        assert json.dumps(pair)[1:-1] in text
    assert words[-3:] == ["--", "it", "{secret}"]


@pytest.mark.parametrize("name", published.KNOWN)
def test_each_program_of_known_toml_is_told_whole(name):
    known = published.KNOWN[name]
    assert {"package", "version", "from", "judged_on", "off", "run", "judged"} <= known.keys()
    names = [one["finding"] for one in known["judged"]]
    assert len(set(names)) == len(names)
    for one in known["judged"]:
        assert one["because"].startswith("True"), one["because"]
        clause, _, _ = one["finding"].partition(" ")
        assert one["finding"].startswith(f"{clause} {every_clause()[clause].name}: ")
    if known["from"] == "pypi":
        assert (published.HERE / "drivers" / known["run"][0]).is_file()


@pytest.mark.parametrize("name", published.KNOWN)
def test_each_program_has_a_contract_that_loads_and_fits_the_schema(name):
    file = published.CONTRACTS / name / "contract.toml"
    contract = load(str(file))
    assert contract.wire.hosts
    assert contract.consent.layers
    assert contract.consent.layers[0].variable == published.KNOWN[name]["off"].partition("=")[0]
    told = json.loads(msgspec.json.encode(schema("Contract")))
    jsonschema.validate(tomllib.loads(file.read_text(encoding="utf-8")), told)
    assert "TODO" not in file.read_text(encoding="utf-8")


def test_there_is_no_contract_of_a_program_that_is_not_judged():
    assert {one.name for one in published.CONTRACTS.iterdir()} == published.KNOWN.keys()


def kept_to(contract, **more):
    """One of each event that a contract allows, as an export, from a program of ours."""
    for number, (name, event) in enumerate(contract.events.items()):
        keys = {*event.properties, *(contract.base if event.base else ())}
        values = {key: plain(contract.properties[key]) for key in keys}
        properties = {key: value for key, value in values.items() if value is not None}
        if "$process_person_profile" in contract.wire.directives:
            properties["$process_person_profile"] = False
        if contract.wire.geoip_disable:
            properties["$geoip_disable"] = True
        if person := {key: plain(contract.properties[key]) for key in contract.person}:
            properties["$set"] = person
        yield {
            "event": name,
            "distinct_id": "0c4f2b8e-5c1d-4b7a-9d63-2a51c0e7f9b4",
            "uuid": f"0c4f2b8e-5c1d-4b7a-9d63-{number:012x}",
            "timestamp": "2026-11-29T10:00:00Z",
            "properties": properties | more,
        }


def broken(contract, events, place):
    """The clauses that an export breaks."""
    place.write_text("".join(f"{json.dumps(one)}\n" for one in events), encoding="utf-8")
    audit = Audit(contract, strict=True)
    audit.add(read(place))
    return {one.clause for one in audit.report("it").verdicts if one.verdict == "failed"}


@pytest.mark.parametrize("name", published.KNOWN)
def test_each_contract_lets_a_program_pass_that_keeps_to_it_and_no_other(name, tmp_path):
    contract = load(str(published.CONTRACTS / name / "contract.toml"))
    export = tmp_path / "events.jsonl"
    assert broken(contract, kept_to(contract), export) == set()
    assert "A1" in broken(contract, kept_to(contract, of_nobody=1), export)
    stray = [{**one, "event": "of nobody"} for one in kept_to(contract)]
    assert "A4" in broken(contract, stray, export)
    assert not keys_of("of nobody")


def test_a_bill_is_for_the_installs_that_use_it_once_a_day(tmp_path):
    export = tmp_path / "events.jsonl"
    contract = load(str(published.CONTRACTS / "chromadb" / "contract.toml"))
    export.write_text("".join(f"{json.dumps(one)}\n" for one in kept_to(contract)))
    said = published.billed(export)
    events = 30 * published.INSTALLS * len(contract.events)
    assert said.startswith(
        f"a month of 10,000 installs: {events:,} events, 0 of them identified; $"
    )

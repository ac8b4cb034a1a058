"""The comparison with what was judged: it fails where something is new, and where one is gone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import published

from payloadproof.clauses.clause import every_clause

FINDING = {"clause": "C12", "fingerprint": "sent to h.example with DO_NOT_TRACK=1"}
TITLE = "C12 DO_NOT_TRACK: sent to h.example with DO_NOT_TRACK=1"
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

    def judge(*findings, known=KNOWN, whole=False):
        report = {"findings": findings, "scenarios": 3}
        monkeypatch.setattr(published, "probed", lambda *_: report)
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


def test_a_probe_without_a_report_is_an_error_and_no_silence(monkeypatch, capsys):
    monkeypatch.setattr(published, "PROBE", (sys.executable, "-c", "raise SystemExit(2)"))
    with pytest.raises(SystemExit) as ended:
        published.probed(KNOWN, ["it"], (), 60)
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
        published.probed(KNOWN, ["it"], (), 60)
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
    words = published.probed(known, ["it", "{secret}"], ("one", "two"), 60)
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

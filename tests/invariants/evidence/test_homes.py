"""The home directory of whoever runs a check is in no report."""

import json

import pytest

from payloadproof.evidence.homes import without_home

HOME = "/home/somebody-real"


@pytest.fixture(autouse=True)
def _home(monkeypatch):
    monkeypatch.setenv("HOME", HOME)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"cmd:{HOME}/venv/bin/python a.py", "cmd:~/venv/bin/python a.py"),
        (f"file://{HOME}/x", "file://~/x"),
        (f"{HOME}", "~"),
        (f"{HOME}-else/x", f"{HOME}-else/x"),
        (f"/mnt{HOME}", f"/mnt{HOME}"),
    ],
)
def test_a_path_below_it_begins_with_a_tilde(said, told):
    assert without_home(said) == told
    assert without_home((said, {said: said})) == (told, {told: told})


def test_no_text_of_a_report_holds_it(report_of, reported):
    finding = reported(f"{HOME}/x")
    report = report_of(findings=(finding,), notes=(f"in {HOME}/y",), adapter=f"cmd:{HOME}/z")
    told = without_home(report)
    assert (told.findings[0].fingerprint, told.notes, told.adapter) == (
        "~/x",
        ("in ~/y",),
        "cmd:~/z",
    )
    assert told.findings[0].scenario == finding.scenario


def test_the_root_is_no_home(monkeypatch):
    monkeypatch.setenv("HOME", "/")
    assert json.loads(without_home('{"a": "/tmp"}')) == {"a": "/tmp"}

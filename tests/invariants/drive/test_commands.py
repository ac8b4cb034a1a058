"""A command of the program's own: run as a person would, and what is wrong with it is said."""

import os
import select
import sys
from pathlib import Path

import pytest

from payloadproof.contract import load
from payloadproof.drive import commands
from payloadproof.errors import HarnessError


def python(code):
    return (sys.executable, "-S", "-c", code)


def test_it_has_the_variables_of_the_run_and_none_of_the_persons(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_OWN_SECRET", "x")
    told = "import os, json; print(json.dumps(dict(os.environ)), file=open('told', 'w'))"
    commands.run(python(told), {"HOME": str(tmp_path), "KETTLE": "1"}, tmp_path)
    text = (tmp_path / "told").read_text()
    assert f'"HOME": "{tmp_path}"' in text
    assert '"KETTLE": "1"' in text
    assert "MY_OWN_SECRET" not in text


def test_its_program_is_found_where_programs_are_found(tmp_path, monkeypatch):
    own = tmp_path / "bin" / "kettle-telemetry"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\necho $1 > said\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{own.parent}:{os.environ['PATH']}")
    commands.run(("kettle-telemetry", "off"), {"HOME": str(tmp_path), "PATH": "/bin"}, tmp_path)
    assert (tmp_path / "said").read_text() == "off\n"


def test_a_file_that_is_here_is_found_there(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("program.py").write_text("open('said', 'w').write('off')")
    commands.run((sys.executable, "program.py"), {}, tmp_path / "there")
    assert (tmp_path / "there" / "said").read_text() == "off"


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("no-such-program-here", "off"), "unstartable", "no-such-program-here off cannot be run"),
        (python("raise SystemExit(3)"), "failed", "ended with exit code 3"),
        (python("input('Sure? ')"), "failed", "ended with exit code 1"),
        (python("import signal; signal.pause()"), "failed", "did not end within 0.5 s"),
    ],
)
def test_what_decides_nothing_is_an_error_of_the_run(tmp_path, monkeypatch, argv, code, said):
    monkeypatch.setattr(commands, "BOUND_S", 0.5)
    with pytest.raises(HarnessError, match=said) as told:
        commands.run(argv, {"HOME": str(tmp_path)}, tmp_path)
    assert told.value.code == f"consent-command-{code}"


def test_a_question_that_it_asks_is_shown(tmp_path):
    with pytest.raises(HarnessError) as told:
        commands.run(python("input('Are you sure? ')"), {"HOME": str(tmp_path)}, tmp_path)
    assert "Are you sure?" in told.value.evidence


def test_what_it_leaves_behind_is_ended(tmp_path):
    double = "import os, signal\nif os.fork() == 0:\n open('child', 'w').write(str(os.getpid()))\n"
    double += " os.rename('child', 'there')\n signal.pause()\n"
    double += "while not os.path.exists('there'): pass"
    commands.run(python(double), {"HOME": str(tmp_path)}, tmp_path)
    try:
        child = os.pidfd_open(int((tmp_path / "there").read_text()))
    except ProcessLookupError:
        return  # and somebody has looked after it already
    try:
        assert select.select([child], [], [], 10)[0], "it lives on"
    finally:
        os.close(child)


def test_without_a_variable_for_the_host_it_is_not_run(kettle, tmp_path):
    contract = load(kettle('kind = "command"\nname = "kettle"\noff = ["touch", "touched"]'))
    off = contract.consent_command.holding("off")
    with pytest.raises(HarnessError, match="names no variable for the host"):
        commands.decide(contract, off, {}, tmp_path)
    commands.decide(contract, None, {}, tmp_path)
    assert not (tmp_path / "touched").exists()

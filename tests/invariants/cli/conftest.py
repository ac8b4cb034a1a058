"""A command line, in this process or in one of its own."""

import contextlib
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from payloadproof.cli import main
from payloadproof.protocol import messages

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

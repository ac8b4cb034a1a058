"""How a run ends: by itself, too late, or by Ctrl-C; a stand-in for the recorder hangs."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import claude_mem

#: What is left over says 0 at the end, which no run here may.
HANGS = """
import os, signal, sys
signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
signal.alarm(60)
signal.signal(getattr(signal, sys.argv[1]), lambda *_: print("told", flush=True))
print("it is", os.getpid(), flush=True)
open(sys.argv[2], "w").close()
while True:
    signal.pause()
"""
CTRL_C = f"""
import os, sys
sys.path.insert(0, {str(Path(claude_mem.__file__).parent)!r})
from pathlib import Path
import claude_mem
claude_mem.RECORD = (sys.executable, "-c", {HANGS!r}, "SIGUSR1", os.devnull)
claude_mem.recorded(Path(sys.argv[1]), [], os.environ)
"""


def is_gone(said):
    (number,) = re.findall(r"it is (\d+)", said)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


@pytest.mark.parametrize(("deaf_to", "told"), [("SIGUSR1", False), ("SIGTERM", True)])
def test_a_run_that_is_late_is_ended_and_killed_if_it_must_be(
    deaf_to, told, tmp_path, monkeypatch, capfd
):
    hangs = tmp_path / "hangs"
    os.mkfifo(hangs)

    class Late(subprocess.Popen):
        """Hangs already when its time is over."""

        def wait(self, timeout=None):
            if timeout == claude_mem.RUN_S:
                hangs.read_text()
                raise subprocess.TimeoutExpired("record", timeout)
            return super().wait(timeout)

    record = (sys.executable, "-c", HANGS, deaf_to, str(hangs))
    monkeypatch.setattr(claude_mem, "RECORD", record)
    monkeypatch.setattr(claude_mem, "END_S", 1)
    monkeypatch.setattr(subprocess, "Popen", Late)
    with pytest.raises(SystemExit) as ended:
        claude_mem.recorded(tmp_path / "run.jsonl", [], os.environ)
    assert ended.value.code == 2
    said = capfd.readouterr().out
    assert "not done within 300 s" in said
    assert ("told" in said) == told
    is_gone(said)


def test_ctrl_c_ends_the_run_and_its_recorder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C, str(tmp_path / "run.jsonl")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            said = running.stdout.readline()
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=50)  # it would be waited for longer
        finally:
            running.kill()
    assert running.returncode == -signal.SIGINT
    is_gone(said)

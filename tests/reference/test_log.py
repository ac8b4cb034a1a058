from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.log import Log


def lines(data_dir: Path) -> list[str]:
    return (data_dir / "logs" / "payloadproof-reference.log").read_text().splitlines()


def test_a_message_is_one_line_with_time_level_and_component(log, data_dir):
    log.write("WARN", "TRANSPORT", "first\nsecond")
    assert lines(data_dir) == ["2025-10-09T08:53:20.000+00:00 WARN TRANSPORT first second"]


def test_lines_are_appended(log, data_dir):
    log.write("INFO", "PIPELINE", "one")
    log.write("INFO", "PIPELINE", "two")
    assert [line.split()[-1] for line in lines(data_dir)] == ["one", "two"]


def test_text_that_utf_8_cannot_hold_is_written_escaped(log, data_dir):
    log.write("INFO", "PIPELINE", "half \ud800")
    assert lines(data_dir)[0].endswith(r"half \ud800")


def file_in_place(data_dir):
    data_dir.write_text("")


def full_device(data_dir):
    (data_dir / "logs").mkdir(parents=True)
    (data_dir / "logs" / "payloadproof-reference.log").symlink_to("/dev/full")


def unread_pipe(data_dir):
    (data_dir / "logs").mkdir(parents=True)
    os.mkfifo(data_dir / "logs" / "payloadproof-reference.log")


@pytest.mark.parametrize("spoil", [file_in_place, full_device, unread_pipe])
def test_what_cannot_be_written_is_lost_quietly(spoil, log, data_dir, capfd):
    spoil(data_dir)
    log.write("ERROR", "PIPELINE", "lost")
    assert capfd.readouterr() == ("", "")


def test_a_clock_out_of_range_raises_nothing(data_dir):
    Log(data_dir, VirtualClock(10**30)).write("INFO", "PIPELINE", "when?")


def test_the_log_imports_nothing_of_telemetry():
    program = (
        "import sys, payloadproof_reference.log\n"
        "print(sorted(m for m in sys.modules if m.startswith(('payloadproof', 'posthog'))))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    own = ["payloadproof_reference", "payloadproof_reference.clock", "payloadproof_reference.log"]
    assert answer.stdout.strip() == str(own)

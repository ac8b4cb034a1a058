from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.log import Log


def lines(data_dir: Path) -> list[str]:
    return (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").read_text().splitlines()


def test_a_message_is_one_line_with_time_level_and_component(log, data_dir):
    log.write("warn", "TRANSPORT", "first\nsecond")
    assert lines(data_dir) == ["2025-10-09T08:53:20.000+00:00 WARN TRANSPORT first second"]


def test_lines_are_appended(log, data_dir):
    log.write("info", "PIPELINE", "one")
    log.write("info", "PIPELINE", "two")
    assert [line.split()[-1] for line in lines(data_dir)] == ["one", "two"]


def test_each_utc_day_has_a_file_of_its_own(log, clock, data_dir):
    log.write("info", "PIPELINE", "on the first day")
    clock.advance(16 * 3_600_000)
    log.write("info", "PIPELINE", "on the second")
    first, second = sorted((data_dir / "logs").iterdir())
    assert first.name == "payloadproof-reference-2025-10-09.log"
    assert second.name == "payloadproof-reference-2025-10-10.log"
    assert [len(day.read_text().splitlines()) for day in (first, second)] == [1, 1]


def test_text_that_utf_8_cannot_hold_is_written_escaped(log, data_dir):
    log.write("info", "PIPELINE", "half \ud800")
    assert lines(data_dir)[0].endswith(r"half \ud800")


def file_in_place(data_dir):
    data_dir.write_text("")


def full_device(data_dir):
    (data_dir / "logs").mkdir(parents=True)
    (data_dir / "logs" / "payloadproof-reference-2025-10-09.log").symlink_to("/dev/full")


def unread_pipe(data_dir):
    (data_dir / "logs").mkdir(parents=True)
    os.mkfifo(data_dir / "logs" / "payloadproof-reference-2025-10-09.log")


@pytest.mark.parametrize("spoil", [file_in_place, full_device, unread_pipe])
def test_what_cannot_be_written_is_lost_quietly(spoil, log, data_dir, capfd):
    spoil(data_dir)
    log.write("error", "PIPELINE", "lost")
    assert capfd.readouterr() == ("", "")


def test_a_clock_out_of_range_raises_nothing(data_dir):
    Log(data_dir, VirtualClock(10**30)).write("info", "PIPELINE", "when?")


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


def report(log, *said):
    log.error("DB", *said)


def failing(error):
    raise error


def raised(error):
    try:
        failing(error)
    except Exception as caught:
        return caught


@pytest.mark.parametrize("grave", ["error", "failure"])
def test_an_error_is_logged_whole_on_one_line_and_then_handed_over(grave, log, data_dir):
    handed = []
    log.set_error_sink(lambda error: handed.append((error, len(lines(data_dir)))))
    error = raised(ValueError("no such row\nin /home/ada/kettle.db"))
    getattr(log, grave)("DB", "the search failed", error)
    said = "DB the search failed: ValueError: no such row in /home/ada/kettle.db"
    assert lines(data_dir)[0].endswith(f" {grave.upper()} {said}")
    # The line was there when the sink was asked.
    assert handed == [(error, 1)]


def test_what_is_no_exception_is_logged_and_not_handed_over(log, data_dir):
    handed = []
    log.set_error_sink(handed.append)
    report(log, "odd", "a text")
    report(log, "none")
    log.write("error", "DB", "plain")
    assert handed == []
    ends = ("odd: str: a text", "none", "plain")
    assert [line.split(" DB ")[1] for line in lines(data_dir)] == [*ends]


def test_a_sink_that_fails_changes_nothing(log, data_dir, capfd):
    log.set_error_sink(failing)
    report(log, "first", ValueError("one"))
    report(log, "second", ValueError("two"))
    assert [line.split()[-1] for line in lines(data_dir)] == ["one", "two"]
    assert capfd.readouterr() == ("", "")


def test_a_sink_that_logs_an_error_is_not_asked_about_it(log, data_dir):
    asked = []

    def sink(error):
        asked.append(error)
        report(log, "while handing over", RuntimeError("of the sink"))

    log.set_error_sink(sink)
    for _ in range(2):
        report(log, "first", ValueError("of the host"))
    assert [type(error) for error in asked] == [ValueError, ValueError]
    assert len(lines(data_dir)) == 4


def test_a_sink_can_be_taken_away(log):
    asked = []
    log.set_error_sink(asked.append)
    log.set_error_sink(None)
    report(log, "first", ValueError("one"))
    assert asked == []


class TextlessError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Pretender:
    @property
    def __class__(self):
        raise RuntimeError("no class")


def test_an_error_without_a_text_is_logged_by_its_type(log, data_dir):
    asked = []
    log.set_error_sink(asked.append)
    error = TextlessError()
    report(log, "first", error)
    report(log, "second", Pretender())
    assert "first: TextlessError: <TextlessError without a text>" in lines(data_dir)[0]
    assert "second: Pretender: " in lines(data_dir)[1]
    assert asked == [error]


def test_an_error_is_handed_over_though_the_line_cannot_be_written(log, data_dir):
    file_in_place(data_dir)
    asked = []
    log.set_error_sink(asked.append)
    report(log, "first", ValueError("one"))
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("least", "written"),
    [
        ("debug", ["debug", "info", "error"]),
        ("INFO", ["info", "error"]),
        (" Error ", ["error"]),
        ("chatty", ["debug", "info", "error"]),
    ],
)
def test_what_is_below_the_level_is_not_written(least, written, data_dir, clock):
    log = Log(data_dir, clock, least=least)
    for level in ("debug", "info", "error"):
        log.write(level, "DB", level)
    assert [line.split()[-1] for line in lines(data_dir)] == written


def test_what_is_below_the_level_is_handed_over_all_the_same(data_dir, clock):
    asked = []
    log = Log(data_dir, clock, least="failure")
    log.set_error_sink(asked.append)
    report(log, "first", ValueError("one"))
    assert len(asked) == 1
    assert not (data_dir / "logs").exists()


def test_a_level_that_is_none_counts_as_info(log, data_dir):
    log.write(object(), "DB", "first")
    log.write("loud", "DB", "second")
    assert [line.split()[1] for line in lines(data_dir)] == ["INFO", "INFO"]

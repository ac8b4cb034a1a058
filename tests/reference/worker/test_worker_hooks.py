import sys
import threading

import pytest
from worker_child import until

from payloadproof_reference.worker.worker import HEARTBEAT_MS, Worker


@pytest.fixture
def running(env, data_dir, clock, monkeypatch, healthy):
    """A worker of this process, on a clock that stands still."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    data_dir.mkdir()
    worker = Worker(env, data_dir, clock)
    thread = threading.Thread(target=worker.run)
    thread.start()
    until(worker._told_of_start.is_set)

    def end():
        worker.stop("stop")
        thread.join(30)
        assert not thread.is_alive()
        return healthy

    yield end
    end()


def test_after_a_day_it_says_that_it_still_is(running, clock, logged):
    clock.advance(HEARTBEAT_MS + 1)
    for thread in threading.enumerate():
        if thread.name == "heartbeat":
            thread.join(30)
    assert sum(" the worker is up " in line for line in logged()) == 2
    triggers = [one["trigger"] for one in running().named("worker_started")]
    assert triggers == ["start", "heartbeat"]


def test_each_start_describes_the_installation(running):
    (started,) = running().named("worker_started")
    assert started["$set"]["runtime_mode"] == "worker"
    assert "previous_shutdown" not in started["$set"]


def test_the_default_is_in_the_log_where_no_command_was_run(running, logged):
    assert any("telemetry disable" in line for line in logged())


@pytest.mark.usefixtures("silent_console")
def test_what_nobody_caught_is_logged_and_reported_and_not_printed(running, logged):
    def fail():
        raise ValueError("a kettle is no teapot")

    failing = threading.Thread(target=fail)
    failing.start()
    failing.join()
    (line,) = (line for line in logged() if " FAILURE " in line)
    assert line.endswith("uncaught in a thread: ValueError('a kettle is no teapot')")
    (report,) = running().named("$exception")
    assert report["$exception_list"][0]["type"] == "ValueError"

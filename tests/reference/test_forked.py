"""A process that forks while the pipeline is at work, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import weakref

import pytest

from payloadproof_reference import forked
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.rollup import Sessions, Window

# Whoever hangs is ended by the alarm, which a child does not inherit.
BEGIN = """
import os, signal, sys, threading
from pathlib import Path
from payloadproof_reference.clock import SystemClock
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.pipeline import Pipeline

def forked(child):
    if (pid := os.fork()):
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    signal.alarm(20)
    child()
    os._exit(0)
"""
TIMERS = """
beat = threading.Semaphore(0)
clock = SystemClock()
in_each_child(clock.forked)
clock.every(1, beat.release)
beat.acquire()
count = [0]
clock.every(1, lambda: count.append(os.getpid()))

def child():
    while os.getpid() not in count:
        beat.acquire()

forked(child)
"""
LOCKS = """
env = {"CLAUDE_MEM_TELEMETRY": "1", "CLAUDE_MEM_TELEMETRY_HOST": "http://127.0.0.1:9"}
env["CLAUDE_MEM_TELEMETRY_KEY"] = "phc_none"
pipeline = Pipeline(env, Path(sys.argv[1]), SystemClock())
pipeline.capture("search_performed", {})
parts = [
    pipeline._log, pipeline._consent, pipeline._ceilings, pipeline._sessions, pipeline._window,
    pipeline._exceptions, pipeline._exceptions._limiter, pipeline._transport,
]

def child():
    pipeline.capture("search_performed", {})
    pipeline.record("session_compressed", {}, session=1)
    pipeline.record("context_injected", {})
    pipeline.exception(ValueError("no"))
    pipeline.shutdown()

def hold():
    for part in parts:
        part._lock.acquire()
    pipeline._clock._changed.acquire()
    held.set()
    threading.Event().wait()

held = threading.Event()
threading.Thread(target=hold, daemon=True).start()
held.wait()
forked(child)
"""


@pytest.mark.parametrize("script", [TIMERS, LOCKS], ids=["timers", "locks"])
def test_a_child_goes_on_whatever_its_parent_held_when_it_forked(script, tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + script, str(tmp_path)]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0


KEPT = """
pipeline = Pipeline({}, Path(sys.argv[1]), SystemClock())
pipeline.record("session_compressed", {}, session=1)
"""


@pytest.mark.parametrize("end", ["", "pipeline.shutdown()", "pipeline.abandon()"])
def test_a_program_that_keeps_it_to_its_end_prints_nothing(end, tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + KEPT + end, str(tmp_path)]
    ran = subprocess.run(command, check=False, timeout=60, capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_what_is_open_is_forgotten_by_the_child():
    clock = VirtualClock(0)
    sessions, window = Sessions(clock), Window(clock)
    sessions.record(1, {})
    window.record({})
    # What the interpreter calls in a child, for these two alone.
    sessions._forked()
    window._forked()
    assert sessions.end(1) is None
    assert window.drain() is None


def test_an_object_that_is_gone_is_not_called(monkeypatch):
    monkeypatch.setattr(forked, "_INHERITED", weakref.WeakKeyDictionary())
    called = []

    class Part:
        def begin(self):
            called.append(self)

    first, second = Part(), Part()
    forked.in_each_child(first.begin)
    forked.in_each_child(second.begin)
    del first
    forked._forked()
    assert called == [second]
    # Named again, it is called once all the same; what is gone is let go of.
    forked.in_each_child(second.begin)
    assert len(forked._INHERITED) == 1

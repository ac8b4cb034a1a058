from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from payloadproof_reference.uncaught import Uncaught


@pytest.fixture
def before(monkeypatch):
    """The hooks that were there: what they were called with."""
    called = []
    monkeypatch.setattr(sys, "excepthook", lambda *arguments: called.append(arguments))
    monkeypatch.setattr(threading, "excepthook", called.append)
    return called


@pytest.fixture
def taken():
    return []


@pytest.fixture
def hooks(before, taken):
    built = Uncaught(lambda error, *, handled: taken.append((error, handled)))
    built.install()
    yield built
    built.uninstall()


def in_a_thread(error):
    def work():
        raise error

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_an_error_of_the_main_thread_is_taken_and_passed_on(hooks, before, taken):
    error = ValueError("x")
    sys.excepthook(ValueError, error, None)
    assert taken == [(error, False)]
    assert before == [(ValueError, error, None)]


def test_an_error_of_a_thread_is_taken_and_passed_on(hooks, before, taken):
    error = ValueError("x")
    in_a_thread(error)
    assert taken == [(error, False)]
    assert before[0].exc_type is ValueError


@pytest.mark.parametrize("has_own", [True, False])
def test_an_error_that_no_task_fetched_is_taken_and_passed_on(hooks, taken, has_own, monkeypatch):
    passed = []
    loop = asyncio.new_event_loop()
    if has_own:
        loop.set_exception_handler(lambda _, context: passed.append(context))
    else:
        monkeypatch.setattr(loop, "default_exception_handler", passed.append)
    hooks.install_loop(loop)
    error = ValueError("x")
    loop.call_exception_handler({"message": "lost", "exception": error})
    loop.call_exception_handler({"message": "no error in it"})
    hooks.uninstall()
    assert (loop.get_exception_handler() is not None) is has_own
    loop.close()
    assert taken == [(error, False)]
    assert [context["message"] for context in passed] == ["lost", "no error in it"]


def test_what_ends_a_program_on_purpose_is_passed_on_only(hooks, before, taken):
    for error in (KeyboardInterrupt(), SystemExit(1)):
        sys.excepthook(type(error), error, None)
    assert taken == []
    assert len(before) == 2


def test_a_report_that_fails_changes_nothing(before):
    def broken(*_, **__):
        raise RuntimeError

    hooks = Uncaught(broken)
    hooks.install()
    sys.excepthook(ValueError, ValueError("x"), None)
    hooks.uninstall()
    assert len(before) == 1


def test_taken_out_it_leaves_the_hooks_as_they_were(before, taken):
    found = sys.excepthook, threading.excepthook
    hooks = Uncaught(lambda error, **_: taken.append(error))
    hooks.install()
    hooks.install()
    hooks.uninstall()
    assert (sys.excepthook, threading.excepthook) == found


def test_below_somebody_elses_hook_it_only_passes_on(hooks, before, taken):
    ours = sys.excepthook
    sys.excepthook = lambda *arguments: [ours(*arguments)]
    hooks.uninstall()
    sys.excepthook(ValueError, ValueError("x"), None)
    assert taken == []
    assert len(before) == 1


def test_consent_is_asked_for_when_it_happens(before, pipeline, healthy, env):
    hooks = Uncaught(pipeline.exception)
    hooks.install()
    env["DO_NOT_TRACK"] = "1"
    in_a_thread(ValueError("x"))
    del env["DO_NOT_TRACK"]
    in_a_thread(KeyError("x"))
    hooks.uninstall()
    pipeline.shutdown()
    (sent,) = healthy.named("$exception")
    assert sent["error_type"] == "KeyError"
    assert sent["$exception_list"][0]["mechanism"]["handled"] is False


def test_an_error_that_was_logged_and_then_raised_is_folded(before, pipeline, healthy):
    hooks = Uncaught(pipeline.exception)
    hooks.install()

    def work():
        try:
            raise ValueError("x")  # noqa: TRY301 - it is to have a traceback
        except ValueError as error:
            pipeline.log.failure("WORKER", "it failed", error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    hooks.uninstall()
    pipeline.shutdown()
    assert sum(sent["occurrence_count"] for sent in healthy.named("$exception")) == 2

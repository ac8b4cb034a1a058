"""What an adapter in Python does where it is told to fork, in a process that may."""

import pytest

from payloadproof.adapters.base import initialize
from payloadproof.adapters.connect import connector
from payloadproof.protocol import messages as ops

PATIENCE_S = 20.0
START = ops.StartScenario(scenario="s", env={}, home="/", data_dir="/", host="", token="", now_ms=0)


@pytest.fixture
def child(faux):
    connection = connector(faux("forks"), without=()).open()
    initialize(connection, "0")
    connection.request(START)
    yield connection
    connection.close()


def test_the_child_ends_with_its_exit_hooks_and_the_parent_answers_once(child):
    assert child.request(ops.Fork(event="ends")).kind == "ok"
    assert child.console().stderr == b"exit hook of the child\n"
    # One reply to each request: the child said nothing for its parent.
    assert child.request(ops.Flush()).kind == "ok"


@pytest.mark.parametrize(("event", "code"), [("raises", 1), ("dies", 3)])
def test_a_child_that_ends_badly_is_what_the_operation_raises(child, event, code):
    answer = child.request(ops.Fork(event=event))
    assert answer.kind == "raised"
    assert answer.raised.message == f"the child of a fork ended with code {code}"
    assert (b"LookupError: no such event" in child.console().stderr) is (event == "raises")
    assert child.request(ops.Flush()).kind == "ok"


def test_an_adapter_that_hears_sigterm_ends_after_what_its_program_does(faux):
    connection = connector(faux("says_what_it_does_at_sigterm"), without=()).open()
    try:
        assert initialize(connection, "0").capabilities.signals == ("SIGTERM",)
        connection.request(START)
        assert connection.tell(PATIENCE_S) is not None
        assert connection.console().stderr == b"terminated\n"
    finally:
        connection.close()


def test_an_adapter_that_hears_no_signal_says_so(child):
    assert initialize(child, "0").capabilities.signals == ()

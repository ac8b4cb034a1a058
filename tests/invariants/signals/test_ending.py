"""Where a signal is heard that comes where an exception would be lost."""

import os
import signal
import threading
from contextlib import suppress

import pytest

from payloadproof.signals.ending import ENDING, Ended, ended_by, starting_workers


def comes(within):
    """A signal comes in a function of this name, which loses what is raised in it."""

    def function():
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):  # the handler runs between two instructions
            pass

    function.__code__ = function.__code__.replace(co_name=within)
    with suppress(Ended):
        function()
        return False
    return True


def lost_and_heard(within):
    assert not comes(within)
    threading.Event().wait(30)


@pytest.mark.parametrize("name", ["gc_callback", "__del__"])
def test_a_signal_that_comes_where_an_exception_is_lost_is_heard_later(name):
    with pytest.raises(Ended) as ended, ended_by(signal.SIGTERM):
        lost_and_heard(name)
    assert ended.value.number == signal.SIGTERM


def test_elsewhere_it_is_heard_at_once():
    with ended_by(signal.SIGTERM):
        assert comes("work")


def taken_by_another_thread(number):
    os.kill(os.getpid(), number)
    while number in signal.sigpending():
        os.sched_yield()


def test_ctrl_c_while_workers_are_begun_is_heard_though_another_thread_takes_it():
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        with pytest.raises(Ended), ended_by(*ENDING), starting_workers():
            taken_by_another_thread(signal.SIGINT)
    finally:
        over.set()
        other.join()

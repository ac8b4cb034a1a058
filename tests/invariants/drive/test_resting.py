"""Before virtual time moves, what is on its way arrives, on a busy machine too."""

import pytest

from payloadproof.drive.resting import MOST_S, SLICE_S, SLICES, rest


class Wire:
    """A lease on a machine of its own time: how long each wait takes, and when something comes."""

    def __init__(self, waits, arrivals=()):
        self.now = 0.0
        self.waited = 0
        self._waits = waits
        self._arrivals = arrivals

    def connections(self):
        return tuple(one for one in self._arrivals if one <= self.now)

    def requests(self):
        return ()

    def wait_for_requests(self, n, timeout):
        self.now += self._waits(self.waited, timeout)
        self.waited += 1
        return False


def on_time(_, timeout):
    return timeout


def test_silence_on_a_machine_that_keeps_time_is_enough():
    wire = Wire(on_time)
    rest(wire, lambda: wire.now)
    assert wire.waited == SLICES


def test_who_is_woken_late_goes_on_waiting():
    wire = Wire(lambda number, timeout: timeout * (9 if number < 4 else 1))
    rest(wire, lambda: wire.now)
    assert wire.waited == 4 + SLICES


def test_what_arrives_meanwhile_begins_the_silence_anew():
    wire = Wire(on_time, arrivals=(1.5 * SLICE_S,))
    rest(wire, lambda: wire.now)
    assert wire.waited == 2 + SLICES


def test_what_arrives_in_the_last_moment_of_silence_begins_it_anew():
    wire = Wire(on_time, arrivals=((SLICES - 0.5) * SLICE_S,))
    rest(wire, lambda: wire.now)
    assert wire.waited == 2 * SLICES


@pytest.mark.parametrize("arrives", [False, True])
def test_it_ends_on_a_machine_that_is_never_on_time_or_never_silent(arrives):
    often = [number * SLICE_S for number in range(1_000)] if arrives else ()
    wire = Wire(on_time if arrives else lambda _, timeout: timeout * 9, often)
    rest(wire, lambda: wire.now)
    assert wire.now < MOST_S + 9 * SLICE_S

import pytest

from payloadproof.clauses.host.signals import GRACE_S
from payloadproof.evidence.history import Ending
from payloadproof.scenario import steps as do

LIMIT_S = 3.0
STEPS = do.Flush(), do.Crash(told=True), do.Backfill(killed_at=1, told=True)


@pytest.fixture
def told(history, connected):
    def make(took_s, step=1, connections=None):
        there = [connected(0)] if connections is None else connections
        return history(*STEPS, endings=(Ending(step, took_s),), connections=tuple(there))

    return make


def test_h5_finds_a_process_that_goes_on(told, found):
    (finding,) = found("H5", told(None))
    assert finding.message == "expected the process ends within 3 s of SIGTERM; observed it went on"
    assert not finding.definite


def test_h5_finds_one_that_takes_too_long(told, found):
    (finding,) = found("H5", told(LIMIT_S + GRACE_S + 0.5))
    assert finding.observed == "it took 4.5 s"


def test_h5_tells_the_middle_of_a_backfill_apart(told, found):
    one, other = (found("H5", told(None, step))[0].kind for step in (1, 2))
    assert other == f"{one} during a backfill"


def test_h5_passes_one_that_ends_in_time(told, found, fired):
    assert not found("H5", told(LIMIT_S + GRACE_S - 0.5))
    assert fired("H5", told(0.1))


def test_h5_has_no_control_where_nothing_was_connected(told, fired):
    assert not fired("H5", told(0.1, connections=()))

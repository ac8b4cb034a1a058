import pytest

from payloadproof.evidence.history import Attempts
from payloadproof.recorder.ledger import Connection
from payloadproof.scenario import steps as do

SENT = do.Capture(event="search_performed")


def test_w5_lets_the_next_process_send(resumed, arrived, found, fired):
    steps = (SENT, do.Shutdown(), do.Crash(), SENT, do.Flush())
    judged = resumed(*steps, requests=[arrived(0), arrived(4)])
    assert not found("W5", judged)
    assert fired("W5", judged)


def test_w5_finds_a_process_that_sends_after_its_own_shutdown(resumed, arrived, found):
    steps = (SENT, do.Shutdown(), do.Flush(), do.Crash(), SENT)
    assert len(found("W5", resumed(*steps, requests=[arrived(2)]))) == 1


@pytest.fixture
def shut_in(history):
    one = Connection(number=1, port=1, began_at=0.0)
    return lambda *tried: history(do.Flush(), connections=(one,), attempts=Attempts(*tried))


def test_w6_passes_a_child_that_only_reached_the_recorder(shut_in, found, fired):
    assert not found("W6", shut_in(1, 0, 0))
    assert fired("W6", shut_in(1, 0, 0))


@pytest.mark.parametrize(
    ("tried", "named"),
    [((2, 0, 0), "TCP"), ((1, 3, 0), "datagram"), ((1, 0, 2), "another machine")],
)
def test_w6_finds_what_went_elsewhere(shut_in, found, tried, named):
    (finding,) = found("W6", shut_in(*tried))
    assert named in finding.observed


def test_w6_says_nothing_of_a_child_that_was_not_shut_in(history, fired):
    assert not fired("W6", history(do.Flush()))

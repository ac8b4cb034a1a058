import threading

import pytest

from payloadproof.recorder.ledger import Connection, Ledger, RecorderBroken, RecorderFull, Request

LIVE, OTHER = 1, 2


def make_request(number, size=0, connection=0):
    return Request(
        number=number, began_at=0.0, port=1, connection=connection, method="POST", path="/batch/",
        headers=(), wire=b"x" * size, wire_size=size, body=None, events=(), envelope={}, tokens=(),
        status=200, reason="", answered=None,
    )  # fmt: skip


def numbers(requests):
    return [request.number for request in requests]


def test_it_keeps_each_owners_requests_in_order_of_arrival():
    ledger = Ledger()
    for owner, number in ((LIVE, 3), (OTHER, 2), (LIVE, 1)):
        ledger.arrived(owner, make_request(number))
    assert numbers(ledger.requests(LIVE)) == [1, 3]
    assert ledger.count(LIVE) == 2


def test_what_arrives_after_the_end_is_late():
    ledger = Ledger()
    ledger.arrived(LIVE, make_request(1))
    ledger.ended(LIVE)
    ledger.arrived(LIVE, make_request(2))
    assert numbers(ledger.requests(LIVE)) == [1]
    assert numbers(ledger.requests(LIVE, late=True)) == [2]


def test_it_lets_go_of_ended_leases_first_and_says_so():
    ledger = Ledger(limit=100)
    ledger.arrived(OTHER, make_request(1, 60))
    ledger.ended(OTHER)
    ledger.arrived(LIVE, make_request(2, 60))
    assert numbers(ledger.requests(LIVE)) == [2]
    with pytest.raises(RecorderFull, match="over 100 bytes"):
        ledger.requests(OTHER)
    assert ledger.requests(OTHER, late=True) == ()


def test_it_does_not_keep_more_than_its_limit_of_a_live_lease_and_says_so():
    ledger = Ledger(limit=100)
    ledger.arrived(LIVE, make_request(1, 60))
    ledger.arrived(LIVE, make_request(2, 60))
    ledger.answered(2, 200)
    with pytest.raises(RecorderFull):
        ledger.requests(LIVE)
    assert ledger.count(LIVE) == 1


def test_the_first_request_says_whose_connection_it_is():
    ledger = Ledger()
    connection = Connection(number=7, port=1, began_at=0.0)
    ledger.connected(LIVE, connection)
    assert ledger.connections(LIVE) == (connection,)
    ledger.arrived(OTHER, make_request(1, connection=7))
    ledger.arrived(LIVE, make_request(2, connection=7))
    assert ledger.connections(LIVE) == ()
    assert ledger.connections(OTHER) == (connection,)


def test_waiting_ends_when_a_request_arrives():
    ledger = Ledger()
    waiting = threading.Event()

    def predicate():
        waiting.set()
        return ledger.count(LIVE) == 1

    def arrive():
        waiting.wait()
        ledger.arrived(LIVE, make_request(1))

    thread = threading.Thread(target=arrive)
    thread.start()
    assert ledger.wait_for(predicate, timeout=30)
    thread.join()
    assert not ledger.wait_for(lambda: False, timeout=0)


def test_a_failure_of_the_recorder_reaches_every_reader():
    ledger = Ledger()
    ledger.failed(ZeroDivisionError("in the recorder"))
    with pytest.raises(RecorderBroken, match="in the recorder"):
        ledger.requests(LIVE)

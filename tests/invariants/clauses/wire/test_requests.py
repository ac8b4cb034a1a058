import msgspec
import pytest

from payloadproof.recorder.ledger import LOST
from payloadproof.scenario import steps as do

GOOD = do.Capture(event="search_performed", properties={})


@pytest.fixture
def judged(recorded, post, make_event, found):
    def judge(clause, name, properties):
        event = make_event(name)
        event["properties"] = properties
        return found(clause, recorded(post(event)))

    return judge


# W1


def test_w1_passes_a_good_request_and_that_is_its_control(recorded, post, make_event, found, fired):
    assert not found("W1", recorded(post(make_event())))
    assert fired("W1", recorded(post(make_event())))
    assert not fired("W1", recorded())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"body": b"not json"}, 400),
        ({"body": b""}, 400),
        ({"body": b'{"batch": []}'}, 400),
        ({"body": b"\x1f\x8b\x08 no gzip"}, 400),
        ({"body": b'{"batch": [{"event": "x", "distinct_id": "y"}]}'}, 400),
        ({"body": b'{"api_key": "", "batch": [{"event": "x", "distinct_id": "y"}]}'}, 401),
        ({"body": b"{}", "path": "/no/such/path"}, 404),
    ],
)
def test_w1_finds_a_request_that_the_service_refuses(recorded, post, found, request_, status):
    (finding,) = found("W1", recorded(post(**request_)))
    assert f"it answers {status}" in finding.observed


def test_w1_finds_a_bad_event_among_good_ones(recorded, post, make_event, found):
    nameless = {**make_event(), "event": None}
    assert found("W1", recorded(post(make_event(), nameless)))


def test_w1_leaves_what_was_cut_off_on_its_way(recorded, post, make_event, found, fired):
    whole = post(make_event())
    part = msgspec.structs.replace(whole, status=400, reason=LOST, events=())
    assert not found("W1", recorded(part))
    assert not fired("W1", recorded(part))


# W5

OVER = (GOOD, do.Shutdown(), GOOD, do.Flush())


def test_w5_passes_requests_before_the_end_and_that_is_its_control(history, arrived, found, fired):
    judged = history(*OVER, requests=[arrived(0)])
    assert not found("W5", judged)
    assert fired("W5", judged)


def test_w5_passes_a_request_that_shutdown_waited_for(history, arrived, found):
    assert not found("W5", history(*OVER, requests=[arrived(1)]))


@pytest.mark.parametrize("step", [2, 3, 500])
def test_w5_finds_a_request_after_the_end(history, arrived, found, fired, step):
    judged = history(*OVER, requests=[arrived(step)])
    (finding,) = found("W5", judged)
    assert finding.definite
    assert "after it" in finding.observed
    assert not fired("W5", judged)


def test_w5_finds_a_request_without_an_event_too(history, post, during, found):
    assert found("W5", history(*OVER, requests=[post(body=b"?", at=during(2))]))


def test_w5_is_not_judged_without_a_shutdown_that_returned(history, arrived, found):
    late = arrived(9)
    assert not found("W5", history(GOOD, do.Flush(), requests=[late]))
    unfinished = history(*OVER, requests=[late])
    calls = tuple(msgspec.structs.replace(one, kind="died") for one in unfinished.calls)
    assert not found("W5", msgspec.structs.replace(unfinished, calls=calls))

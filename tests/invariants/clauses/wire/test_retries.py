import uuid

import msgspec
import pytest

from payloadproof.protocol.messages import RunBackfill
from payloadproof.recorder.script import Answer, Hang, LoseAnswer, Reset, Times
from payloadproof.scenario import steps as do

NAME = "search_performed"
STEPS = (
    do.Network(behaviour=Times(1, Reset())),
    do.Capture(event=NAME, properties={"result_count": 1_001}),
    do.Flush(),
)


@pytest.fixture
def attempt(post, make_event, during):
    """A request that carries the capture of step 1, as it was treated."""

    def make(event, *, answered=200, stored=True):
        return msgspec.structs.replace(
            post(event, at=during(1)), answered=answered, stored=stored, number=answered or 0
        )

    return make


@pytest.fixture
def first(make_event):
    return make_event(NAME, {"result_count": 1_001})


def another(event, **changes):
    return {**event, "uuid": str(uuid.uuid4()), **changes}


def test_w2_passes_an_exact_retry(attempt, first, history, found, fired):
    requests = (attempt(first, answered=None), attempt(first))
    seen = history(*STEPS, requests=requests)
    assert not found("W2", seen)
    assert fired("W2", seen)


@pytest.mark.parametrize("answered", [None, 500, 429])
def test_w2_finds_a_retry_with_another_uuid(attempt, first, history, found, answered):
    requests = (attempt(first, answered=answered), attempt(another(first)))
    (finding,) = found("W2", history(*STEPS, requests=requests))
    assert finding.definite
    assert "another uuid" in finding.observed


def test_w2_finds_a_retry_with_another_timestamp(attempt, first, history, found):
    again = {**first, "timestamp": "2026-10-01T10:00:01Z"}
    (finding,) = found("W2", history(*STEPS, requests=(attempt(first), attempt(again))))
    assert "another timestamp" in finding.observed


@pytest.mark.parametrize("moved", [{}, {"timestamp": "2026-10-01T10:00:01Z"}])
def test_w2_finds_one_uuid_with_two_contents_which_is_no_retry(
    *, post, first, make_event, history, found, moved
):
    other = make_event(NAME, {"result_count": 7}, uuid=first["uuid"], **moved)
    (finding,) = found("W2", history(requests=(post(first), post(other))))
    assert finding.kind == "one uuid with two contents"
    assert "one uuid for one event" in finding.expected


def test_w2_does_not_mind_the_order_of_keys(post, first, history, found):
    turned = {**first, "properties": dict(reversed(first["properties"].items()))}
    assert list(turned["properties"]) != list(first["properties"])
    assert not found("W2", history(requests=(post(first), post(turned))))


def test_w2_finds_each_repeat_without_a_uuid(post, first, history, found):
    bare = {key: value for key, value in first.items() if key != "uuid"}
    # As files of one body each: every request is the first of its file.
    seen = history(requests=tuple(post(bare) for _ in range(4)))
    findings = found("W2", seen)
    assert [one.kind for one in findings] == ["an event sent again without a uuid"] * 3
    assert not found("W2", history(requests=(post(bare, bare),)))


def test_w2_judges_no_copy_of_what_was_answered_well(attempt, first, history, found, fired):
    seen = history(*STEPS, requests=(attempt(first), attempt(another(first))))
    assert not found("W2", seen)
    assert not fired("W2", seen)


def test_w2_tells_captures_apart_by_their_markers(post, make_event, history, found):
    steps = [do.Capture(event=NAME, properties={"result_count": n}) for n in (1, 2)]
    events = [make_event(NAME, {"result_count": n}) for n in (1, 2)]
    assert not found("W2", history(*steps, requests=[post(event) for event in events]))
    # Two captures with the same numbers are two events, however often they are sent.
    twins = [do.Capture(event=NAME, properties={"result_count": 1})] * 2
    copies = [make_event(NAME, {"result_count": 1}) for _ in range(2)]
    seen = history(*twins, requests=[post(event) for event in copies])
    assert not found("W2", seen)
    assert not found("W3", seen)
    many = do.Capture(event=NAME, properties={"result_count": 1}, times=2)
    assert not found("W3", history(many, requests=[post(event) for event in copies]))


def test_w3_passes_what_a_retry_delivered(attempt, first, history, found, fired):
    requests = (attempt(first, answered=None, stored=False), attempt(first))
    seen = history(*STEPS, requests=requests)
    assert not found("W3", seen)
    assert fired("W3", seen)


def test_w3_passes_a_retry_of_what_was_stored(attempt, first, history, found):
    requests = (attempt(first, answered=None), attempt(first))
    assert not found("W3", history(*STEPS, requests=requests))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"uuid": str(uuid.uuid4())}, "with another uuid"),
        ({"uuid": None}, "without a uuid"),
        ({"timestamp": "2026-10-02T10:00:00Z"}, "on another date"),
    ],
)
def test_w3_finds_what_is_kept_twice(*, attempt, first, history, found, change, said):
    requests = (attempt(first, answered=None), attempt({**first, **change}))
    (finding,) = found("W3", history(*STEPS, requests=requests))
    assert finding.definite
    assert said in finding.observed


def test_w3_finds_what_is_lost(attempt, first, history, found):
    requests = (attempt(first, answered=None, stored=False),)
    (finding,) = found("W3", history(*STEPS, requests=requests))
    assert not finding.definite
    assert "step 2" in finding.expected
    assert "no answer, not stored" in finding.evidence[0]


@pytest.mark.parametrize(
    "behaviour", [Reset(), Times(2, Reset()), Times(1, Hang()), Times(1, Answer(status=400))]
)
def test_w3_asks_for_nothing_that_one_retry_cannot_mend(history, found, behaviour):
    assert not found("W3", history(do.Network(behaviour=behaviour), *STEPS[1:]))


def test_w3_asks_for_nothing_while_consent_is_off(history, found):
    assert found("W3", history(*STEPS))
    assert not found("W3", history(*STEPS, env={"DO_NOT_TRACK": "1"}))


def test_w3_asks_for_no_retry_of_a_command(history, found):
    cli = msgspec.structs.replace(STEPS[1], transport="cli")
    assert not found("W3", history(STEPS[0], cli, STEPS[2]))


def test_w3_asks_for_a_flush(history, found):
    assert not found("W3", history(*STEPS[:2]))
    assert not found("W3", history(do.Network(behaviour=Times(1, LoseAnswer())), do.Flush()))


@pytest.mark.parametrize(
    ("declared", "sent", "fine"),
    [
        (False, {}, True),
        (False, {"$geoip_disable": False}, True),
        (False, {"$geoip_disable": True}, False),
        (False, {"$geoip_disable": 0}, False),
        (True, {"$geoip_disable": True}, True),
        (True, {"$geoip_disable": 1}, False),
        (True, {}, False),
    ],
)
def test_w4_holds_every_event_to_the_contract(*, history, arrived, found, declared, sent, fine):
    seen = history(requests=[arrived(0, **sent)])
    wire = msgspec.structs.replace(seen.contract.wire, geoip_disable=declared)
    contract = msgspec.structs.replace(seen.contract, wire=wire)
    assert bool(found("W4", msgspec.structs.replace(seen, contract=contract))) is not fine


# W7


def test_w7_passes_what_is_given_up_and_that_is_its_control(attempt, first, history, found, fired):
    seen = history(*STEPS, requests=(attempt(first, answered=400), attempt(another(first))))
    assert not found("W7", seen)
    assert fired("W7", seen)
    assert not fired("W7", history(*STEPS, requests=(attempt(first),)))


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_w7_finds_a_refusal_that_is_tried_again(status, attempt, first, history, found):
    requests = (attempt(first, answered=status), attempt(first))
    (finding,) = found("W7", history(*STEPS, requests=requests))
    assert finding.definite
    assert "refused it for good" in finding.expected


@pytest.mark.parametrize("status", [None, 200, 408, 413, 429, 500, 503])
def test_w7_lets_an_outage_be_tried_again(status, attempt, first, history, found):
    seen = history(*STEPS, requests=(attempt(first, answered=status), attempt(first)))
    assert not found("W7", seen)


@pytest.fixture
def of_the_past(post, make_event):
    """Some past event as it was sent at a moment: by a backfill, and refused."""
    one = make_event(NAME, {"result_count": 1_001})

    def make(at, *, answered=400):
        asked = post(one, at=at, historical_migration=True)
        return msgspec.structs.replace(asked, answered=answered)

    return make


TWO_BACKFILLS = (do.Backfill(), do.Backfill())


@pytest.mark.parametrize("steps", [STEPS, TWO_BACKFILLS])
def test_w7_lets_the_past_be_sent_again_by_another_backfill(
    steps, of_the_past, history, found, during
):
    requests = (of_the_past(during(0)), of_the_past(during(1)))
    assert not found("W7", history(*steps, requests=requests))


def test_w7_finds_a_refused_past_that_the_same_backfill_sends_again(
    of_the_past, history, found, during
):
    requests = (of_the_past(during(0)), of_the_past(during(0) + 0.1))
    (finding,) = found("W7", history(*TWO_BACKFILLS, requests=requests))
    assert finding.kind == "what the service refused is sent again by one and the same backfill"


def test_w7_lets_two_processes_send_the_past_at_once(of_the_past, history, call, found, during):
    rivals = (do.Backfill(rival=True),)
    requests = (of_the_past(during(0)), of_the_past(during(0) + 0.1))
    calls = [call(0, RunBackfill()), call(0, RunBackfill())]
    assert not found("W7", history(*rivals, requests=requests, calls=calls))

"""D6 on evidence made by hand: what parent and child captured, and what arrived of it."""

import msgspec
import pytest

from payloadproof.clauses.delivery.forks import GRACE_S
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

NAME = "search_performed"
PLAIN = do.Capture(event=NAME, properties={})
FORK = do.Fork(event=NAME)
TURN = do.Record(event="session_compressed", session=10**14, properties={})
STEPS = (PLAIN, FORK, PLAIN, do.Flush(), do.Shutdown())
LIMIT_S = 3.0


@pytest.fixture
def forked(history, call, on):
    """A History of these steps in which the fork took so long and came to that."""

    def make(*requests, steps=STEPS, kind="ok", took_s=0.5, **also):
        at = steps.index(FORK)
        done = call(at, ops.Fork(event=NAME), kind)
        done = msgspec.structs.replace(done, ended_at=done.began_at + took_s)
        return history(*steps, requests=requests, calls=[done], **on, **also)

    return make


def test_what_arrives_once_is_right(forked, arrived, found, fired):
    judged = forked(arrived(0), arrived(1), arrived(2))
    assert not found("D6", judged)
    assert fired("D6", judged)


def test_without_a_fork_there_is_no_control(history, arrived, fired, on):
    assert not fired("D6", history(PLAIN, do.Flush(), requests=[arrived(0)], **on))


def test_the_parents_queue_sent_by_the_child_too_is_found(forked, arrived, post, during, found):
    first = arrived(0)
    (finding,) = found("D6", forked(first, arrived(1), first, arrived(2)))
    assert finding.observed == "4 were sent"
    assert finding.kind == "an event sent by parent and child"
    assert finding.definite


def test_what_the_child_loses_is_found(forked, arrived, found):
    (finding,) = found("D6", forked(arrived(0), arrived(2)))
    assert (finding.observed, finding.kind) == ("2 arrived", "an event lost in a fork")
    assert not finding.definite


def test_a_contract_can_say_that_a_child_loses_it_and_no_more(forked, arrived, contract, found):
    loses = msgspec.structs.replace(contract.process, fork="loses")
    contract = msgspec.structs.replace(contract, process=loses)
    for requests, broken in (((0, 2), False), ((0, 1, 2), False), ((0,), True)):
        judged = forked(*map(arrived, requests))
        assert bool(found("D6", msgspec.structs.replace(judged, contract=contract))) is broken


def test_ids_that_both_drew_are_found(forked, post, make_event, found, during):
    same = {"uuid": "5f0c2b5e-6a1d-4f7e-9b8a-0c1d2e3f4a5b"}
    sent = [post(make_event(NAME, **same), at=during(step)) for step in (1, 2)]
    (finding,) = found("D6", forked(post(make_event(NAME), at=during(0)), *sent))
    assert finding.kind == "ids that parent and child share"
    assert finding.definite


@pytest.mark.parametrize("event", ["observer_turn_rollup", "context_injected_rollup"])
def test_a_rollup_of_the_parents_by_the_child_too_is_found(forked, arrived, found, event):
    window = do.Record(event="context_injected", properties={})
    steps = (TURN, window, FORK, do.Flush(), do.Shutdown())
    sent = arrived(2), arrived(4, "observer_turn_rollup"), arrived(4, "context_injected_rollup")
    assert not found("D6", forked(*sent, steps=steps))
    (finding,) = found("D6", forked(*sent, arrived(2, event), steps=steps))
    assert finding.kind == "a rollup sent by parent and child"


@pytest.mark.parametrize(("kind", "took_s"), [("timeout", 10.0), ("ok", LIMIT_S + GRACE_S + 0.1)])
def test_a_child_that_does_not_end_is_found(forked, arrived, found, kind, took_s):
    (finding,) = found("D6", forked(arrived(0), kind=kind, took_s=took_s))
    assert finding.kind == "the child of a fork does not end"
    assert not finding.definite


def test_a_child_may_take_what_a_shutdown_may(forked, arrived, found):
    sent = arrived(0), arrived(1), arrived(2)
    assert not found("D6", forked(*sent, took_s=LIMIT_S + GRACE_S - 0.1))


@pytest.mark.parametrize(
    "steps",
    [
        (do.SetEnv(env={"DO_NOT_TRACK": "1"}), *STEPS),
        STEPS[:3],
        (FORK, do.Capture(event=NAME, properties={}, times=1_001), do.Flush()),
    ],
    ids=["off", "waiting", "ceiling"],
)
def test_what_a_pipeline_may_drop_is_not_due(forked, found, steps):
    assert not found("D6", forked(steps=steps))

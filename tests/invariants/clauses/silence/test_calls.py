import pytest

from payloadproof.protocol import messages as ops
from payloadproof.protocol.messages import RaisedDetail
from payloadproof.recorder.script import Answer, Refuse, Withhold
from payloadproof.scenario import steps as do

GOOD = do.Capture(event="search_performed", properties={"result_count": 1})
HOSTILE = do.Capture(event="search_performed", properties={"outcome": {"$hostile": "circular"}})
ASKED = ops.Capture(event="search_performed", properties={"outcome": {"$hostile": "circular"}})


# S1


def test_s1_passes_operations_that_return_and_that_is_its_control(
    history, post, make_event, found, fired
):
    judged = history(HOSTILE, GOOD, do.Flush(), requests=[post(make_event())])
    assert not found("S1", judged)
    assert fired("S1", judged)


def test_s1_finds_an_exception(history, call, found):
    stack = "".join(f'  File "/home/alice/app/f{n}.py", line {n}\n' for n in range(100))
    raised = RaisedDetail(
        type="RecursionError",
        message="alice's secret",
        stack=stack,
        place="/home/alice/app/kettle.py:57 in flush",
    )
    calls = [call(0, ASKED, "raised", raised=raised)]
    (finding,) = found("S1", history(HOSTILE, calls=calls, canaries=("alice's secret",)))
    assert finding.definite
    assert finding.expected == "capture returns normally"
    assert finding.observed == "it raised RecursionError"
    asked, said, *frames, own = finding.evidence
    assert asked == "step 1: capture with circular"
    assert said == 'it said "ali…2\'s sec…3"'
    assert "line 99" in frames[-1]
    assert len(frames) < 10
    assert own == "from kettle.py:57 in flush"
    assert "alice" not in repr(finding)


def test_s1_finds_a_death(history, call, found):
    detail = "the adapter was ended by SIGSEGV during capture\nsent:\n  x"
    (finding,) = found("S1", history(HOSTILE, calls=[call(0, ASKED, "died", detail=detail)]))
    assert finding.observed == "the adapter was ended by SIGSEGV during capture"
    assert "sent:" in finding.evidence


def test_s1_passes_an_operation_that_is_not_there(history, call, found):
    assert not found("S1", history(GOOD, calls=[call(0, ASKED, "unsupported")]))


def test_s1_has_no_control_without_hostile_values_or_without_an_arrival(
    history, post, make_event, fired
):
    assert not fired("S1", history(GOOD, requests=[post(make_event())]))
    assert not fired("S1", history(HOSTILE))


def test_s1_has_no_control_when_the_adapter_cannot_build_the_values(
    history, post, make_event, fired
):
    deep = do.Capture(event="search_performed", properties={"$hostile": "deep"})
    assert not fired("S1", history(deep, requests=[post(make_event())]))


# S2

WITHHELD = (GOOD, do.Network(behaviour=Withhold()), GOOD, do.Flush())


def test_s2_passes_a_reply_before_the_release_and_that_is_its_control(
    history, connected, found, fired
):
    judged = history(*WITHHELD, connections=(connected(0),))
    assert not found("S2", judged)
    assert fired("S2", judged)


def test_s2_finds_a_reply_that_came_only_after_the_release(history, call, during, found):
    late = call(2, ASKED, released_at=during(2))
    (finding,) = found("S2", history(*WITHHELD, calls=[late]))
    assert not finding.definite
    assert finding.expected == "capture replies while the network's answer is withheld"


def test_s2_passes_a_reply_that_came_before_the_release(history, call, during, found):
    assert not found("S2", history(*WITHHELD, calls=[call(2, ASKED, released_at=during(3))]))


def test_s2_finds_a_reply_that_never_came(history, call, found):
    detail = "capture got no reply within 5 s\nsent:\n  x"
    calls = [call(2, ASKED, "timeout", detail=detail)]
    (finding,) = found("S2", history(*WITHHELD, calls=calls))
    assert not finding.definite
    assert finding.observed == "capture got no reply within 5 s"


@pytest.mark.parametrize("behaviour", [Refuse(), Answer(status=500), Answer(body="<html>")])
def test_s2_has_its_control_in_any_bad_network(history, connected, fired, behaviour):
    steps = (do.Network(behaviour=behaviour), GOOD)
    assert fired("S2", history(*steps, connections=(connected(1),)))
    assert not fired("S2", history(*steps))


def test_s2_has_no_control_in_a_healthy_network(history, connected, fired):
    steps = (do.Network(behaviour=Answer()), GOOD, do.Flush())
    assert not fired("S2", history(*steps, connections=(connected(1),)))

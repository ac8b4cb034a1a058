"""I1, I3 and I5 over scenarios made by hand: processes, homes, and ids that stand for nobody."""

import json
import uuid

import pytest

from payloadproof.scenario import steps as do

SENT = do.Capture(event="search_performed", properties={})


@pytest.fixture
def under(post, make_event, during):
    """A request during a step with one event under this id."""

    def make(step, id_, name="search_performed", **also):
        return post(make_event(name, distinct_id=id_, **also), at=during(step))

    return make


def test_one_id_is_right(history, under, found, fired, on):
    judged = history(SENT, SENT, do.Flush(), requests=[under(0, "a-1"), under(1, "a-1")], **on)
    assert not found("I1", judged)
    assert fired("I1", judged)


def test_an_id_for_each_event_is_found(history, under, found, on):
    judged = history(SENT, SENT, do.Flush(), requests=[under(0, "a-1"), under(1, "b-2")], **on)
    (finding,) = found("I1", judged)
    assert "distinct_id" in finding.expected
    assert finding.definite


def test_ids_that_an_event_joins_are_one(history, under, found, on):
    joins = under(1, "b-2", "$identify", properties={"$anon_distinct_id": "a-1"})
    requests = [under(0, "a-1"), joins, under(1, "b-2")]
    assert not found("I1", history(SENT, do.Flush(), requests=requests, **on))


@pytest.mark.parametrize(
    "between",
    [
        do.WriteConsent(text=None),
        do.WriteConsent(text=json.dumps({"installId": str(uuid.uuid4())})),
        do.SetEnv(env={"DO_NOT_TRACK": "1"}),
        do.Race(event="search_performed"),
    ],
    ids=["deleted", "an id", "off", "race"],
)
def test_what_may_bring_another_id_is_left_alone(history, under, found, on, between):
    steps = (SENT, between, SENT, do.Flush())
    assert not found("I1", history(*steps, requests=[under(0, "a-1"), under(2, "b-2")], **on))


def test_another_id_after_the_file_lost_the_old_one_is_found(history, under, found, on):
    steps = (SENT, do.WriteConsent(text='{"enabled": true}'), SENT, do.Flush())
    assert found("I1", history(*steps, requests=[under(0, "a-1"), under(2, "b-2")], **on))
    assert not found("I1", history(*steps, requests=[under(0, "a-1"), under(2, "a-1")], **on))


def test_a_process_after_a_crash_is_another(resumed, under, found, on):
    steps = (SENT, do.Crash(), SENT, do.Flush())
    requests = [under(0, "a-1"), under(2, "b-2")]
    assert not found("I1", resumed(*steps, requests=requests, **on))
    assert found("I1", resumed(*steps, requests=[*requests, under(2, "c-3")], **on))


def test_two_homes_have_two_ids(history, under, found, fired, on):
    twin = history(SENT, do.Flush(), requests=[under(0, str(uuid.uuid4()))], **on)
    own = under(0, str(uuid.uuid4()))
    judged = history(SENT, do.Flush(), requests=[own], twin=twin, **on)
    assert not found("I3", judged)
    assert fired("I3", judged)


def test_one_id_in_two_homes_is_found(history, under, found, on):
    requests = [under(0, "the-builder")]
    twin = history(SENT, do.Flush(), requests=requests, **on)
    assert len(found("I3", history(SENT, do.Flush(), requests=requests, twin=twin, **on))) == 1


def test_an_id_that_the_file_brings_may_be_in_both(history, under, found):
    text = json.dumps({"enabled": True, "installId": "brought"})
    requests = [under(0, "brought")]
    twin = history(SENT, do.Flush(), requests=requests, consent_text=text)
    judged = history(SENT, do.Flush(), requests=requests, twin=twin, consent_text=text)
    assert not found("I3", judged)


@pytest.mark.parametrize("id_", ["undefined", "", "null", str(uuid.UUID(int=0)), '"guest"', None])
def test_an_id_that_stands_for_nobody_is_found(history, under, found, id_):
    (finding,) = found("I5", history(SENT, do.Flush(), requests=[under(0, id_)]))
    assert finding.kind == "a distinct id that stands for none"


def test_an_id_of_its_own_is_right(history, under, found, fired):
    judged = history(SENT, do.Flush(), requests=[under(0, str(uuid.uuid4()))])
    assert not found("I5", judged)
    assert fired("I5", judged)

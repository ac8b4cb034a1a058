import pytest

from payloadproof.recorder.ingest import ingested

FLAG = "$process_person_profile"
LATER = "2026-10-01T10:02:00Z"


@pytest.fixture
def person(post, make_event):
    event = make_event("worker_started", {"$set": {"os": "linux"}})
    del event["properties"][FLAG]
    return post(event)


def test_p3_says_what_is_upgraded_and_by_which_event(post, make_event, person, history, found):
    later = post(make_event(timestamp=LATER), make_event(timestamp=LATER))
    (finding,) = found("P3", history(requests=[person, later]))
    assert "2 of 2 billed as identified (2 force_upgrade)" in finding.observed
    assert '"worker_started" made a person' in finding.evidence[0]


def test_p3_counts_an_event_that_forgot_the_flag(post, make_event, person, history, found):
    event = make_event()
    event["properties"][FLAG] = "false"
    (finding,) = found("P3", history(requests=[person, post(event)]))
    assert "1 full" in finding.observed
    assert "does not say" in finding.evidence[0]


def test_p3_is_content_where_nothing_is_upgraded(
    *, post, make_event, person, history, found, fired
):
    seen = history(requests=[person, post(make_event())])
    assert not found("P3", seen)
    assert fired("P3", seen)
    assert not fired("P3", history(requests=[post(make_event())]))


@pytest.mark.parametrize(
    "name", ["$exception", "$feature_flag_called", "survey shown", "$ai_generation"]
)
def test_p3_does_not_call_identified_what_has_a_meter_of_its_own(
    *, post, make_event, person, history, found, fired, name
):
    later = post(make_event(name, {"$exception_list": []}, timestamp=LATER))
    assert ingested([later])
    seen = history(requests=[person, later])
    assert not found("P3", seen)
    # Nor is it what the control asks for.
    assert not fired("P3", seen)

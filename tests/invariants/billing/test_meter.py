"""What is counted, and as what."""

import pytest

from payloadproof.billing.meter import Metered, counted_as, said

PERSON = {"$set": {"os": "linux"}}


def test_a_retry_is_counted_once_and_a_repeat_without_a_uuid_twice(event, post, counted):
    given = event()
    bare = {key: value for key, value in event().items() if key != "uuid"}
    total = counted(post(given), post(given), post(bare), post(bare)).total()
    assert (total.events, total.repeats) == (3, 1)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("$exception", "exceptions"),
        ("$feature_flag_called", "flag calls"),
        ("survey sent", "surveys"),
        ("survey shown", "surveys"),
        ("survey dismissed", "surveys"),
        ("$ai_generation", "AI events"),
        ("$identify", "events"),
        ("$set", "events"),
        ("survey", "events"),
        ("", "events"),
    ],
)
def test_what_has_a_meter_of_its_own_is_in_neither_count_of_events(
    *, event, post, counted, name, what
):
    assert counted_as(name) == what
    if not name:
        return
    person = {"properties": PERSON}
    total = counted(post(event(name, **person), event("tick", **person))).total()
    own = what == "events"
    assert (total.events, total.identified) == ((2, 2) if own else (1, 1))
    assert total.exceptions == (what == "exceptions")
    assert total.apart == ({} if own or what == "exceptions" else {what: 1})


def test_an_upgrade_is_counted_with_who_did_it(event, post, counted):
    person = event("start", properties=PERSON)
    later = [event("tick", at="11:00:00") for _ in range(3)]
    meter = counted(post(person, event("soon", at="10:00:30"), *later))
    total = meter.total()
    assert (total.events, total.identified, total.upgraded) == (5, 4, 3)
    assert meter.names["tick"].makers == {"start": 3}


def test_the_past_is_counted_apart_and_its_persons_are_persons(event, post, counted):
    past = post(event("day", properties=PERSON), historical_migration=True)
    total = counted(past, post(event(at="11:00:00"))).total()
    assert (total.past, total.events, total.upgraded) == (1, 1, 1)


@pytest.mark.parametrize(
    ("path", "costs"),
    [
        ("/flags/?v=2", 1),
        ("/decide/?v=3", 1),
        ("/api/feature_flag/local_evaluation?token=x", 10),
        ("/flags/definitions?token=x", 10),
        ("/array/phc_x/config", 0),
        ("/s/", 0),
    ],
)
def test_requests_for_flags_are_counted_and_definitions_cost_ten(post, counted, path, costs):
    body = {"api_key": "phc_x", "distinct_id": "install-1"}
    assert counted(post(path=path, body=body)).total().flags == costs


def test_what_was_refused_costs_nothing(event, post, counted):
    meter = counted(post(event(), {"event": None, "distinct_id": "x"}))
    assert meter.total() == Metered()
    assert meter.refused == 2


def test_installs_are_persons_and_days_are_days_in_utc(event, post, counted):
    merged = event("$identify", who="ann", properties={"$anon_distinct_id": "device"})
    late = event(day=2, who="device", timestamp="2026-10-01T23:30:00-01:00")
    meter = counted(post(event(who="device"), merged, late, event(who="other")))
    assert (meter.total().installs, meter.total().days) == (2, 2)
    assert {who: install.events for who, install in meter.installs().items()} == {
        "ann": 3,
        "other": 1,
    }


def test_two_counts_are_one(event, post, counted):
    one = counted(post(event("survey sent"), event("tick"))).total()
    other = counted(post(event("survey sent"), event("$exception"))).total()
    both = one + other
    assert (both.events, both.exceptions, both.apart, both.installs) == (1, 1, {"surveys": 2}, 2)
    assert one + Metered() == one
    assert not Metered()
    assert both


def test_the_line_says_what_is_billed_and_what_is_not():
    one = Metered(events=1_200, identified=300, upgraded=7, exceptions=5, apart={"surveys": 2})
    assert said(one, "one run") == (
        "of one run PostHog would bill 1,200 event(s), 300 of them as identified, of which 7 say"
        " that they want no person, 5 exception(s); not with these: 2 surveys"
    )
    assert "want no person" not in said(Metered(events=1), "one run")


@pytest.mark.parametrize("body", [[], "text", {"distinct_id": 7}, {"distinct_id": " "}, None])
def test_a_request_for_flags_of_any_shape_is_counted(post, counted, body):
    meter = counted(post(path="/flags/?v=2", body=body if body is not None else {}))
    assert meter.flags == 1
    assert not meter.installs()
